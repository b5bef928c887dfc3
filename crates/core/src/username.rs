//! Names that are unique over the whole deployment.

use std::collections::HashSet;

use precis_profiles::{UsernameCaseMapped, precis_core::profile::Profile as _};
use serde::{Serialize, Serializer};
use unicode_security::MixedScript as _;

/// The most characters any dialect allows.
const MAX_CHARS: usize = 150;

/// A user's unique name, and the key under which it is unique.
///
/// Each dialect has a syntax of its own; what all share is that a name is an RFC 8265
/// `UsernameCaseMapped` string of one script, and that two names with the same mapped form are the
/// same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username {
    name: String,
    key: String,
}

/// Why a text is no [`Username`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// Nothing is left of it, or it is only dots.
    #[error("must not be empty")]
    Empty,
    /// It is longer than any dialect allows.
    #[error("must be at most 150 characters")]
    TooLong,
    /// It has blanks, control or invisible characters, or mixes scripts.
    #[error("must be letters, digits and punctuation of one script")]
    Characters,
    /// The deployment keeps it for itself.
    #[error("is reserved")]
    Reserved,
}

impl Username {
    /// Reads a user name; its spelling is kept.
    pub fn parse(name: &str) -> Result<Self, UsernameError> {
        if name.chars().all(|c| c == '.') {
            return Err(UsernameError::Empty);
        }
        if name.chars().nth(MAX_CHARS).is_some() {
            return Err(UsernameError::TooLong);
        }
        if !name.is_single_script() {
            return Err(UsernameError::Characters);
        }
        let key = UsernameCaseMapped::new()
            .enforce(name)
            .map_err(|_| UsernameError::Characters)?
            .into_owned();
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// Takes back what a store kept; the name was parsed when it was written.
    pub fn from_stored(name: String, key: String) -> Self {
        Self { name, key }
    }

    /// The name as its owner spelt it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The form under which names are compared.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl Serialize for Username {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// Names that nobody may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservedUsernames(HashSet<String>);

impl ReservedUsernames {
    /// Keeps `names`, however they are spelt. Texts that could never be a name are left out.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let keys = names
            .into_iter()
            .filter_map(|name| Username::parse(name).ok());
        Self(keys.map(|name| name.key).collect())
    }

    /// Refuses a reserved name.
    pub fn check(&self, name: &Username) -> Result<(), UsernameError> {
        if self.0.contains(name.key()) {
            Err(UsernameError::Reserved)
        } else {
            Ok(())
        }
    }
}

/// `me`, which addresses the caller in several dialects, and what reads as the operator's voice.
impl Default for ReservedUsernames {
    fn default() -> Self {
        Self::new([
            "admin",
            "administrator",
            "me",
            "null",
            "root",
            "support",
            "system",
            "undefined",
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_kept_and_the_key_is_folded() {
        let name = Username::parse("MovieFan").unwrap();
        assert_eq!((name.as_str(), name.key()), ("MovieFan", "moviefan"));
        let wide = Username::parse("\u{ff21}da").unwrap();
        assert_eq!(wide.key(), "ada");
    }

    #[test]
    fn two_normal_forms_are_one_name() {
        let composed = Username::parse("Zo\u{eb}").unwrap();
        let decomposed = Username::parse("zoe\u{308}").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }

    #[test]
    fn unusable_names_are_refused() {
        use UsernameError::{Characters, Empty, TooLong};
        for (name, error) in [
            ("", Empty),
            (".", Empty),
            ("..", Empty),
            ("a b", Characters),
            ("a\0", Characters),
            ("a\u{200b}", Characters),
            ("a\u{202e}b", Characters),
            ("\u{430}dmin", Characters),
            (&"a".repeat(151), TooLong),
        ] {
            assert_eq!(Username::parse(name), Err(error), "{name:?}");
        }
    }

    #[test]
    fn reserved_names_are_refused_in_any_spelling() {
        let reserved = ReservedUsernames::default();
        for name in ["admin", "ADMIN", "\u{ff52}oot", "Me", "null"] {
            let name = Username::parse(name).unwrap();
            assert_eq!(reserved.check(&name), Err(UsernameError::Reserved));
        }
        let free = Username::parse("admiral").unwrap();
        assert_eq!(reserved.check(&free), Ok(()));
    }
}
