//! Rows of profiles, read by position.

use std::marker::PhantomData;

use diesel::{
    backend::Backend,
    deserialize::{FromSql, QueryableByName, Result},
    pg::Pg,
    row::{Field as _, NamedRow, Row},
    sql_types::{BigInt, Bool, Text, Untyped},
};
use jiff::Timestamp;
use manyface_core::{
    AuthProvider, ColumnReader, FIELDS, Field, Profile, ProfileId, TenantId, Username,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::columns::COLUMNS;
use crate::sql::{Id, Instant};

/// A profile in the order of [`super::columns::COLUMNS`], or the reason why it cannot be read. The
/// statement that returned it was run nevertheless.
pub(crate) struct ProfileRow(pub(crate) Result<Profile>);

/// A profile and the index of its request.
pub(crate) struct IndexedRow {
    pub(crate) index: usize,
    /// An unreadable row must not affect other requests.
    pub(crate) profile: Result<Box<Profile>>,
}

/// A profile, with keys that are known even if the rest of the row is unreadable.
pub(crate) struct KeyedRow {
    pub(crate) id: ProfileId,
    pub(crate) tenant_id: TenantId,
    pub(crate) profile: Result<Box<Profile>>,
}

/// A profile and the number of its latest history entry.
pub(crate) struct ChainedRow {
    pub(crate) profile: ProfileRow,
    pub(crate) last_change: Option<i64>,
}

impl ProfileRow {
    /// Returns the profile, or the error of an unreadable row.
    pub(crate) fn read(self) -> manyface_core::Result<Profile> {
        self.0.map_err(manyface_core::Error::Storage)
    }
}

impl<DB> QueryableByName<DB> for ProfileRow
where
    DB: Backend,
    Id: FromSql<Untyped, DB>,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        Ok(Self(Cursor::new(row).profile()))
    }
}

impl<DB> QueryableByName<DB> for IndexedRow
where
    DB: Backend,
    Id: FromSql<Untyped, DB>,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        let mut fields = Cursor::new(row);
        // `WITH ORDINALITY` counts from 1.
        let index = usize::try_from(fields.number()? - 1)?;
        Ok(Self {
            index,
            profile: fields.profile().map(Box::new),
        })
    }
}

impl QueryableByName<Pg> for KeyedRow {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> Result<Self> {
        let mut fields = Cursor::new(row);
        let (id, tenant_id) = (fields.id()?, fields.id()?);
        Ok(Self {
            id: ProfileId(id),
            tenant_id: TenantId(tenant_id),
            profile: Cursor::new(row).profile().map(Box::new),
        })
    }
}

impl<DB> QueryableByName<DB> for ChainedRow
where
    DB: Backend,
    Id: FromSql<Untyped, DB>,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> Result<Self> {
        let profile = ProfileRow::build(row)?;
        let mut fields = Cursor::new(row);
        fields.next = COLUMNS.len();
        Ok(Self {
            profile,
            last_change: fields.number_or_none()?,
        })
    }
}

/// Reads the columns of a row in order.
///
/// Looking up forty columns by name would take eight hundred comparisons.
pub(crate) struct Cursor<'row, R, DB> {
    row: &'row R,
    next: usize,
    backend: PhantomData<DB>,
}

impl<'row, 'data, R, DB> Cursor<'row, R, DB>
where
    R: Row<'data, DB>,
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    pub(crate) fn new(row: &'row R) -> Self {
        Self {
            row,
            next: 0,
            backend: PhantomData,
        }
    }

    /// Reads a profile in the order of [`super::columns::COLUMNS`].
    pub(crate) fn profile(&mut self) -> Result<Profile>
    where
        Id: FromSql<Untyped, DB>,
    {
        let (id, tenant_id) = (self.id()?, self.id()?);
        let external_ids = self.json()?;
        let username = Username::from_stored(self.text()?, self.text()?);
        let email = self.text()?;
        let epoch = Timestamp::UNIX_EPOCH;
        let mut profile = Profile::new(ProfileId(id), TenantId(tenant_id), username, email, epoch);
        profile.external_ids = external_ids;
        for row in FIELDS.iter().filter(|row| row.field != Field::Username) {
            row.load(&mut profile, self)?;
        }
        profile.auth_provider =
            AuthProvider::parse(&self.text()?).ok_or("unknown auth_provider")?;
        profile.operator_data = self.json()?;
        profile.suspended_at = self.time_or_none()?;
        profile.created_at = self.time()?;
        profile.updated_at = self.time()?;
        profile.version = self.number()?;
        Ok(profile)
    }

    fn position(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn id(&mut self) -> Result<Uuid>
    where
        Id: FromSql<Untyped, DB>,
    {
        let position = self.position();
        let field = self.row.get(position).ok_or("the row is too short")?;
        let Id(id) = Id::from_nullable_sql(field.value())?;
        Ok(id)
    }

    fn text(&mut self) -> Result<String> {
        let position = self.position();
        self.row.get_value::<Text, String, usize>(position)
    }

    pub(crate) fn text_or_none(&mut self) -> Result<Option<String>> {
        let position = self.position();
        let field = self.row.get(position).ok_or("the row is too short")?;
        field.value().map(String::from_sql).transpose()
    }

    fn boolean(&mut self) -> Result<bool> {
        let position = self.position();
        self.row.get_value::<Bool, bool, usize>(position)
    }

    fn number(&mut self) -> Result<i64> {
        let position = self.position();
        self.row.get_value::<BigInt, i64, usize>(position)
    }

    fn number_or_none(&mut self) -> Result<Option<i64>> {
        let position = self.position();
        let field = self.row.get(position).ok_or("the row is too short")?;
        field.value().map(i64::from_sql).transpose()
    }

    fn time(&mut self) -> Result<Timestamp> {
        self.time_or_none()?.ok_or_else(|| "a time is null".into())
    }

    fn time_or_none(&mut self) -> Result<Option<Timestamp>> {
        let position = self.position();
        let field = self.row.get(position).ok_or("the row is too short")?;
        let time = field.value().map(Instant::from_sql).transpose()?;
        Ok(time.map(|Instant(time)| time))
    }

    /// Reads JSON that this crate wrote, which often is an empty array or object.
    fn json<T: DeserializeOwned + Default>(&mut self) -> Result<T> {
        match self.text()?.as_str() {
            "[]" | "{}" => Ok(T::default()),
            text => Ok(serde_json::from_str(text)?),
        }
    }
}

impl<'data, R, DB> ColumnReader for Cursor<'_, R, DB>
where
    R: Row<'data, DB>,
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn text(&mut self) -> Result<Option<String>> {
        self.text_or_none()
    }

    fn flag(&mut self) -> Result<bool> {
        self.boolean()
    }
}
