//! A whole profile as the document from which it is added, except its times.

use std::collections::BTreeMap;

use manyface_core::{ColumnValue, FIELDS, Profile};
use serde::Serialize;
use serde_json::{Value, json};

use super::columns::COLUMNS;
use crate::sql::Parameter;

/// What [`manyface_core::PatchDocument`] would say of a write of all columns, and of the columns
/// that no patch names: one flat JSON object whose keys are columns.
pub(super) fn of(profile: &Profile) -> Parameter {
    Parameter::json(&values(profile))
}

/// The columns of [`of`] with their values.
pub(crate) fn values(profile: &Profile) -> BTreeMap<&'static str, Value> {
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for row in &FIELDS {
        row.push_columns(row.value(profile), &mut columns);
    }
    let mut document: BTreeMap<_, _> = columns
        .into_iter()
        .map(|(name, value)| match value {
            // Lists are texts in the database.
            ColumnValue::List(list) => (name, json!(text(&list))),
            ColumnValue::Null | ColumnValue::Text(_) | ColumnValue::Boolean(_) => {
                (name, json!(value))
            }
        })
        .collect();
    document.extend([
        ("id", json!(profile.id)),
        ("tenant_id", json!(profile.tenant_id.0)),
        ("external_ids", json!(text(&profile.external_ids))),
        ("email", json!(profile.email)),
        ("auth_provider", json!(profile.auth_provider)),
        ("operator_data", json!(text(&profile.operator_data))),
        ("version", json!(profile.version)),
    ]);
    document
}

/// A value as JSON.
fn text(value: &impl Serialize) -> String {
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
        let Parameter::Json(document) = of(&profile) else {
            panic!("a document is JSON");
        };
        let document: BTreeMap<String, Value> = serde_json::from_str(&document.0).unwrap();
        let columns = COLUMNS.iter().filter(|column| column.kind != Kind::Time);
        let mut columns: Vec<_> = columns.map(|column| column.name).collect();
        columns.sort_unstable();
        assert!(document.keys().eq(columns.iter()));
    }
}
