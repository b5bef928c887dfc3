//! Property tests of patches.

use manyface_core::{FIELDS, Field, PatchDocument, Profile, ProfilePatch, TenantId, behaviour};
use proptest::prelude::*;

fn patches() -> impl Strategy<Value = ProfilePatch> {
    (1..50_i32, any::<u32>(), any::<u32>())
        .prop_map(|(salt, named, empty)| behaviour::masked_patch(salt, named, empty))
}

fn profiles() -> impl Strategy<Value = Profile> {
    patches().prop_map(|patch| {
        let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        patch.apply(&mut profile);
        profile
    })
}

fn applied(patch: &ProfilePatch, profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    patch.clone().apply(&mut profile);
    profile
}

/// Returns the profile as a map from field to value.
fn fields(profile: &Profile) -> serde_json::Map<String, serde_json::Value> {
    let json = serde_json::to_string(profile).expect("a profile serializes to JSON");
    serde_json::from_str(&json).expect("a profile serializes to an object")
}

proptest! {
    #[test]
    fn applying_a_patch_is_idempotent(patch in patches(), profile in profiles()) {
        let once = applied(&patch, &profile);
        prop_assert_eq!(applied(&patch, &once), once);
    }

    #[test]
    fn an_empty_patch_changes_nothing(profile in profiles()) {
        let empty = ProfilePatch::default();
        prop_assert_eq!(applied(&empty, &profile), profile);
    }

    #[test]
    fn a_patch_changes_only_the_named_fields(patch in patches(), profile in profiles()) {
        let document = PatchDocument::from(&patch);
        let named: serde_json::Map<_, _> = serde_json::from_str(document.as_str()).unwrap();
        let after = fields(&applied(&patch, &profile));
        for (field, before) in fields(&profile) {
            let is_named = named.contains_key(&field)
                || (field == "avatar" && named.contains_key("avatar_url"));
            prop_assert!(is_named || after[&field] == before, "{} changed", field);
        }
    }

    #[test]
    fn named_fields_are_the_written_columns(patch in patches()) {
        let document = PatchDocument::from(&patch);
        let written: serde_json::Map<_, _> = serde_json::from_str(document.as_str()).unwrap();
        let mut written: Vec<_> = written.keys().map(String::as_str).collect();
        // Two fields have two columns each.
        written.retain(|column| !["username_key", "avatar_url"].contains(column));
        let mut reported: Vec<_> = patch.named_fields().into_iter().map(Field::as_str).collect();
        for name in &mut reported {
            *name = if *name == "avatar" { "avatar_image" } else { *name };
        }
        reported.sort_unstable();
        written.sort_unstable();
        prop_assert_eq!(reported, written);
    }

    #[test]
    fn changed_fields_are_the_fields_that_change(patch in patches(), profile in profiles()) {
        let (before, after) = (fields(&profile), fields(&applied(&patch, &profile)));
        let mut reported: Vec<_> = patch.changed_fields(&profile);
        reported.sort_by_key(|field: &Field| field.as_str());
        let reported: Vec<_> = reported.into_iter().map(Field::as_str).collect();
        let differ = before.iter().filter(|(field, value)| after[*field] != **value);
        let mut changed: Vec<_> = differ.map(|(field, _)| field.as_str()).collect();
        changed.sort_unstable();
        prop_assert_eq!(reported, changed);
    }
}

/// The fields that no patch may write.
const READ_ONLY: [&str; 10] = [
    "id",
    "tenant_id",
    "external_ids",
    "email",
    "auth_provider",
    "operator_data",
    "suspended_at",
    "created_at",
    "updated_at",
    "version",
];

#[test]
fn every_field_of_a_profile_is_in_the_table_or_read_only() {
    let profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    let mut table: Vec<_> = FIELDS.iter().map(|row| row.field.as_str()).collect();
    table.extend(READ_ONLY);
    for field in fields(&profile).keys() {
        assert!(table.contains(&field.as_str()), "{field} is not in FIELDS");
    }
    assert_eq!(table.len(), fields(&profile).len());
}

#[test]
fn a_full_patch_changes_every_field_of_the_table() {
    let profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    let patch = behaviour::full_patch(2);
    let all: Vec<_> = FIELDS.iter().map(|row| row.field).collect();
    assert_eq!(patch.changed_fields(&profile), all);
    for row in &FIELDS {
        assert_ne!(row.edit(&patch), Some(row.value(&profile)), "{row:?}");
    }
}
