//! Values whose types differ between the databases.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{self, BigInt, Interval, Jsonb, Text, Timestamptz, Untyped},
    sqlite::Sqlite,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A JSON value: `jsonb` in PostgreSQL, text in SQLite.
#[derive(Clone, Debug)]
pub(crate) struct Json(pub(crate) String);

/// An entry of the history: `json` in PostgreSQL, which keeps the bytes of values that an undo
/// restores, text in SQLite.
#[derive(Clone, Debug)]
pub(crate) struct Document(pub(crate) String);

/// A UUID: `uuid` in PostgreSQL, text in SQLite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) Uuid);

/// A time: `timestamptz` in PostgreSQL, microseconds since 1970 in SQLite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) Timestamp);

/// A duration: `interval` in PostgreSQL, microseconds in SQLite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(crate) SignedDuration);

impl Instant {
    /// 2000-01-01 in microseconds since 1970. PostgreSQL counts from it.
    const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
    /// The earliest `timestamptz`, in microseconds since 2000.
    const POSTGRES_MIN: i64 = -211_813_488_000_000_000;
}

impl Span {
    /// About 6,000 years, so that the current time minus it is a valid `timestamptz`.
    const MAX: i64 = 189_000_000_000_000_000;

    fn micros(self) -> i64 {
        let micros = i64::try_from(self.0.as_micros()).unwrap_or(i64::MAX);
        micros.clamp(-Self::MAX, Self::MAX)
    }
}

impl ToSql<Jsonb, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The version of the binary format, followed by the text.
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

impl ToSql<sql_types::Json, Pg> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Text, Sqlite> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

impl ToSql<sql_types::Uuid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Text, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<Untyped, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

impl FromSql<Untyped, Sqlite> for Id {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(Self(text.parse()?))
    }
}

impl ToSql<Timestamptz, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0.as_microsecond() - Self::POSTGRES_EPOCH;
        let micros = micros.max(Self::POSTGRES_MIN);
        std::io::Write::write_all(out, &micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<BigInt, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_microsecond());
        Ok(IsNull::No)
    }
}

impl FromSql<Untyped, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        let micros = micros.checked_add(Self::POSTGRES_EPOCH);
        let micros = micros.ok_or("the time is infinite")?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }
}

impl FromSql<Untyped, Sqlite> for Instant {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }
}

impl ToSql<Interval, Pg> for Span {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // Microseconds, then days and months.
        std::io::Write::write_all(out, &self.micros().to_be_bytes())?;
        std::io::Write::write_all(out, &[0; 8])?;
        Ok(IsNull::No)
    }
}

impl ToSql<BigInt, Sqlite> for Span {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}
