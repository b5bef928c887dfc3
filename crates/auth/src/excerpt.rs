//! Excerpts of untrusted values for messages.

use std::fmt::{self, Write};

/// The maximum number of characters of a value.
const MAX_CHARACTERS: usize = 120;

/// The maximum number of values of a list.
const MAX_LISTED: usize = 8;

/// A value for a message: quoted, escaped and shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(Option<String>);

/// A list of values for a message, or a description of another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpts {
    listed: Vec<Excerpt>,
    more: usize,
    other: Option<&'static str>,
}

impl Excerpt {
    pub(crate) fn new(text: &str) -> Self {
        let mut characters = text.chars();
        let mut start: String = characters.by_ref().take(MAX_CHARACTERS).collect();
        if characters.next().is_some() {
            start.push('…');
        }
        Self(Some(start))
    }

    /// Returns the excerpt of a missing value.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn of(text: Option<&str>) -> Self {
        text.map_or(Self::none(), Self::new)
    }

    /// Returns the shortened text without quotes, empty for a missing value.
    pub(crate) fn as_text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Returns the shortened text without quotes.
    pub(crate) fn into_text(self) -> Option<Box<str>> {
        self.0.map(String::into_boxed_str)
    }
}

impl Excerpts {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values = values.into_iter();
        let listed = values.by_ref().take(MAX_LISTED).map(Excerpt::new).collect();
        let more = values.count();
        Self {
            listed,
            more,
            other: None,
        }
    }

    /// Describes a value that is neither a string nor a list of strings.
    pub(crate) fn other(what: &'static str) -> Self {
        Self {
            other: Some(what),
            ..Self::new([])
        }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(Excerpt::as_text)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(text) => write!(formatter, "{text:?}"),
            None => formatter.write_str("missing"),
        }
    }
}

impl fmt::Display for Excerpts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(other) = self.other {
            return formatter.write_str(other);
        }
        formatter.write_char('[')?;
        for (index, excerpt) in self.listed.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{excerpt}")?;
        }
        if self.more > 0 {
            write!(formatter, ", and {} more", self.more)?;
        }
        formatter.write_char(']')
    }
}
