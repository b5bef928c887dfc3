//! MovieKnight's ids: 24 hexadecimal digits in the layout of an `ObjectId` (BSON).

use manyface_core::Profile;

/// Derives the id of a profile without an imported one: four bytes with the seconds since 1970, as
/// in an `ObjectId`, then the eight random bytes of the canonical id.
pub(crate) fn mint(profile: &Profile) -> String {
    let seconds = u32::try_from(profile.created_at.as_second()).unwrap_or(0);
    let (_, random) = profile.id.0.as_u64_pair();
    format!("{seconds:08x}{random:016x}")
}

/// Returns whether `id` is 24 hexadecimal digits in lower case.
pub(crate) fn is_valid(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::{TenantId, behaviour};

    #[test]
    fn a_minted_id_is_valid_stable_and_unique() {
        let tenant = TenantId(uuid::Uuid::nil());
        let (one, other) = (
            behaviour::new_profile(tenant),
            behaviour::new_profile(tenant),
        );
        let id = mint(&one);
        assert!(is_valid(&id));
        assert_eq!(id, mint(&one));
        assert_ne!(id, mint(&other));
        let seconds = i64::from_str_radix(&id[..8], 16).unwrap();
        assert_eq!(seconds, one.created_at.as_second());
    }

    #[test]
    fn ids_of_another_form_are_invalid() {
        assert!(is_valid("66a1f2c4e5b3a1234567890a"));
        for id in [
            "",
            "66a1f2c4e5b3a1234567890",
            "66A1F2C4E5B3A1234567890A",
            "../../../../etc/passwd..",
        ] {
            assert!(!is_valid(id), "{id:?}");
        }
    }
}
