//! The changes of a profile: the entries of its history, with the values before and after.
//!
//! An entry stores new values only. The values before are those that the earlier entries leave, so
//! that writes do not pay for the history being read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Change, Error, FIELDS, FieldKind, Identity, Json, PatchDocument, ProfileField, Result,
};

/// An entry of the history with the fields that it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailedChange {
    /// The entry.
    pub change: Change,
    /// The kind of the change.
    pub kind: ChangeKind,
    /// The changed fields, in the order of their names.
    pub fields: Vec<FieldChange>,
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The profile was added.
    Creation,
    /// Fields were changed.
    Update,
    /// The change to this version was undone.
    Undo(i64),
    /// The user was erased.
    Erasure,
    /// The values were erased with the user.
    Erased,
}

/// The change of a field.
///
/// Fields are named as in [`crate::Profile`]. Others are `operator_data.DIALECT`,
/// `overrides.ACCOUNT.FIELD`, `identities.ISSUER#SUBJECT` and `external_ids.DIALECT`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The name of the field.
    pub field: String,
    /// The value before the change.
    pub from: Before,
    /// The value after the change; `None` if it is unset.
    pub to: Option<Json>,
}

/// The value of a field before a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// The entries that set the field have been removed.
    Unknown,
    /// The value; `None` if it was unset.
    Known(Option<Json>),
}

/// The last change of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldWriter {
    /// The name of the field.
    pub field: String,
    /// The value; `None` if it is unset.
    pub value: Option<Json>,
    /// The entry that set the value.
    pub change: Change,
}

/// Reads the entries of one profile, the oldest first, with the values before each change.
///
/// [`Error::Storage`] if a stored entry is damaged.
pub fn replay(changes: Vec<Change>) -> Result<Vec<DetailedChange>> {
    let mut state = State::default();
    let detail = |change: Change| {
        let written = Written::read(&change.patch)?;
        let (kind, fields) = (written.kind, state.apply(written));
        Ok(DetailedChange {
            change,
            kind,
            fields,
        })
    };
    changes.into_iter().map(detail).collect()
}

/// Reads one entry, without the values before the change.
///
/// [`Error::Storage`] if the stored entry is damaged.
pub fn read_change(change: Change) -> Result<DetailedChange> {
    let mut details = replay(vec![change])?;
    details.pop().ok_or(Error::NotFound)
}

/// Returns the last writer of each field that the changes of a profile have written.
pub fn last_writers(changes: &[DetailedChange]) -> Vec<FieldWriter> {
    let mut writers = BTreeMap::new();
    for DetailedChange { change, fields, .. } in changes {
        for FieldChange { field, to, .. } in fields {
            writers.insert(field.clone(), (to, change));
        }
    }
    let writer = |(field, (value, change)): (String, (&Option<Json>, &Change))| FieldWriter {
        field,
        value: value.clone(),
        change: change.clone(),
    };
    writers.into_iter().map(writer).collect()
}

impl DetailedChange {
    /// Returns the change of `field`, if the entry changed it.
    pub fn field(&self, field: &str) -> Option<&FieldChange> {
        self.fields.iter().find(|change| change.field == field)
    }
}

const OPERATOR_DATA: &str = "operator_data.";
const OVERRIDES: &str = "overrides.";

/// The document of an entry.
#[derive(Debug)]
struct Written {
    kind: ChangeKind,
    values: BTreeMap<String, Option<Json>>,
    /// Whether the values have the operator data of every dialect.
    has_operator_data: bool,
}

impl Written {
    fn read(document: &PatchDocument) -> Result<Self> {
        let damaged = |e: serde_json::Error| Error::Storage(e.into());
        let mut members: BTreeMap<String, Json> =
            serde_json::from_str(document.as_str()).map_err(damaged)?;
        let undoes: Option<i64> = take(&mut members, "undoes")?;
        let is_erasure = members.remove("erased").is_some();
        let mut written = Self {
            kind: match undoes {
                Some(undone) => ChangeKind::Undo(undone),
                None if is_erasure => ChangeKind::Erasure,
                None if members.is_empty() => ChangeKind::Erased,
                None if members.contains_key("created_at") => ChangeKind::Creation,
                None => ChangeKind::Update,
            },
            values: BTreeMap::new(),
            has_operator_data: false,
        };
        for row in &FIELDS {
            written.add_columns("", row, &mut members)?;
        }
        for name in [
            "email",
            "auth_provider",
            "tenant_id",
            "suspended_at",
            "created_at",
        ] {
            if let Some(value) = members.remove(name) {
                written.values.insert(name.to_owned(), not_null(value));
            }
        }
        let operator_data: Option<BTreeMap<String, Json>> = take(&mut members, "operator_data")?;
        written.has_operator_data = operator_data.is_some();
        for (dialect, data) in operator_data.into_iter().flatten() {
            let field = format!("{OPERATOR_DATA}{dialect}");
            written.values.insert(field, Some(data));
        }
        let external_ids: Option<BTreeMap<String, Json>> = take(&mut members, "external_ids")?;
        for (dialect, id) in external_ids.into_iter().flatten() {
            let field = format!("external_ids.{dialect}");
            written.values.insert(field, Some(id));
        }
        let overrides: Option<BTreeMap<String, BTreeMap<String, Json>>> =
            take(&mut members, "overrides")?;
        for (account, mut members) in overrides.into_iter().flatten() {
            for row in &FIELDS {
                written.add_columns(&format!("{OVERRIDES}{account}."), row, &mut members)?;
            }
        }
        for (name, value) in [
            ("added_identities", Some("true")),
            ("removed_identities", None),
        ] {
            let identities: Option<Vec<Identity>> = take(&mut members, name)?;
            for Identity { issuer, subject } in identities.into_iter().flatten() {
                let field = format!("identities.{issuer}#{subject}");
                let value = value.map(|value| parse(value.to_owned())).transpose()?;
                written.values.insert(field, value);
            }
        }
        Ok(written)
    }

    /// Moves the columns of a field from `members`, if it is there.
    fn add_columns(
        &mut self,
        prefix: &str,
        row: &ProfileField,
        members: &mut BTreeMap<String, Json>,
    ) -> Result<()> {
        let (first, second) = row.columns();
        let second = second.and_then(|name| members.remove(name));
        let Some(first) = members.remove(first) else {
            return Ok(());
        };
        let value = match row.kind() {
            FieldKind::Json => match text(&first)? {
                Some(text) => Some(parse(text)?),
                None => None,
            },
            FieldKind::Avatar => {
                let external = second.map(|url| text(&url)).transpose()?.flatten();
                let stored = text(&first)?;
                let avatar = crate::Avatar::from_stored(stored, external);
                avatar.map(|avatar| serialize(&avatar)).transpose()?
            }
            FieldKind::Text
            | FieldKind::Country
            | FieldKind::Date
            | FieldKind::List
            | FieldKind::Boolean
            | FieldKind::Username => not_null(first),
        };
        self.values.insert(format!("{prefix}{}", row.field), value);
        Ok(())
    }
}

/// The fields of a profile after some of its changes.
#[derive(Debug, Default)]
struct State {
    values: BTreeMap<String, Option<Json>>,
    /// Whether a field of the profile without a value here has its default value.
    has_fields: bool,
    /// Whether a dialect without a value here has no operator data.
    has_operator_data: bool,
    /// Whether an account without a value here has no overrides.
    has_overrides: bool,
}

impl State {
    /// Applies an entry, and returns the fields that it changes.
    fn apply(&mut self, written: Written) -> Vec<FieldChange> {
        let Written {
            kind,
            mut values,
            has_operator_data,
        } = written;
        match kind {
            ChangeKind::Erasure | ChangeKind::Erased => {
                *self = Self::default();
                return Vec::new();
            }
            ChangeKind::Creation => {
                *self = Self {
                    values: BTreeMap::new(),
                    has_fields: true,
                    has_operator_data: true,
                    has_overrides: true,
                }
            }
            ChangeKind::Update | ChangeKind::Undo(_) => {}
        }
        if has_operator_data {
            self.add_unset(OPERATOR_DATA, &mut values);
            self.has_operator_data = true;
        }
        if kind != ChangeKind::Creation && values.contains_key("tenant_id") {
            // Accounts belong to tenants.
            self.add_unset(OVERRIDES, &mut values);
            self.has_overrides = true;
        }
        let mut changes = Vec::new();
        for (field, to) in values {
            let from = self.before(&field, to.as_ref());
            if from != Before::Known(to.clone()) {
                self.values.insert(field.clone(), to.clone());
                changes.push(FieldChange { field, from, to });
            }
        }
        changes
    }

    /// Adds the known fields with `prefix` that `values` lacks, as unset.
    fn add_unset(&self, prefix: &str, values: &mut BTreeMap<String, Option<Json>>) {
        for field in self.values.keys() {
            if field.starts_with(prefix) && !values.contains_key(field) {
                values.insert(field.clone(), None);
            }
        }
    }

    fn before(&self, field: &str, to: Option<&Json>) -> Before {
        if let Some(value) = self.values.get(field) {
            return Before::Known(value.clone());
        }
        if field.starts_with("identities.") {
            // An identity is only added if it was not there, and removed if it was.
            let value = to.map_or(Some("true"), |_| None);
            let value = value.and_then(|value| Json::parse(value.to_owned()).ok());
            return Before::Known(value);
        }
        let is_known = if field.starts_with(OPERATOR_DATA) {
            self.has_operator_data
        } else if field.starts_with(OVERRIDES) {
            self.has_overrides
        } else {
            self.has_fields
        };
        if !is_known {
            return Before::Unknown;
        }
        let mut fields = FIELDS.iter();
        let kind = fields.find(|row| row.field.as_str() == field);
        let kind = kind.map(ProfileField::kind);
        let default = if kind == Some(FieldKind::List) {
            Some("[]")
        } else if kind == Some(FieldKind::Boolean) {
            Some("false")
        } else if field == "auth_provider" {
            Some("\"local\"")
        } else {
            None
        };
        Before::Known(default.and_then(|text| Json::parse(text.to_owned()).ok()))
    }
}

fn take<T: for<'de> Deserialize<'de>>(
    members: &mut BTreeMap<String, Json>,
    name: &str,
) -> Result<Option<T>> {
    let value = members.remove(name);
    let value = value.map(|value| value.read());
    value.transpose().map_err(|e| Error::Storage(e.into()))
}

fn not_null(value: Json) -> Option<Json> {
    (value.as_str() != "null").then_some(value)
}

fn text(value: &Json) -> Result<Option<String>> {
    value.read().map_err(|e| Error::Storage(e.into()))
}

fn parse(text: String) -> Result<Json> {
    Json::parse(text).map_err(|e| Error::Storage(e.into()))
}

fn serialize(value: &impl Serialize) -> Result<Json> {
    Json::of(value).map_err(|e| Error::Storage(e.into()))
}
