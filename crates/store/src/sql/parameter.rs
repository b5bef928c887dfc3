//! The parameters of statements.

use jiff::{SignedDuration, Timestamp};
use manyface_core::{PatchDocument, ProfileId, Provenance, TenantId};
use serde::Serialize;

use super::value::{Document, Id, Instant, Json, Span};

/// The value of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Parameter {
    Text(Option<String>),
    Number(Option<i64>),
    Json(Json),
    Document(Document),
    Id(Option<Id>),
    Time(Option<Instant>),
    Duration(Span),
}

impl Parameter {
    /// Returns a parameter with `value` as JSON.
    pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Self {
        let text = serde_json::to_string(value);
        Self::Json(Json(text.expect("texts and numbers have a JSON form")))
    }

    /// Creates a parameter with an entry of the history.
    pub(crate) fn document(document: &PatchDocument) -> Self {
        Self::Document(Document(document.as_str().to_owned()))
    }

    /// Returns a parameter with JSON text.
    pub(crate) fn json_text(text: &str) -> Self {
        Self::Json(Json(text.to_owned()))
    }
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Parameter {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Parameter {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<u32> for Parameter {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

/// 0 or 1.
impl From<bool> for Parameter {
    fn from(flag: bool) -> Self {
        Self::Number(Some(flag.into()))
    }
}

/// A size in bytes, saturated at [`i64::MAX`].
impl From<u64> for Parameter {
    fn from(size: u64) -> Self {
        Self::Number(Some(i64::try_from(size).unwrap_or(i64::MAX)))
    }
}

impl From<Option<i64>> for Parameter {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Parameter {
    fn from(at: Timestamp) -> Self {
        Some(at).into()
    }
}

impl From<Option<Timestamp>> for Parameter {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Time(at.map(Instant))
    }
}

impl From<SignedDuration> for Parameter {
    fn from(duration: SignedDuration) -> Self {
        Self::Duration(Span(duration))
    }
}

impl From<ProfileId> for Parameter {
    fn from(id: ProfileId) -> Self {
        Some(id).into()
    }
}

impl From<Option<ProfileId>> for Parameter {
    fn from(id: Option<ProfileId>) -> Self {
        Self::Id(id.map(|id| Id(id.0)))
    }
}

impl From<TenantId> for Parameter {
    fn from(id: TenantId) -> Self {
        Some(id).into()
    }
}

impl From<Option<TenantId>> for Parameter {
    fn from(id: Option<TenantId>) -> Self {
        Self::Id(id.map(|id| Id(id.0)))
    }
}

/// Returns the parameters of the provenance: time, actor, dialect, API version and request id.
pub(crate) fn origin(provenance: &Provenance) -> [Parameter; 5] {
    [
        provenance.at().into(),
        (&*provenance.actor).into(),
        (&*provenance.dialect).into(),
        provenance.api_version.clone().into(),
        (&*provenance.request_id).into(),
    ]
}
