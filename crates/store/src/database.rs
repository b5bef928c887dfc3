//! What the repositories need of a database: running statements, and reading rows by the names of
//! their columns.

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

/// A database that runs statements, each on its own a transaction.
pub(crate) trait Database: Send + Sync + 'static {
    /// Runs a statement that writes nothing, and returns its rows.
    fn read<T: FromRow>(&self, statement: Statement)
    -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Runs a statement that writes, and returns its rows once they are durable.
    fn write<T: FromRow>(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Runs statements in one transaction, after `lock`: they see what was written by those who held
    /// the lock before. Returns the rows of the last one. SQLite, which has one writer, needs no lock.
    fn write_locked<T: FromRow>(
        &self,
        lock: Statement,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Returns the first row of a statement that writes nothing.
    fn read_one<T: FromRow>(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async { Ok(self.read(statement).await?.into_iter().next()) }
    }

    /// Runs a statement that writes, and returns how many rows it returned.
    fn count(&self, statement: Statement) -> impl Future<Output = Result<usize>> + Send {
        async { Ok(self.write::<()>(statement).await?.len()) }
    }
}

/// The tables of a database as the ports of the core.
#[derive(Debug)]
pub(crate) struct Repository<D>(pub(crate) Arc<D>);

impl<D> Clone for Repository<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A type that is read from a row.
pub(crate) trait FromRow: Sized + Send + 'static {
    fn from_row(row: &dyn Columns) -> RowResult<Self>;
}

/// A row that says by being there all that it has to say.
impl FromRow for () {
    fn from_row(_: &dyn Columns) -> RowResult<Self> {
        Ok(())
    }
}

/// A row of one text.
impl FromRow for String {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        row.first()
    }
}

/// A row of one time, which is called `at`.
impl FromRow for Timestamp {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        row.time("at")
    }
}

/// The columns of a row, by their names.
pub(crate) trait Columns {
    fn first(&self) -> RowResult<String>;
    fn text(&self, name: &str) -> RowResult<String>;
    fn text_or_none(&self, name: &str) -> RowResult<Option<String>>;
    fn number(&self, name: &str) -> RowResult<i64>;
    fn number_or_none(&self, name: &str) -> RowResult<Option<i64>>;
    fn flag(&self, name: &str) -> RowResult<bool>;
    fn time_or_none(&self, name: &str) -> RowResult<Option<Timestamp>>;
}

impl dyn Columns + '_ {
    pub(crate) fn time(&self, name: &str) -> RowResult<Timestamp> {
        let time = self.time_or_none(name)?;
        time.ok_or_else(|| format!("{name} is null").into())
    }

    pub(crate) fn parsed<T>(&self, name: &str) -> RowResult<T>
    where
        T: FromStr<Err: StdError + Send + Sync + 'static>,
    {
        Ok(self.text(name)?.parse()?)
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, name: &str) -> RowResult<T> {
        Ok(serde_json::from_str(&self.text(name)?)?)
    }
}

/// A row that is read as a `T`.
pub(crate) struct Read<T>(pub(crate) T);

impl<T> Read<T> {
    /// Collects the decoded rows.
    pub(crate) fn all(rows: Vec<Self>) -> Vec<T> {
        rows.into_iter().map(|row| row.0).collect()
    }
}

impl<T, DB> QueryableByName<DB> for Read<T>
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

    fn flag(&self, name: &str) -> RowResult<bool> {
        NamedRow::get::<Bool, bool>(self.row, name)
    }

    fn time_or_none(&self, name: &str) -> RowResult<Option<Timestamp>> {
        let field = Row::get(self.row, name).ok_or_else(|| format!("there is no {name}"))?;
        let time = field.value().map(Instant::from_sql).transpose()?;
        Ok(time.map(|Instant(time)| time))
    }
}

/// Reports a value that the database should not hold.
pub(crate) fn unreadable(cause: impl Into<manyface_core::BoxError>) -> Error {
    Error::Storage(cause.into())
}
