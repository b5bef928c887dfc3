//! Why policies cannot be used.

use std::{fmt, io, path::PathBuf};

use miette::Diagnostic;

/// Why a folder's policies cannot be used, in words for who wrote them.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// An unexpected file.
    #[error("{}: {reason}", path.display())]
    Misplaced {
        /// The path.
        path: PathBuf,
        /// The expected form.
        reason: &'static str,
    },
    /// There are no policies, unlike no folder: no operator wants everything to be
    /// permitted because a disk was not mounted.
    #[error(
        "{}: there are no policies (*.cedar); leave the setting out to have none",
        .0.display()
    )]
    Empty(PathBuf),
    /// A file is not Cedar, or does not fit the schema; each mistake with its place.
    #[error("{}", Mistakes(.0))]
    Invalid(Vec<Mistake>),
}

/// A mistake in a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, under the folder.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The problem.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            message,
        } = self;
        match line {
            Some(line) => write!(formatter, "{file}, line {line}: {message}"),
            None => write!(formatter, "{file}: {message}"),
        }
    }
}

struct Mistakes<'a>(&'a [Mistake]);

impl fmt::Display for Mistakes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(formatter, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

/// Returns the mistake of `diagnostic` in the text of `file`.
pub(crate) fn mistake(file: &str, text: &str, diagnostic: &(impl Diagnostic + ?Sized)) -> Mistake {
    let offset = diagnostic
        .labels()
        .and_then(|mut labels| labels.next())
        .map(|label| label.offset());
    let line = offset.map(|offset| {
        let before = text.get(..offset).unwrap_or(text);
        before.matches('\n').count() + 1
    });
    let mut message = diagnostic.to_string();
    if let Some(help) = diagnostic.help() {
        message = format!("{message} ({help})");
    }
    Mistake {
        file: file.to_owned(),
        line,
        message,
    }
}
