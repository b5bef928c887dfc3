//! A whole profile as the document from which it is added.

use std::collections::BTreeMap;

use manyface_core::{FIELDS, Identity, Profile};
use serde::Serialize;
use serde_json::json;

use crate::columns::COLUMNS;

/// A document: one flat JSON object whose keys are columns.
#[derive(Clone, Debug)]
pub(crate) struct Document(pub(crate) String);

impl Document {
    /// What [`manyface_core::PatchDocument`] would say of a write of all columns, and of the
    /// columns that no patch names.
    pub(crate) fn of(profile: &Profile) -> Self {
        let mut columns = Vec::with_capacity(COLUMNS.len());
        for row in &FIELDS {
            row.push_columns(row.value(profile), &mut columns);
        }
        let mut document: BTreeMap<_, _> = columns
            .into_iter()
            .map(|(name, value)| (name, json!(value)))
            .collect();
        document.extend([
            ("id", json!(profile.id)),
            ("tenant_id", json!(profile.tenant_id.0)),
            ("external_ids", json!(text(&profile.external_ids))),
            ("email", json!(profile.email)),
            ("auth_provider", json!(profile.auth_provider)),
            ("facts", json!(text(&profile.facts))),
            ("created_at", json!(profile.created_at.as_microsecond())),
            ("updated_at", json!(profile.updated_at.as_microsecond())),
            ("version", json!(profile.version)),
        ]);
        Self::write(&document)
    }

    /// The names of a profile in other systems, as an array of pairs.
    pub(crate) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        Self::write(&pairs.collect::<Vec<_>>())
    }

    /// The pairs of a provider and the user's name there.
    pub(crate) fn of_identities(identities: &[Identity]) -> Self {
        Self::of_pairs(
            identities
                .iter()
                .map(|Identity { issuer, subject }| (issuer, subject)),
        )
    }

    fn write(value: &impl Serialize) -> Self {
        Self(text(value))
    }
}

/// A value as JSON.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and flags have a JSON form")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use manyface_core::{ProfileId, TenantId, Username};
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_column_has_a_value() {
        let at = Timestamp::UNIX_EPOCH;
        let id = ProfileId::mint(at, [1; 10]);
        let username = Username::parse("ada").unwrap();
        let profile = Profile::new(id, TenantId(id.0), username, String::new(), at);
        let document: BTreeMap<String, Value> =
            serde_json::from_str(&Document::of(&profile).0).unwrap();
        let mut columns: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        columns.sort_unstable();
        assert!(document.keys().eq(columns.iter()));
    }
}
