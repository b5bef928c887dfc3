//! Ids of users. The contract has them as strings of no stated form.

use manyface_core::{Profile, ProfileId};

/// The longest id that may be brought along.
const MAX_CHARS: usize = 64;

/// The id of a profile that was not brought along from elsewhere: the canonical one.
pub(crate) fn mint(profile: &Profile) -> String {
    profile.id.to_string()
}

/// Whether `id` is letters, digits, hyphens and underscores.
pub(crate) fn is_valid(id: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_CHARS).contains(&id.len()) && id.bytes().all(is_good)
}

/// Returns whether `id` has the form of an id that is minted here. Ids that are brought along may
/// look like any name, and nothing is addressed by them.
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
