//! The outcome of each line of an import.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    FIELDS, Identity, OverridePatch, PatchDocument, ProfileOverride, Record, RecordError,
    RecordObject, UserRecord,
};

/// What an import did with a line, or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The record was added.
    Added,
    /// The stored user was changed.
    Updated,
    /// The store has an equal record.
    Unchanged,
    /// The store has another record, which was kept.
    Skipped,
    /// The line is invalid or conflicts with the store, and nothing was written.
    Rejected,
}

/// A field that a line changes.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedField {
    /// The name.
    pub field: String,
    /// The value before; null if it was unset.
    pub from: Option<Box<RawValue>>,
    /// The value after.
    pub to: Option<Box<RawValue>>,
}

/// The report of one line.
#[derive(Clone, Debug, Serialize)]
pub struct LineReport {
    /// The number of the line, from 1.
    pub line: u64,
    /// The type of the record, if it is known.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The key of the record, such as a user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// The changed fields of an updated or new user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<ChangedField>,
    /// Why the line was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RecordError>,
}

impl LineReport {
    /// Creates a report without details.
    pub(super) fn new(line: u64, record: Option<(&'static str, String)>, outcome: Outcome) -> Self {
        let (kind, key) = record.unzip();
        Self {
            line,
            kind,
            key,
            outcome,
            fields: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Creates the report of a rejected line.
    pub(super) fn rejected(
        line: u64,
        record: Option<(&'static str, String)>,
        errors: Vec<RecordError>,
    ) -> Self {
        Self {
            errors,
            ..Self::new(line, record, Outcome::Rejected)
        }
    }
}

/// Returns the members that differ between two users, without version and times of changes.
pub(super) fn changed_fields(before: Option<&UserRecord>, after: &UserRecord) -> Vec<ChangedField> {
    let object = |user: &UserRecord| {
        let line = Record::User(Box::new(user.clone())).to_line();
        let mut object = RecordObject::parse(&line).unwrap_or_default();
        for name in ["type", "version", "updated_at"] {
            object.0.remove(name);
        }
        object.0
    };
    let mut before = before.map(object).unwrap_or_default();
    let is_unset = |value: &RawValue| matches!(value.get(), "null" | "[]" | "{}" | "false");
    let changed = object(after).into_iter().filter_map(|(field, to)| {
        let from = before.remove(&field);
        let is_changed = match &from {
            Some(from) => from.get() != to.get(),
            None => !is_unset(&to),
        };
        is_changed.then_some(ChangedField {
            field,
            from,
            to: Some(to),
        })
    });
    changed.collect()
}

/// Returns the history document of a change from `before` to `after`: the columns that differ.
pub(super) fn document(before: &UserRecord, after: &UserRecord) -> PatchDocument {
    let (old, new) = (&before.profile, &after.profile);
    let mut members: BTreeMap<&str, Box<RawValue>> = BTreeMap::new();
    for row in &FIELDS {
        if row.value(old) != row.value(new) {
            let mut columns = Vec::new();
            row.push_columns(row.value(new), &mut columns);
            let columns = columns.into_iter();
            members.extend(columns.map(|(name, value)| (name, raw(&value))));
        }
    }
    let only_in = |own: &UserRecord, other: &UserRecord| -> Vec<Identity> {
        let own = own.identities.iter();
        let own = own.filter(|identity| !other.identities.contains(identity));
        own.cloned().collect()
    };
    let (added, removed) = (only_in(after, before), only_in(before, after));
    let overrides = changed_overrides(before, after);
    let others = [
        ("email", old.email != new.email, raw(&new.email)),
        (
            "auth_provider",
            old.auth_provider != new.auth_provider,
            raw(&new.auth_provider),
        ),
        (
            "external_ids",
            old.external_ids != new.external_ids,
            raw(&new.external_ids),
        ),
        (
            "operator_data",
            old.operator_data != new.operator_data,
            raw(&new.operator_data),
        ),
        (
            "suspended_at",
            old.suspended_at != new.suspended_at,
            raw(&new.suspended_at),
        ),
        ("added_identities", !added.is_empty(), raw(&added)),
        ("removed_identities", !removed.is_empty(), raw(&removed)),
        ("overrides", !overrides.is_empty(), raw(&overrides)),
    ];
    let changed = others.into_iter().filter(|(_, is_changed, _)| *is_changed);
    members.extend(changed.map(|(name, _, value)| (name, value)));
    let text = serde_json::to_string(&members);
    PatchDocument::from_stored(text.expect("raw values serialize to JSON"))
}

/// Returns the documents of the accounts whose overrides differ.
fn changed_overrides(before: &UserRecord, after: &UserRecord) -> BTreeMap<String, Box<RawValue>> {
    let blank = ProfileOverride::default();
    let accounts = before.overrides.keys().chain(after.overrides.keys());
    let changed = accounts.filter_map(|account| {
        let own = |user: &UserRecord| user.overrides.get(account).unwrap_or(&blank).clone();
        let patch = OverridePatch::between(&own(before), &own(after));
        if patch == OverridePatch::default() {
            return None;
        }
        let document = RawValue::from_string(patch.document().into_text());
        Some((account.clone(), document.expect("a document is JSON")))
    });
    changed.collect()
}

fn raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("values of fields serialize to JSON")
}
