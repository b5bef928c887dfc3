//! Splits a file into words and parts of identifiers.

use std::path::Path;

/// A word of a file, or a part of an identifier, in lower case.
pub(super) struct Part {
    pub(super) text: String,
    /// The number of the line, from 0.
    pub(super) line: usize,
    pub(super) gap: Gap,
    /// Whether it is in prose, and not in backticks.
    pub(super) is_prose: bool,
    /// Whether an opening parenthesis follows.
    pub(super) is_called: bool,
}

/// The characters between a part and the part before it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Gap {
    /// None, or underscores: both are parts of one identifier.
    Identifier,
    /// White space, or a line break and the marks of a comment.
    Space,
    Other,
}

/// The kind of a file.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Rust,
    Markdown,
    Toml,
    /// A TOML file of which only comments and explanations are read: the rest are wire texts.
    Exchange,
}

impl Kind {
    /// Returns the kind of a file, if it is one that is read.
    pub(super) fn of(path: &str) -> Option<Self> {
        match Path::new(path).extension()?.to_str()? {
            "rs" => Some(Self::Rust),
            "md" => Some(Self::Markdown),
            "toml" if path.contains("/exchanges/") => Some(Self::Exchange),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

/// Splits a file into its parts.
pub(super) fn split(kind: Kind, text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut is_fenced = false;
    let mut gap = String::new();
    for (number, line) in text.lines().enumerate() {
        gap.push('\n');
        let mut own = ["#", "why", "source = \"decision"].iter();
        if kind == Kind::Exchange && !own.any(|start| line.starts_with(start)) {
            continue;
        }
        let content = line.trim_start_matches([' ', '/', '!', '#']);
        is_fenced ^= content.starts_with("```");
        let prose = if is_fenced {
            None
        } else {
            find_prose(kind, line)
        };
        let mut before = '\n';
        for (index, character) in line.char_indices() {
            let after = &line[index + character.len_utf8()..];
            let is_capital = character.is_uppercase()
                && (before.is_lowercase() || after.starts_with(char::is_lowercase));
            let is_new = !before.is_alphabetic() || is_capital;
            before = character;
            if !character.is_alphabetic() {
                gap.push(character);
                continue;
            }
            if is_new {
                let is_prose = prose.is_some_and(|start| {
                    index >= start && line[start..index].matches('`').count() % 2 == 0
                });
                let rest = after.trim_start_matches(char::is_alphabetic);
                parts.push(Part {
                    text: String::new(),
                    line: number,
                    gap: classify(&gap),
                    is_prose,
                    is_called: rest.starts_with('('),
                });
                gap.clear();
            }
            if let Some(part) = parts.last_mut() {
                part.text.extend(character.to_lowercase());
            }
        }
    }
    parts
}

/// Returns where the prose of a line starts, if it has any.
fn find_prose(kind: Kind, line: &str) -> Option<usize> {
    match kind {
        Kind::Markdown => Some(0),
        Kind::Rust => {
            let mut comments = line.match_indices("//").map(|(index, _)| index);
            comments.find(|index| !line[..*index].ends_with(':'))
        }
        Kind::Toml | Kind::Exchange => {
            let mut keys = ["why", "source", "description", "reason"].iter();
            let is_text = keys.any(|key| line.starts_with(key));
            if is_text { Some(0) } else { line.find("# ") }
        }
    }
}

fn classify(gap: &str) -> Gap {
    let is_mark = |character| matches!(character, '/' | '!' | '#' | '>');
    let is_space = |character: char| character.is_whitespace();
    if gap.chars().all(|character| character == '_') {
        Gap::Identifier
    } else if gap.chars().all(is_space)
        || (gap.contains('\n') && gap.chars().all(|c| is_space(c) || is_mark(c)))
    {
        Gap::Space
    } else {
        Gap::Other
    }
}
