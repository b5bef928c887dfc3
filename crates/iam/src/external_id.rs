//! The ids of users. In the contract they are strings without a format.

use manyface_core::{Profile, ProfileId};

/// The maximum length of an imported id.
const MAX_CHARS: usize = 64;

/// Returns the id of a profile without an imported one: the canonical id.
pub(crate) fn mint(profile: &Profile) -> String {
    profile.id.to_string()
}

/// Returns whether `id` consists of letters, digits, hyphens and underscores.
pub(crate) fn is_valid(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_CHARS).contains(&id.len()) && id.bytes().all(is_allowed)
}

/// Returns whether `id` has the form of a minted id. Imported ids may look like user names, so they
/// are not used to address users.
pub(crate) fn is_minted(id: &str) -> bool {
    id.parse::<ProfileId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_uuids_are_ids() {
        for id in ["1", "0190d2a4-5d3c-7cc3-9a1b-000000000000", "user_7"] {
            assert!(is_valid(id), "{id}");
        }
        for id in ["", "a b", "../x", "\u{e9}", &"x".repeat(65)] {
            assert!(!is_valid(id), "{id:?}");
        }
    }
}
