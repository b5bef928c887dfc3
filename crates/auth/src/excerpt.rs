//! Values of tokens and keys in messages.

use std::fmt::{self, Write};

/// The most characters of a value that a message repeats.
const MAX_CHARACTERS: usize = 120;

/// The most values of a list that a message repeats.
const MAX_LISTED: usize = 8;

/// A value in a message: in quotes, escaped and shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(Option<String>);

/// Values in a message, as an array of them; or what is there in their place.
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

    /// Replaces a missing value.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn of(text: Option<&str>) -> Self {
        text.map_or(Self::none(), Self::new)
    }

    /// The shortened text, unquoted; empty for a value that is missing.
    pub(crate) fn as_text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The shortened text, unquoted.
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

    /// Replaces a value that is neither a string nor a list of strings.
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
        for (place, excerpt) in self.listed.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(formatter, "{separator}{excerpt}")?;
        }
        if self.more > 0 {
            write!(formatter, ", and {} more", self.more)?;
        }
        formatter.write_char(']')
    }
}
