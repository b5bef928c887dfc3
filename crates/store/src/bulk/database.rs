//! What export and import require of each database.

use manyface_core::{Profile, Result, SignedDuration};

use super::changes;
use crate::{
    database::{Database, Decoded, FromRow},
    postgres::{Effect, Lock, Postgres},
    profiles::ProfileRow,
    sql::{Flavour, Parameter, Statement},
    sqlite::{self, Sqlite},
};

/// A database that can be exported and imported.
pub(crate) trait BulkDatabase: Database {
    /// The SQL dialect.
    const FLAVOUR: Flavour;

    /// Returns the reservation period of released user names.
    fn username_rest(&self) -> SignedDuration;

    /// Reads profiles.
    fn read_profiles(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Profile>>> + Send;

    /// Runs statements in one transaction, and returns the rows of the last one.
    fn write_all<T: FromRow>(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// Adds the history entries of the array `documents` with `count` members, and returns the keys
    /// of the added ones.
    fn insert_changes(
        &self,
        documents: Parameter,
        count: usize,
    ) -> impl Future<Output = Result<Vec<String>>> + Send;
}

impl BulkDatabase for Postgres {
    const FLAVOUR: Flavour = Flavour::Postgres;

    fn username_rest(&self) -> SignedDuration {
        self.username_rest
    }

    async fn read_profiles(&self, statement: Statement) -> Result<Vec<Profile>> {
        let rows: Vec<ProfileRow> = self.run(Effect::Read, &statement).await?;
        rows.into_iter().map(ProfileRow::read).collect()
    }

    async fn write_all<T: FromRow>(&self, mut statements: Vec<Statement>) -> Result<Vec<T>> {
        if statements.len() < 2 {
            let rows = self.run_locked(Effect::Write, None, &statements);
            return rows.await.map(Decoded::into_values);
        }
        let first = statements.remove(0);
        let lock = Lock {
            statement: &first,
            is_condition: false,
        };
        let rows = self.run_locked(Effect::Write, Some(lock), &statements);
        rows.await.map(Decoded::into_values)
    }

    async fn insert_changes(&self, documents: Parameter, _: usize) -> Result<Vec<String>> {
        self.write(changes::insert(documents)).await
    }
}

impl BulkDatabase for Sqlite {
    const FLAVOUR: Flavour = Flavour::Sqlite;

    fn username_rest(&self) -> SignedDuration {
        self.username_rest
    }

    async fn read_profiles(&self, statement: Statement) -> Result<Vec<Profile>> {
        let rows = self.read_transaction(|database| sqlite::load(database, statement));
        let rows: Vec<ProfileRow> = rows.await?;
        rows.into_iter().map(ProfileRow::read).collect()
    }

    async fn write_all<T: FromRow>(&self, statements: Vec<Statement>) -> Result<Vec<T>> {
        self.transaction(|database| sqlite::last_rows(database, statements))
            .await
    }

    async fn insert_changes(&self, documents: Parameter, count: usize) -> Result<Vec<String>> {
        let insert = changes::insert(documents);
        self.transaction(move |database| {
            let added: Vec<String> = sqlite::rows(database, insert)?;
            for link in changes::link(count) {
                sqlite::execute(database, link)?;
            }
            Ok(added)
        })
        .await
    }
}
