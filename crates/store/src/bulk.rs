//! Export and import of a whole store.
//!
//! Records are sent as one JSON array per batch, with a statement per table. Times are text on
//! PostgreSQL and microseconds on SQLite.

mod changes;
mod database;
mod tables;
mod users;
mod write_users;

use std::collections::HashSet;

use async_trait::async_trait;
use manyface_core::{
    BulkRepository, Field, Presence, ProfileId, Record, RecordPage, Result, Section, TenantId,
    Timestamp, UserClaims, UserRecord, UserWrites,
};
use serde_json::{Value, json};

pub(crate) use self::database::BulkDatabase;
use crate::{
    database::{Columns, FromRow, Repository, unreadable},
    profiles,
    sql::{Flavour, Parameter, Sql},
    tenants,
};

/// Reads which of the tenants in the array `$1` exist.
static EXISTING_TENANTS: Sql = Sql::new(
    "SELECT t.id::text FROM tenants AS t \
     WHERE t.id IN (SELECT e.value::uuid FROM jsonb_array_elements_text($1) AS e (value))",
);

/// The key of a record, and how it compares with the stored one.
struct Found {
    key: String,
    presence: Presence,
}

impl FromRow for Found {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        let presence = match row.number("is_equal")? {
            0 => Presence::Different,
            _ => Presence::Equal,
        };
        let key = row.text("key")?;
        Ok(Self { key, presence })
    }
}

#[async_trait]
impl<D: BulkDatabase> BulkRepository for Repository<D> {
    async fn page(&self, section: Section, after: Option<&str>, limit: u32) -> Result<RecordPage> {
        let database = &*self.0;
        let (records, last) = match section {
            Section::Users => {
                let after = after.map(str::parse).transpose().map_err(unreadable)?;
                let profiles = database.read_profiles(profiles::list(after, limit)).await?;
                let users = users::with_relations(database, profiles).await?;
                let last = users.last().map(|user| user.profile.id.to_string());
                (users::records(users), last)
            }
            Section::Changes => {
                let after = after.map_or(Ok(0), str::parse).map_err(unreadable)?;
                let rows = database.read(changes::page(after, limit)).await?;
                let last = rows
                    .last()
                    .map(|row: &changes::ChangeRow| row.seq.to_string());
                (
                    rows.into_iter()
                        .map(|row| Record::Change(row.change))
                        .collect(),
                    last,
                )
            }
            Section::Tenants
            | Section::Entries
            | Section::MergedEntries
            | Section::Reservations
            | Section::ApiKeys
            | Section::Files => tables::page(database, section, after, limit).await?,
        };
        let is_last = records.len() < limit as usize;
        Ok(RecordPage {
            records,
            next: last.filter(|_| !is_last),
        })
    }

    async fn users(&self, ids: &[ProfileId]) -> Result<Vec<UserRecord>> {
        let profiles = self.0.read_profiles(users::by_ids(ids)).await?;
        users::with_relations(&*self.0, profiles).await
    }

    async fn holders(&self, claims: &[UserClaims]) -> Result<Vec<Vec<(Field, ProfileId)>>> {
        users::holders(&*self.0, claims).await
    }

    async fn default_tenant_id(&self) -> Result<Option<TenantId>> {
        self.0.read_one(tenants::find_default()).await
    }

    async fn existing_tenants(&self, ids: &[TenantId]) -> Result<Vec<TenantId>> {
        let existing = EXISTING_TENANTS.with([Parameter::json(ids)]);
        let rows: Vec<String> = self.0.read(existing).await?;
        let ids = rows.iter().map(|id| id.parse());
        ids.collect::<Result<_, _>>().map_err(unreadable)
    }

    async fn write_users(&self, writes: &UserWrites) -> Result<Vec<ProfileId>> {
        self.0.write_all(write_users::write(&*self.0, writes)).await
    }

    async fn presence(&self, records: &[Record]) -> Result<Vec<Presence>> {
        let found = match tables::presence(D::FLAVOUR, records) {
            Some(statement) => self.0.read::<Found>(statement).await?,
            None => Vec::new(),
        };
        let presence = |record: &Record| {
            let key = record.key();
            let found = found.iter().find(|found| found.key == key);
            found.map_or(Presence::Absent, |found| found.presence)
        };
        Ok(records.iter().map(presence).collect())
    }

    async fn insert(&self, records: &[Record]) -> Result<Vec<bool>> {
        let added: Vec<String> = match records.first().map(Record::section) {
            None | Some(Section::Users | Section::Files) => Vec::new(),
            Some(Section::Changes) => {
                let documents = changes::documents(D::FLAVOUR, records);
                self.0.insert_changes(documents, records.len()).await?
            }
            Some(section) => {
                let insert = tables::insert(D::FLAVOUR, section, records);
                self.0.write_all(insert).await?
            }
        };
        let added: HashSet<_> = added.into_iter().collect();
        Ok(records
            .iter()
            .map(|record| added.contains(&record.key()))
            .collect())
    }
}

/// Returns a time as a member of a record.
fn time(flavour: Flavour, at: Timestamp) -> Value {
    match flavour {
        Flavour::Postgres => json!(at.to_string()),
        Flavour::Sqlite => json!(at.as_microsecond()),
    }
}
