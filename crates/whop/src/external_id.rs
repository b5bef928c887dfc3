//! Whop's ids: a prefix followed by letters and digits, as in `user_x9F0aMwTz3bQk1`.

use manyface_core::Profile;

/// The prefix of users.
pub(crate) const USER: &str = "user_";
/// The prefix of accounts.
pub(crate) const ACCOUNT: &str = "biz_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The number of characters after the prefix of a minted id.
const LENGTH: usize = 14;
/// The maximum number of characters after the prefix of an imported id.
pub(crate) const MAX_TAIL: usize = 64;

/// Derives the id of a profile without an imported one from the random bits of the canonical id and
/// the lowest bits of its time.
pub(crate) fn mint(profile: &Profile) -> String {
    // Version and variant are constant, and the highest bits of the time nearly so.
    let (time, random) = profile.id.0.as_u64_pair();
    let bits = (u128::from(time & 0xfff) << 64) | u128::from(random);
    let time = u128::from(time >> 16);
    tagged(USER, bits ^ (time << 76))
}

/// Returns `prefix` with 14 letters and digits that encode `bits`.
pub(crate) fn tagged(prefix: &str, mut bits: u128) -> String {
    let mut id = prefix.to_owned();
    for _ in 0..LENGTH {
        let digit = usize::try_from(bits % 62).unwrap_or_default();
        id.push(char::from(ALPHABET[digit]));
        bits /= 62;
    }
    id
}

/// Returns whether `id` is a user's.
pub(crate) fn is_valid(id: &str) -> bool {
    is_tagged(id, USER)
}

/// Returns whether `id` is an account's.
pub(crate) fn is_account(id: &str) -> bool {
    is_tagged(id, ACCOUNT)
}

/// Returns whether `id` is an app's.
pub(crate) fn is_app(id: &str) -> bool {
    is_tagged(id, "app_")
}

/// Returns whether `id` is `prefix` followed by letters and digits.
pub(crate) fn is_tagged(id: &str, prefix: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|tail| {
        !tail.is_empty()
            && tail.len() <= MAX_TAIL
            && tail.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::{TenantId, behaviour};

    #[test]
    fn a_minted_id_is_valid_stable_and_unique() {
        let tenant = TenantId(uuid::Uuid::nil());
        let one = behaviour::new_profile(tenant);
        let other = behaviour::new_profile(tenant);
        let id = mint(&one);
        assert!(is_valid(&id), "{id}");
        assert_eq!(id.len(), 19);
        assert_eq!(id, mint(&one));
        assert_ne!(id, mint(&other));
    }

    #[test]
    fn ids_of_another_form_are_invalid() {
        assert!(is_valid("user_1"));
        assert!(is_tagged("biz_Me8Lbiv174brtM", "biz_"));
        for id in [
            "",
            "user_",
            "USER_a",
            "user_a-b",
            "user_\u{e9}",
            "biz_a",
            "user_../x",
        ] {
            assert!(!is_valid(id), "{id:?}");
        }
        assert!(!is_valid(&format!("user_{}", "a".repeat(65))));
    }
}
