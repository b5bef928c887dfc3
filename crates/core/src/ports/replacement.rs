//! The replacement of a profile by an operator.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    ColumnValue, FIELDS, Identity, OverridePatch, PatchDocument, Profile, ProfileField,
    ProfileOverride, Provenance, TenantId, Username,
};

/// The replacement of a profile with another state of it, by an operator.
///
/// Operators may write every field, including those that an identity provider owns. The id, the
/// external ids and the creation time of a profile never change.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement {
    /// The new state. Its revision is the one that the stored profile must have.
    pub profile: Profile,
    /// The tenant that the stored profile belongs to. In another tenant, accounts of the same name
    /// are other accounts, so a move removes the overrides.
    pub tenant: TenantId,
    /// The identities to add.
    pub added_identities: Vec<Identity>,
    /// The identities to remove.
    pub removed_identities: Vec<Identity>,
    /// The history document of the change.
    pub document: PatchDocument,
    /// The origin of the change, for the history.
    pub provenance: Provenance,
}

impl Replacement {
    /// Creates the replacement of `before` with `after`, which differ in any fields but the id, the
    /// external ids and the times; `None` if nothing changes.
    pub fn new(
        before: &Profile,
        after: Profile,
        [added_identities, removed_identities]: [Vec<Identity>; 2],
        provenance: Provenance,
    ) -> Option<Self> {
        let mut document = changed_columns(before, &after);
        for (key, identities) in [
            ("added_identities", &added_identities),
            ("removed_identities", &removed_identities),
        ] {
            if !identities.is_empty() {
                document.push((key, json!(identities).to_string()));
            }
        }
        if document.is_empty() {
            return None;
        }
        let document = to_document(document).undoing(provenance.undoes);
        Some(Self {
            tenant: before.tenant_id,
            profile: Profile {
                updated_at: before.updated_at,
                version: before.version,
                ..after
            },
            added_identities,
            removed_identities,
            document,
            provenance,
        })
    }
}

/// Returns the first entry of a profile's history: all values that are set, and `created_at`, which
/// no other entry has.
pub fn creation_document(
    profile: &Profile,
    identities: &[Identity],
    overrides: &BTreeMap<String, ProfileOverride>,
) -> PatchDocument {
    let Profile { id, created_at, .. } = profile;
    let (tenant, username) = (TenantId(uuid::Uuid::nil()), String::new());
    let username = Username::from_stored(username.clone(), username);
    let blank = Profile::new(*id, tenant, username, String::new(), *created_at);
    let mut columns = changed_columns(&blank, profile);
    columns.push(("created_at", json!(created_at).to_string()));
    if !profile.external_ids.is_empty() {
        columns.push(("external_ids", json!(profile.external_ids).to_string()));
    }
    if !identities.is_empty() {
        columns.push(("added_identities", json!(identities).to_string()));
    }
    if !overrides.is_empty() {
        let blank = ProfileOverride::default();
        let accounts = overrides.iter().map(|(account, own)| {
            let patch = OverridePatch::between(&blank, own).document();
            format!("{}:{patch}", json!(account))
        });
        let accounts: Vec<_> = accounts.collect();
        columns.push(("overrides", format!("{{{}}}", accounts.join(","))));
    }
    to_document(columns)
}

/// Writes members, whose values are JSON, as a document.
fn to_document(members: Vec<(&'static str, String)>) -> PatchDocument {
    let members = members.into_iter();
    let members = members.map(|(key, value)| format!("\"{key}\":{value}"));
    let members: Vec<_> = members.collect();
    PatchDocument::from_stored(format!("{{{}}}", members.join(",")))
}

/// Returns the columns that differ, with their new values as JSON text.
fn changed_columns(before: &Profile, after: &Profile) -> Vec<(&'static str, String)> {
    let mut columns: Vec<(&str, ColumnValue<'_>)> = Vec::new();
    let is_changed = |row: &&ProfileField| row.value(before) != row.value(after);
    for row in FIELDS.iter().filter(is_changed) {
        row.push_columns(row.value(after), &mut columns);
    }
    let mut changed: Vec<_> = columns
        .into_iter()
        .map(|(name, value)| (name, json!(value).to_string()))
        .collect();
    let mut add = |key, is_changed: bool, value: Value| {
        if is_changed {
            changed.push((key, value.to_string()));
        }
    };
    add("email", before.email != after.email, json!(after.email));
    add(
        "auth_provider",
        before.auth_provider != after.auth_provider,
        json!(after.auth_provider),
    );
    add(
        "tenant_id",
        before.tenant_id != after.tenant_id,
        json!(after.tenant_id),
    );
    add(
        "suspended_at",
        before.suspended_at != after.suspended_at,
        json!(after.suspended_at),
    );
    if before.operator_data != after.operator_data {
        // Not through a JSON value: the spelling of the stored values is kept.
        let text = serde_json::to_string(&after.operator_data);
        let text = text.expect("maps of JSON values serialize to JSON");
        changed.push(("operator_data", text));
    }
    changed
}
