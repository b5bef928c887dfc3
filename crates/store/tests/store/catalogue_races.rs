//! Catalogue entries that an operator renames while an update refers to them.

use std::sync::Arc;

use manyface_core::{CatalogueId, CatalogueKind, CatalogueName, NewEntry, ProfilePatch};
use manyface_store::StoreSettings;
use manyface_testing::Postgres;
use tokio_postgres::{Client, NoTls};

use crate::support::{Database, added, eventually, update};

/// A connection of another process.
async fn connect(database: &Database) -> Client {
    let url = Postgres::shared().url(&database.name());
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until `count` connections to `database` wait for a lock.
pub(crate) async fn blocked(database: &Database, count: u32) {
    let count = count.to_string();
    let blocked = "SELECT count(*) FROM pg_stat_activity \
                   WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let is_blocked = async || Postgres::shared().psql(&database.name(), blocked).trim() == count;
    eventually(is_blocked).await;
}

/// SQLite reads the entries in the transaction of the write, so no rename can interleave there.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_renamed_during_a_write_replaces_no_other_entry() {
    let kind = CatalogueKind::Skill;
    let database = Database::postgres();
    let opened = database.open(&StoreSettings::default());
    opened.migrate().await.unwrap();
    let (store, catalogue) = (opened.repository(), opened.catalogue());
    let profile = added(&*store).await;
    let tenant = profile.tenant_id;
    let name = |text: &str| CatalogueName::parse(text).unwrap();
    let known = ["First", "Last"].map(|text| (name(text), None));
    catalogue.insert(Some(tenant), kind, &known).await.unwrap();
    let found = catalogue.by_keys(Some(tenant), kind, &["first", "last"]);
    let mut found = found.await.unwrap();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    let new = NewEntry {
        id: CatalogueId::random(),
        kind,
        name: name("Middle"),
    };
    let patch = ProfilePatch {
        skills: Some(vec![found[0].1.id, new.id, found[1].1.id]),
        new_entries: vec![new],
        ..ProfilePatch::default()
    };

    let (adding, renaming) = (connect(&database).await, connect(&database).await);
    let add = format!(
        "BEGIN; INSERT INTO catalogue (id, tenant_id, kind, name, name_key) \
         VALUES (-7, '{tenant}', 'skill', 'Middle', 'middle')"
    );
    adding.batch_execute(&add).await.unwrap();
    let (writer, write) = (Arc::clone(&store), update(&profile, patch));
    let write = tokio::spawn(async move { writer.update(write).await });
    blocked(&database, 1).await;
    // Gets the lock before the retry of the write reads the added entry.
    let lock = tokio::spawn(async move {
        let lock = "BEGIN; LOCK TABLE catalogue";
        renaming.batch_execute(lock).await.unwrap();
        renaming
    });
    blocked(&database, 2).await;
    adding.batch_execute("COMMIT").await.unwrap();
    let renaming = lock.await.unwrap();
    blocked(&database, 1).await;
    let rename =
        "UPDATE catalogue SET name = 'Renamed', name_key = 'renamed' WHERE id = -7; COMMIT";
    renaming.batch_execute(rename).await.unwrap();

    let written = write.await.unwrap().unwrap().unwrap();
    let mut names = Vec::new();
    for id in &written.skills {
        let entries = catalogue.by_ids(tenant, &[*id]).await.unwrap();
        names.extend(entries.into_iter().map(|(_, entry)| entry.name));
    }
    assert_eq!(names, ["First", "Middle", "Last"]);
    assert!(!written.skills.contains(&CatalogueId(-7)));
}
