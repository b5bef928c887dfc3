//! Names that are unique over the whole deployment.

mod skeleton;

use std::collections::HashSet;

use jiff::SignedDuration;
use precis_profiles::{UsernameCaseMapped, precis_core::profile::Profile as _};
use serde::{Serialize, Serializer};
use unicode_security::MixedScript as _;

/// The most characters any dialect allows.
const MAX_CHARS: usize = 150;

/// A user's unique name, and the key under which it is unique.
///
/// Each dialect has its own syntax; in all of them a name is an RFC 8265
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
    /// It is empty, or consists of dots.
    #[error("must not be empty")]
    Empty,
    /// It is longer than any dialect allows.
    #[error("must be at most 150 characters")]
    TooLong,
    /// It has blanks, control or invisible characters, or mixes scripts.
    #[error("must be letters, digits and punctuation of one script")]
    Characters,
    /// The deployment keeps it, or a name that looks like it, for itself.
    #[error("is reserved")]
    Reserved,
    /// It has the form of an id.
    #[error("must not have the form of an id")]
    IdForm,
}

impl Username {
    /// How long a former name is reserved by default.
    pub const REST: SignedDuration = SignedDuration::from_hours(30 * 24);

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

    /// Returns the forms under which names that look alike are the same (UTS 39): as its owner spelt
    /// it, and in lower case where that looks different. No other profile may have a name of which one
    /// form is the same.
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
    /// Reserves `names` in every spelling. Texts that could never be a name are left out.
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

    /// Rejects names of these forms as well. UUIDs are rejected always.
    #[must_use]
    pub fn with_id_forms(mut self, forms: impl IntoIterator<Item = fn(&str) -> bool>) -> Self {
        self.id_forms.extend(forms);
        self
    }

    /// Rejects a reserved name.
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

/// `me`, which means the caller in several dialects, and names that pretend to be the operator.
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
    fn unusable_names_are_rejected() {
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
