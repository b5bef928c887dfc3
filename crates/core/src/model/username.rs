//! User names, which are unique in the deployment.

mod skeleton;

use std::collections::HashSet;

use jiff::SignedDuration;
use precis_profiles::{UsernameCaseMapped, precis_core::profile::Profile as _};
use serde::{Serialize, Serializer};
use unicode_security::MixedScript as _;

/// The maximum number of characters in any dialect.
const MAX_CHARS: usize = 150;

/// A unique user name, and the key by which it is compared.
///
/// Each dialect may restrict the syntax further. In all dialects, a name is an RFC 8265
/// `UsernameCaseMapped` string of one script, and names with the same mapped form are the same
/// name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username {
    name: String,
    key: String,
}

/// Why a string is not an acceptable [`Username`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// It is empty or consists of dots.
    #[error("must not be empty")]
    Empty,
    /// It is longer than any dialect allows.
    #[error("must be at most 150 characters")]
    TooLong,
    /// It has spaces, control characters, invisible characters or several scripts.
    #[error("must be letters, digits and punctuation of one script")]
    Characters,
    /// It is reserved, or looks like a reserved name.
    #[error("is reserved")]
    Reserved,
    /// It has the form of an id.
    #[error("must not have the form of an id")]
    IdForm,
}

impl Username {
    /// The default time for which a former name stays reserved.
    pub const REST: SignedDuration = SignedDuration::from_hours(30 * 24);

    /// Parses a user name and keeps its spelling.
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

    /// Creates a name from stored values without validation.
    pub fn from_stored(name: String, key: String) -> Self {
        Self { name, key }
    }

    /// Returns the name as its owner spelt it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the key by which names are compared.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the skeletons (UTS 39) of the name as spelt and, if different, in lower case. Names
    /// that share a skeleton look alike and must belong to the same profile.
    pub fn skeletons(&self) -> Vec<String> {
        let mut skeletons = vec![
            skeleton::skeleton(&self.name),
            skeleton::skeleton(&self.key),
        ];
        skeletons.dedup();
        skeletons
    }
}

impl Serialize for Username {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// Reserved names, names that look like them, and names in the form of ids.
#[derive(Clone, Debug)]
pub struct ReservedUsernames {
    keys: HashSet<String>,
    skeletons: HashSet<String>,
    id_forms: Vec<fn(&str) -> bool>,
}

impl ReservedUsernames {
    /// Reserves `names` in every spelling. Invalid names are ignored.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names
            .into_iter()
            .filter_map(|name| Username::parse(name).ok());
        let keys: HashSet<_> = names.map(|name| name.key).collect();
        let spellings = keys
            .iter()
            .flat_map(|key| [key.clone(), key.to_uppercase()]);
        Self {
            skeletons: spellings.map(|name| skeleton::skeleton(&name)).collect(),
            id_forms: vec![is_uuid as fn(&str) -> bool],
            keys,
        }
    }

    /// Rejects names for which one of `forms` returns true, in addition to UUIDs.
    #[must_use]
    pub fn with_id_forms(mut self, forms: impl IntoIterator<Item = fn(&str) -> bool>) -> Self {
        self.id_forms.extend(forms);
        self
    }

    /// Checks that `name` is not reserved.
    pub fn check(&self, name: &Username) -> Result<(), UsernameError> {
        let has_form = |is_id: &fn(&str) -> bool| is_id(&name.name) || is_id(&name.key);
        if self.id_forms.iter().any(has_form) {
            return Err(UsernameError::IdForm);
        }
        let mut looks = name.skeletons().into_iter();
        let is_alike = looks.any(|look| self.skeletons.contains(&look));
        if is_alike || self.keys.contains(&name.key) {
            return Err(UsernameError::Reserved);
        }
        Ok(())
    }
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

/// Reserves `me`, which means the caller in several dialects, and names that suggest an operator.
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
    fn normalisation_forms_are_one_name() {
        let composed = Username::parse("Zo\u{eb}").unwrap();
        let decomposed = Username::parse("zoe\u{308}").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }

    #[test]
    fn invalid_names_are_rejected() {
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
    fn reserved_names_and_their_look_alikes_are_rejected() {
        let reserved = ReservedUsernames::default();
        for name in [
            "admin",
            "ADMIN",
            "\u{ff52}oot",
            "Me",
            "null",
            "adm\u{131}n",
            "ADM1N",
            "r00t",
            "rne",
            "\u{1d00}\u{1d05}\u{1d0d}\u{26a}\u{274}",
            "\u{430}\u{501}\u{43c}\u{456}\u{43d}",
            "\u{410}\u{500}\u{41c}\u{406}\u{41d}",
        ] {
            let name = Username::parse(name).unwrap();
            assert_eq!(reserved.check(&name), Err(UsernameError::Reserved));
        }
        for name in ["admiral", "mel", "support-team", "boot"] {
            let name = Username::parse(name).unwrap();
            assert_eq!(reserved.check(&name), Ok(()));
        }
    }

    #[test]
    fn names_in_the_form_of_ids_are_rejected() {
        let is_tag: fn(&str) -> bool = |text| text.starts_with("user_");
        let reserved = ReservedUsernames::new([]).with_id_forms([is_tag]);
        for name in [
            "0190d2a4-5d3c-7cc3-9a1b-000000000000",
            "0190D2A45D3C7CC39A1B000000000000",
            "user_x9F0aMwTz3bQk1",
            "USER_1",
        ] {
            let name = Username::parse(name).unwrap();
            assert_eq!(reserved.check(&name), Err(UsernameError::IdForm));
        }
        let free = Username::parse("user-1").unwrap();
        assert_eq!(reserved.check(&free), Ok(()));
    }
}
