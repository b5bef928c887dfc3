//! Errors in policy files.

use std::{fmt, io, path::PathBuf};

use miette::Diagnostic;

/// Why the policies of a folder cannot be used. The messages are for the authors of the policies.
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
    /// A misplaced file or folder.
    #[error("{}: {reason}", path.display())]
    Misplaced {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// The folder has no policies. This is an error, so that a missing mount does not permit
    /// everything.
    #[error(
        "{}: there are no policies (*.cedar); remove the setting to run without policies",
        .0.display()
    )]
    Empty(PathBuf),
    /// Files are not valid Cedar or violate the schema; lists every mistake with its position.
    #[error("{}", Mistakes(.0))]
    Invalid(Vec<Mistake>),
}

/// A mistake in a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The path of the file in the folder.
    pub file: String,
    /// The line, from 1, if it is known.
    pub line: Option<usize>,
    /// The message.
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

/// Converts `diagnostic` of the policy file `file` with the content `text`.
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
