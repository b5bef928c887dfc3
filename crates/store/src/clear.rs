//! Removal of all data, for development.

use std::sync::LazyLock;

use manyface_core::Result;

use crate::{
    database::{Database, Repository},
    sql::Sql,
};

/// The tables, those that refer to others first.
const TABLES: [&str; 16] = [
    "profile_changes",
    "removed_profiles",
    "erasures",
    "profile_overrides",
    "usernames",
    "external_ids",
    "identities",
    "username_reservations",
    "api_keys",
    "uploads",
    "usage_counts",
    "catalogue",
    "webhook_dead_letters",
    "webhooks",
    "profiles",
    "tenants",
];

/// The other tables. Images are stored by their content, and unused ones are collected.
#[cfg(test)]
const KEPT: [&str; 6] = [
    "deployment_secrets",
    "image_uploads",
    "images",
    "operator_tokens",
    "removed_images",
    "schema_compatibility",
];

static CLEAR: LazyLock<[Sql; 16]> =
    LazyLock::new(|| TABLES.map(|table| Sql::composed(|_| format!("DELETE FROM {table}"))));

impl<D: Database> Repository<D> {
    /// Removes all users, tenants, keys, catalogue entries and webhooks with their history, in one
    /// transaction.
    pub(crate) async fn clear(&self) -> Result<()> {
        let [lock, ..] = &*CLEAR;
        let statements = CLEAR.iter().map(|sql| sql.with([]));
        let cleared = self
            .0
            .write_locked::<()>(lock.with([]), statements.collect());
        cleared.await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use super::*;

    #[test]
    fn every_table_is_cleared_or_kept() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
        let migrations = fs::read_dir(folder).unwrap();
        let read = |folder: io::Result<fs::DirEntry>| {
            fs::read_to_string(folder.unwrap().path().join("up.sql")).unwrap()
        };
        let text: String = migrations.map(read).collect();
        let lines = text.lines();
        let tables = lines.filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next());
        let mut tables: Vec<_> = tables.collect();
        tables.sort_unstable();
        let mut known = [&TABLES[..], &KEPT[..]].concat();
        known.sort_unstable();
        assert_eq!(tables, known);
    }
}
