//! Names of catalogue entries.

use crate::text::{self, TextError};

/// A name of a catalogue entry, and the key by which names are compared.
///
/// Names that differ only in case, normalisation form or white space are the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CatalogueName {
    name: String,
    key: String,
}

/// Why a string is not a [`CatalogueName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueNameError {
    /// It is empty.
    #[error("must not be empty")]
    Empty,
    /// It is not an acceptable text.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl CatalogueName {
    /// The maximum number of characters.
    pub const MAX_CHARS: usize = 100;

    /// Parses a name; trims it, but keeps its spelling.
    pub fn parse(text: &str) -> Result<Self, CatalogueNameError> {
        let name = text::normalise(text, Self::MAX_CHARS)?;
        if name.is_empty() {
            return Err(CatalogueNameError::Empty);
        }
        let words: Vec<&str> = name.split_whitespace().collect();
        // Upper case first, which expands ligatures: U+00DF equals "ss".
        let key = words.join(" ").to_uppercase().to_lowercase();
        Ok(Self { name, key })
    }

    /// Returns the name as spelt.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the key by which names are compared.
    pub fn key(&self) -> &str {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_kept_and_the_key_is_folded() {
        let name = CatalogueName::parse(" Machine  Learning\n").unwrap();
        assert_eq!(name.as_str(), "Machine  Learning");
        assert_eq!(name.key(), "machine learning");
        for (one, other) in [
            ("Zo\u{eb}", "zoe\u{308}"),
            ("Stra\u{df}e", "STRASSE"),
            ("C++", "c++"),
            ("a\u{a0}b", "A B"),
        ] {
            let key = |text| CatalogueName::parse(text).unwrap().key().to_owned();
            assert_eq!(key(one), key(other), "{one}");
        }
    }

    #[test]
    fn invalid_names_are_rejected() {
        use CatalogueNameError::{Empty, Text};
        let long = "x".repeat(101);
        for (text, error) in [
            ("", Empty),
            (" \u{200b}", Empty),
            ("a\0", Text(TextError::Control)),
            (&*long, Text(TextError::TooLong { max: 100 })),
        ] {
            assert_eq!(CatalogueName::parse(text), Err(error), "{text:?}");
        }
        assert!(CatalogueName::parse(&long[1..]).is_ok());
    }
}
