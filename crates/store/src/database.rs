//! What repositories require of a database: to run statements, and to read rows by column name.

use std::{error::Error as StdError, marker::PhantomData, str::FromStr, sync::Arc};

use diesel::{
    backend::Backend,
    deserialize::{FromSql, QueryableByName, Result as RowResult},
    row::{Field as _, NamedRow, Row},
    sql_types::{BigInt, Bool, Nullable, Text, Untyped},
};
use jiff::Timestamp;
use manyface_core::{Error, Result};
use serde::de::DeserializeOwned;

use crate::sql::{Instant, Statement};

/// A database that runs each statement as a separate transaction.
pub(crate) trait Database: Send + Sync + 'static {
    /// Runs a read-only statement, and returns its rows.
    fn read<T: FromRow>(&self, statement: Statement)
    -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Runs a writing statement, and returns its rows after they are durable.
    fn write<T: FromRow>(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Runs `lock` and then the statements in one transaction, and returns the rows of the last
    /// one. They see the writes of previous holders of the lock. SQLite, which has one writer,
    /// skips the lock.
    fn write_locked<T: FromRow>(
        &self,
        lock: Statement,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Returns the first row of a read-only statement.
    fn read_one<T: FromRow>(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async { Ok(self.read(statement).await?.into_iter().next()) }
    }

    /// Runs a writing statement, and returns the number of rows that it returned.
    fn count(&self, statement: Statement) -> impl Future<Output = Result<usize>> + Send {
        async { Ok(self.write::<()>(statement).await?.len()) }
    }
}

/// Implements the ports of the core over a database.
#[derive(Debug)]
pub(crate) struct Repository<D>(pub(crate) Arc<D>);

impl<D> Clone for Repository<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A type that can be read from a row.
pub(crate) trait FromRow: Sized + Send + 'static {
    fn from_row(row: &dyn Columns) -> RowResult<Self>;
}

/// A row of which only the existence matters.
impl FromRow for () {
    fn from_row(_: &dyn Columns) -> RowResult<Self> {
        Ok(())
    }
}

/// The first column, as text.
impl FromRow for String {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        row.first()
    }
}

/// The column `at`.
impl FromRow for Timestamp {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        row.time("at")
    }
}

/// The columns of a row, by name.
pub(crate) trait Columns {
    fn first(&self) -> RowResult<String>;
    fn text(&self, name: &str) -> RowResult<String>;
    fn text_or_none(&self, name: &str) -> RowResult<Option<String>>;
    fn number(&self, name: &str) -> RowResult<i64>;
    fn number_or_none(&self, name: &str) -> RowResult<Option<i64>>;
    fn boolean(&self, name: &str) -> RowResult<bool>;
    fn time_or_none(&self, name: &str) -> RowResult<Option<Timestamp>>;
}

impl dyn Columns + '_ {
    pub(crate) fn time(&self, name: &str) -> RowResult<Timestamp> {
        let time = self.time_or_none(name)?;
        time.ok_or_else(|| format!("{name} is null").into())
    }

    pub(crate) fn parse<T>(&self, name: &str) -> RowResult<T>
    where
        T: FromStr<Err: StdError + Send + Sync + 'static>,
    {
        Ok(self.text(name)?.parse()?)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, name: &str) -> RowResult<T> {
        Ok(serde_json::from_str(&self.text(name)?)?)
    }
}

/// A row decoded as `T`.
pub(crate) struct Decoded<T>(pub(crate) T);

impl<T> Decoded<T> {
    /// Collects the decoded rows.
    pub(crate) fn into_values(rows: Vec<Self>) -> Vec<T> {
        rows.into_iter().map(|row| row.0).collect()
    }
}

impl<T, DB> QueryableByName<DB> for Decoded<T>
where
    T: FromRow,
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> RowResult<Self> {
        let backend = PhantomData::<DB>;
        T::from_row(&ByName { row, backend }).map(Self)
    }
}

struct ByName<'row, R, DB> {
    row: &'row R,
    backend: PhantomData<DB>,
}

impl<'data, R, DB> Columns for ByName<'_, R, DB>
where
    R: NamedRow<'data, DB>,
    DB: Backend,
    String: FromSql<Text, DB>,
    i64: FromSql<BigInt, DB>,
    bool: FromSql<Bool, DB>,
    Instant: FromSql<Untyped, DB>,
{
    fn first(&self) -> RowResult<String> {
        self.row.get_value::<Text, String, usize>(0)
    }

    fn text(&self, name: &str) -> RowResult<String> {
        NamedRow::get::<Text, String>(self.row, name)
    }

    fn text_or_none(&self, name: &str) -> RowResult<Option<String>> {
        NamedRow::get::<Nullable<Text>, Option<String>>(self.row, name)
    }

    fn number(&self, name: &str) -> RowResult<i64> {
        NamedRow::get::<BigInt, i64>(self.row, name)
    }

    fn number_or_none(&self, name: &str) -> RowResult<Option<i64>> {
        NamedRow::get::<Nullable<BigInt>, Option<i64>>(self.row, name)
    }

    fn boolean(&self, name: &str) -> RowResult<bool> {
        NamedRow::get::<Bool, bool>(self.row, name)
    }

    fn time_or_none(&self, name: &str) -> RowResult<Option<Timestamp>> {
        let field = Row::get(self.row, name).ok_or_else(|| format!("there is no column {name}"))?;
        let time = field.value().map(Instant::from_sql).transpose()?;
        Ok(time.map(|Instant(time)| time))
    }
}

/// Returns the error for a stored value that cannot be read.
pub(crate) fn unreadable(cause: impl Into<manyface_core::BoxError>) -> Error {
    Error::Storage(cause.into())
}
