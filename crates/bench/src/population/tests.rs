//! Tests that the populations fit the tables.

use jiff::Timestamp;
use manyface_core::UserQuery;
use manyface_store::{DatabaseUrl, Store, StoreSettings};
use manyface_testing::{Postgres, TempDir};

use super::*;
use crate::sqlite;

const POPULATION: Population = Population {
    profiles: 5,
    history: 7,
};

#[test]
fn no_placeholder_is_left() {
    for text in [POPULATION.postgres(), POPULATION.sqlite()] {
        assert!(!text.contains("{first}") && !text.contains("{count}"));
        assert!(text.contains("INSERT INTO profile_changes"));
    }
    assert!(!Population::of(5).sqlite().contains("profile_changes"));
}

#[tokio::test]
async fn the_store_reads_what_is_added_to_sqlite() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("profiles.db");
    let store = migrated(&format!("sqlite:{}", file.display())).await;
    sqlite::fill(&file, POPULATION).unwrap();
    check(&store).await;
}

#[tokio::test]
async fn the_store_reads_what_is_added_to_postgresql() {
    let url = Postgres::shared().database();
    let store = migrated(&url).await;
    let name = url.rsplit('/').next().unwrap();
    Postgres::shared().psql(name, &POPULATION.postgres());
    check(&store).await;
}

async fn migrated(url: &str) -> Store {
    let url: DatabaseUrl = url.parse().unwrap();
    let store = Store::open(&url, &StoreSettings::default()).unwrap();
    store.migrate().await.unwrap();
    let repository = store.repository();
    let tenant = "01980000-0000-7000-8000-000000000001".parse().unwrap();
    repository
        .default_tenant(tenant, Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    store
}

/// Checks the profiles and history entries of a database.
async fn check(store: &Store) {
    let repository = store.repository();
    let query = UserQuery {
        limit: 10,
        ..UserQuery::default()
    };
    let users = repository.search(&query).await.unwrap().users;
    let names: Vec<_> = users.iter().map(|user| user.username.as_str()).collect();
    let expected: Vec<_> = (FIRST..FIRST + 5)
        .map(|number| format!("fan{number}"))
        .collect();
    assert_eq!(names, expected);
    assert!(users.iter().all(|user| user.version == 1));
    let changes = repository.changes(0, None, 10).await.unwrap();
    assert_eq!(changes.len(), 7);
}
