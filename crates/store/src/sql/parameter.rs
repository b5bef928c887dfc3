//! The parameters of statements.

use diesel::{
    pg::Pg,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{Jsonb, Text},
    sqlite::Sqlite,
};
use jiff::{SignedDuration, Timestamp};
use manyface_core::{ProfileId, Provenance, TenantId};
use serde::Serialize;

/// The value of a parameter.
#[derive(Debug)]
pub(crate) enum Parameter {
    Text(Option<String>),
    Number(Option<i64>),
    /// JSON: `jsonb` in PostgreSQL, text in SQLite.
    Json(Json),
}

/// The text of a JSON value.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) String);

impl Parameter {
    /// A parameter that holds `value` as JSON.
    pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Self {
        let text = serde_json::to_string(value);
        Self::Json(Json(text.expect("texts and numbers have a JSON form")))
    }

    /// A parameter that holds a JSON text.
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

/// A number of bytes, at most [`i64::MAX`].
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

/// Microseconds since 1970.
impl From<Timestamp> for Parameter {
    fn from(at: Timestamp) -> Self {
        Self::Number(Some(at.as_microsecond()))
    }
}

impl From<Option<Timestamp>> for Parameter {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Number(at.map(Timestamp::as_microsecond))
    }
}

/// Microseconds.
impl From<SignedDuration> for Parameter {
    fn from(duration: SignedDuration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::Number(Some(micros))
    }
}

impl From<ProfileId> for Parameter {
    fn from(id: ProfileId) -> Self {
        Self::Text(Some(id.to_string()))
    }
}

impl From<TenantId> for Parameter {
    fn from(id: TenantId) -> Self {
        Self::Text(Some(id.to_string()))
    }
}

impl From<Option<TenantId>> for Parameter {
    fn from(id: Option<TenantId>) -> Self {
        Self::Text(id.map(|id| id.to_string()))
    }
}

/// The five parameters that say when, by whom and through what.
pub(crate) fn origin(provenance: &Provenance) -> [Parameter; 5] {
    [
        provenance.at().into(),
        (&*provenance.actor).into(),
        (&*provenance.dialect).into(),
        provenance.api_version.clone().into(),
        (&*provenance.request_id).into(),
    ]
}

impl ToSql<Jsonb, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The binary form of `jsonb` is the number of that form and then the text.
        std::io::Write::write_all(out, &[1])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Text, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}
