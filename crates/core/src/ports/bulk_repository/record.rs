//! The records of an export.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

use super::{LineJson, Section};
use crate::{
    ApiKey, CatalogueId, CatalogueKind, Erasure, FIELDS, FieldKind, FieldValue, FileRecord,
    Identity, ImageRecord, Json, PatchDocument, Profile, ProfileField, ProfileId, ProfileOverride,
    Tenant, TenantId, creation_document,
};

/// A record: one line of an export.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the contents")]
pub enum Record {
    Tenant(Tenant),
    CatalogueEntry(EntryRecord),
    User(Box<UserRecord>),
    UsernameReservation(ReservationRecord),
    ApiKey(ApiKeyRecord),
    Change(ChangeRecord),
    Image(ImageRecord),
    File(FileRecord),
}

/// A user with everything that the store has of them, except history and files.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRecord {
    /// The profile.
    pub profile: Profile,
    /// The ids at identity providers, in order.
    pub identities: Vec<Identity>,
    /// The overrides by account.
    pub overrides: BTreeMap<String, ProfileOverride>,
    /// Whether records of the user's changes follow, so that an import adds no entry to the
    /// history.
    pub has_history: bool,
}

impl UserRecord {
    /// Returns the first entry of the history of a new user.
    pub fn creation_document(&self) -> PatchDocument {
        creation_document(&self.profile, &self.identities, &self.overrides)
    }
}

/// A catalogue entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRecord {
    /// The id.
    pub id: CatalogueId,
    /// The owner; `None` if all tenants share the entry.
    pub tenant_id: Option<TenantId>,
    /// The list.
    pub kind: CatalogueKind,
    /// The name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// The entry that it was merged into.
    pub merged_into: Option<CatalogueId>,
    /// The profile that added the entry; `None` for an operator.
    pub created_by: Option<ProfileId>,
    /// The time at which the profile added it.
    pub created_at: Option<Timestamp>,
}

/// A reserved former user name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReservationRecord {
    /// The SHA-256 of a skeleton of the name, in hexadecimal digits.
    pub digest: String,
    /// The former holder.
    pub profile_id: ProfileId,
    /// The time of the release, by the clock of the store.
    pub released_at: Timestamp,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// The SHA-256 of the key, in hexadecimal digits.
    pub digest: String,
    /// The key's record.
    #[serde(flatten)]
    pub key: ApiKey,
}

/// An entry of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRecord {
    /// The profile, which may have been removed.
    pub profile_id: ProfileId,
    /// The version of the profile after the change.
    pub version: i64,
    /// The time of the change.
    pub at: Timestamp,
    /// A pseudonym of the actor.
    pub actor: String,
    /// The dialect of the request, or `operator`.
    pub dialect: String,
    /// The API version of the request.
    pub api_version: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The patch.
    pub patch: LineJson,
}

impl ChangeRecord {
    /// Returns whether the content was erased with the profile, or is the erasure.
    pub fn is_erased(&self) -> bool {
        let patch = self.patch.0.as_str();
        (self.actor.is_empty() && patch == "{}") || patch == Erasure::document().as_str()
    }
}

/// A field that is missing or wrong in a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field} {message}")]
pub struct RecordError {
    /// The name of the field.
    pub field: String,
    /// The rule, as the predicate of a sentence with the field as its subject.
    pub message: String,
}

impl RecordError {
    /// Creates an error.
    pub fn new(field: impl Into<String>, message: impl fmt::Display) -> Self {
        Self {
            field: field.into(),
            message: message.to_string(),
        }
    }
}

/// The members of a JSON object, with the text of each value. Duplicate names are rejected.
#[derive(Clone, Debug, Default)]
pub struct RecordObject(pub BTreeMap<String, Box<RawValue>>);

impl<'de> Deserialize<'de> for RecordObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = RecordObject;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RecordObject, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    members.insert(name, value);
                }
                Ok(RecordObject(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl RecordObject {
    /// Parses a line.
    pub fn parse(line: &str) -> Result<Self, RecordError> {
        let parsed = serde_json::from_str(line);
        parsed.map_err(|error| RecordError::new("line", format!("is not a JSON object: {error}")))
    }

    /// Removes a member and returns its value; `None` if it does not exist.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, RecordError> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        let read = serde_json::from_str(value.get());
        read.map(Some)
            .map_err(|error| RecordError::new(name, format!("is not valid: {error}")))
    }

    /// Reads all members as a record.
    fn read<T: DeserializeOwned>(&self) -> Result<T, RecordError> {
        let text = serde_json::to_string(&self.0).expect("raw values serialize to JSON");
        let read = serde_json::from_str(&text);
        read.map_err(|error| RecordError::new("record", format!("is not valid: {error}")))
    }
}

impl Record {
    /// Reads a record other than a user. `kind` is the value of its member `type`.
    pub fn read(kind: &str, object: &RecordObject) -> Result<Self, RecordError> {
        match kind {
            "tenant" => object.read().map(Self::Tenant),
            "catalogue_entry" => object.read().map(Self::CatalogueEntry),
            "username_reservation" => object.read().map(Self::UsernameReservation),
            "api_key" => object.read().map(Self::ApiKey),
            "change" => object.read().map(Self::Change),
            "image" => object.read().map(Self::Image),
            "file" => object.read().map(Self::File),
            _ => Err(RecordError::new("type", format!("{kind} is unknown"))),
        }
    }

    /// Returns the section that the record belongs to.
    pub fn section(&self) -> Section {
        match self {
            Self::Tenant(_) => Section::Tenants,
            Self::CatalogueEntry(entry) if entry.merged_into.is_some() => Section::MergedEntries,
            Self::CatalogueEntry(_) => Section::Entries,
            Self::User(_) => Section::Users,
            Self::UsernameReservation(_) => Section::Reservations,
            Self::ApiKey(_) => Section::ApiKeys,
            Self::Change(_) => Section::Changes,
            Self::Image(_) | Self::File(_) => Section::Files,
        }
    }

    /// Returns the value of the member `type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::CatalogueEntry(_) => "catalogue_entry",
            Self::User(_) => "user",
            Self::UsernameReservation(_) => "username_reservation",
            Self::ApiKey(_) => "api_key",
            Self::Change(_) => "change",
            Self::Image(_) => "image",
            Self::File(_) => "file",
        }
    }

    /// Returns a key that identifies the record in reports.
    pub fn key(&self) -> String {
        match self {
            Self::Tenant(tenant) => tenant.id.to_string(),
            Self::CatalogueEntry(entry) => entry.id.0.to_string(),
            Self::User(user) => user.profile.username.as_str().to_owned(),
            Self::UsernameReservation(reservation) => reservation.digest.clone(),
            Self::ApiKey(key) => key.key.id.clone(),
            Self::Change(change) => format!("{} {}", change.profile_id, change.version),
            Self::Image(image) => image.id.clone(),
            Self::File(file) => file.key.clone(),
        }
    }

    /// Returns the line of the record, without a line break.
    ///
    /// # Panics
    ///
    /// Never: records serialize to JSON.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("records serialize to JSON")
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Tagged<'a, T> {
            r#type: &'static str,
            #[serde(flatten)]
            record: &'a T,
        }
        let r#type = self.kind();
        match self {
            Self::Tenant(record) => Tagged { r#type, record }.serialize(serializer),
            Self::CatalogueEntry(record) => Tagged { r#type, record }.serialize(serializer),
            Self::User(record) => record.serialize(serializer),
            Self::UsernameReservation(record) => Tagged { r#type, record }.serialize(serializer),
            Self::ApiKey(record) => Tagged { r#type, record }.serialize(serializer),
            Self::Change(record) => Tagged { r#type, record }.serialize(serializer),
            Self::Image(record) => Tagged { r#type, record }.serialize(serializer),
            Self::File(record) => Tagged { r#type, record }.serialize(serializer),
        }
    }
}

/// Every member is written, so that an import knows which fields are unset.
impl Serialize for UserRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let profile = &self.profile;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "user")?;
        map.serialize_entry("id", &profile.id)?;
        map.serialize_entry("tenant_id", &profile.tenant_id)?;
        map.serialize_entry("email", &profile.email)?;
        for row in &FIELDS {
            map.serialize_entry(row.field.as_str(), &Value(row, profile))?;
        }
        map.serialize_entry("auth_provider", &profile.auth_provider)?;
        map.serialize_entry("external_ids", &profile.external_ids)?;
        map.serialize_entry("identities", &self.identities)?;
        map.serialize_entry("overrides", &self.overrides)?;
        let data = profile.operator_data.iter();
        let data = data.map(|(dialect, data)| (dialect, LineJson(data.clone())));
        map.serialize_entry("operator_data", &data.collect::<BTreeMap<_, _>>())?;
        map.serialize_entry("suspended_at", &profile.suspended_at)?;
        map.serialize_entry("created_at", &profile.created_at)?;
        map.serialize_entry("updated_at", &profile.updated_at)?;
        map.serialize_entry("version", &profile.version)?;
        if self.has_history {
            map.serialize_entry("has_history", &true)?;
        }
        map.end()
    }
}

/// The value of a field of a profile.
struct Value<'a>(&'a ProfileField, &'a Profile);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(row, profile) = self;
        match row.value(profile) {
            FieldValue::Null => serializer.serialize_unit(),
            FieldValue::Text(text) if row.kind() == FieldKind::Json => {
                let json = Json::parse(text.to_owned());
                LineJson(json.map_err(serde::ser::Error::custom)?).serialize(serializer)
            }
            FieldValue::Text(text) => serializer.serialize_str(text),
            FieldValue::Date(date) => date.serialize(serializer),
            FieldValue::List(list) => list.serialize(serializer),
            FieldValue::Boolean(flag) => serializer.serialize_bool(flag),
            FieldValue::Username(name) => name.serialize(serializer),
            FieldValue::Avatar(avatar) => avatar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_members_are_rejected() {
        let error = RecordObject::parse(r#"{"a":1,"a":2}"#).unwrap_err();
        assert!(error.message.contains("duplicate field `a`"), "{error}");
        assert!(RecordObject::parse("[]").is_err());
    }
}
