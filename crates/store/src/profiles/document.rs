//! The JSON document from which a profile is added.

use std::collections::BTreeMap;

use manyface_core::{ColumnValue, FIELDS, Profile};
use serde::Serialize;
use serde_json::{Value, json};

use super::columns::COLUMNS;
use crate::sql::Parameter;

/// Returns [`values`] as a JSON object.
pub(super) fn from_profile(profile: &Profile) -> Parameter {
    Parameter::json(&values(profile))
}

/// Returns the values of all columns of `profile` except its times. Columns that patches can write
/// have the form of [`manyface_core::PatchDocument`].
pub(crate) fn values(profile: &Profile) -> BTreeMap<&'static str, Value> {
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for row in &FIELDS {
        row.push_columns(row.value(profile), &mut columns);
    }
    let mut document: BTreeMap<_, _> = columns
        .into_iter()
        .map(|(name, value)| match value {
            // Lists are texts in the database.
            ColumnValue::List(list) => (name, json!(to_json(&list))),
            ColumnValue::Null | ColumnValue::Text(_) | ColumnValue::Boolean(_) => {
                (name, json!(value))
            }
        })
        .collect();
    document.extend([
        ("id", json!(profile.id)),
        ("tenant_id", json!(profile.tenant_id.0)),
        ("external_ids", json!(to_json(&profile.external_ids))),
        ("email", json!(profile.email)),
        ("auth_provider", json!(profile.auth_provider)),
        ("operator_data", json!(to_json(&profile.operator_data))),
        ("version", json!(profile.version)),
    ]);
    document
}

/// Serializes a value as JSON text.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and flags have a JSON form")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use manyface_core::{ProfileId, TenantId, Username};

    use super::{super::columns::Kind, *};

    #[test]
    fn every_column_but_the_times_has_a_value() {
        let at = Timestamp::UNIX_EPOCH;
        let id = ProfileId::mint(at, [1; 10]);
        let username = Username::parse("ada").unwrap();
        let profile = Profile::new(id, TenantId(id.0), username, String::new(), at);
        let Parameter::Json(document) = from_profile(&profile) else {
            panic!("a document is JSON");
        };
        let document: BTreeMap<String, Value> = serde_json::from_str(&document.0).unwrap();
        let columns = COLUMNS.iter().filter(|column| column.kind != Kind::Time);
        let mut columns: Vec<_> = columns.map(|column| column.name).collect();
        columns.sort_unstable();
        assert!(document.keys().eq(columns.iter()));
    }
}
