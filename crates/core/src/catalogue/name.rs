//! Names of catalogue entries.

use crate::text::{self, TextError};

/// A name, and the key under which it is one with others.
///
/// Names that differ in case, in the normal form of their characters or in the width of their blanks
/// are the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CatalogueName {
    name: String,
    key: String,
}

/// Why a text is no [`CatalogueName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueNameError {
    /// It is empty.
    #[error("must not be empty")]
    Empty,
    /// It is no text that can be kept.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl CatalogueName {
    /// The most characters that a name may have.
    pub const MAX_CHARS: usize = 100;

    /// Reads a name; its spelling is kept but for blanks at its ends.
    pub fn parse(text: &str) -> Result<Self, CatalogueNameError> {
        let name = text::normalise(text, Self::MAX_CHARS)?;
        if name.is_empty() {
            return Err(CatalogueNameError::Empty);
        }
        let words: Vec<&str> = name.split_whitespace().collect();
        // Upper case first: a letter without a lower-case form equals the one it is
        // short for (U+00DF and "ss").
        let key = words.join(" ").to_uppercase().to_lowercase();
        Ok(Self { name, key })
    }

    /// The name as it was spelt.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The form under which names are compared.
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
    fn other_texts_are_no_names() {
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
