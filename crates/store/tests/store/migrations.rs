//! Migrations and the database layout.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use manyface_store::{MigrateError, StoreSettings};

use crate::support::{Database, added, reread};

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";

/// Queries of the layout, on SQLite and on PostgreSQL: a line for each column, index, constraint,
/// trigger and function.
const LAYOUT: [&str; 2] = [
    "SELECT group_concat(line, char(10) ORDER BY line) FROM ( \
     SELECT t.name || ' ' || t.wr || t.strict || (m.sql LIKE '%AUTOINCREMENT%') || ' ' || c.name || ' ' \
     || c.type || ' ' || c.\"notnull\" || c.pk || ' ' || COALESCE(c.dflt_value, '') AS line \
     FROM sqlite_master AS m JOIN pragma_table_list(m.name) AS t, pragma_table_info(m.name) AS c \
     WHERE m.type = 'table' \
     UNION ALL SELECT m.name || ' ' || f.\"from\" || ' ' || f.\"table\" || ' ' || f.\"to\" || ' ' || f.on_delete \
     FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' \
     UNION ALL SELECT tbl_name || ' ' || COALESCE(sql, name) FROM sqlite_master \
     WHERE type IN ('index', 'trigger'))",
    "SELECT string_agg(line, chr(10) ORDER BY line) FROM ( \
     SELECT concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, \
     attidentity, attcollation::regcollation, pg_get_expr(adbin, adrelid)) AS line \
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid \
     LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped \
     UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index \
     JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace \
     UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
     UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
     UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace) \
     AS lines",
];

#[tokio::test]
async fn reverting_a_migration_restores_the_layout() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        drop(store);
        database.revert();
        let layout = || -> BTreeSet<String> {
            let lines = database.query(LAYOUT[usize::from(database.directory.is_none())]);
            lines.lines().map(str::to_owned).collect()
        };
        for [version, up, down] in database.migrations() {
            let before = layout();
            database.execute(&up);
            database.execute(&down);
            let after = layout();
            let differing: Vec<_> = before.symmetric_difference(&after).collect();
            assert!(differing.is_empty(), "{version}: {differing:#?}");
            database.execute(&up);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_migrations_all_succeed() {
    for database in Database::both() {
        let settings = StoreSettings::default();
        let stores: Vec<_> = (0..8).map(|_| database.open(&settings)).collect();
        let migrations = stores.iter().cloned();
        let migrations = migrations.map(|store| tokio::spawn(async move { store.migrate().await }));
        for done in join_all(migrations).await {
            done.unwrap().unwrap();
        }
        let profile = added(&*stores[0].repository()).await;
        for store in stores {
            store.repository().check().await.unwrap();
            assert_eq!(reread(&*store.repository(), &profile).await, profile);
        }
    }
}

#[tokio::test]
async fn a_database_is_not_ready_before_it_is_migrated() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        assert!(store.repository().check().await.is_err());
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        store.repository().check().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_rejected() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        database.execute(NEWER);
        let rejected = store.migrate().await;
        let Err(MigrateError::Unknown(version)) = rejected else {
            panic!("a newer layout was accepted: {rejected:?}");
        };
        assert_eq!(version, "29990101000000");
        assert!(store.repository().check().await.is_err());
    }
}

#[tokio::test]
async fn a_newer_database_is_accepted_if_its_migrations_say_so() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        let migrations = database.migrations();
        let [newest, ..] = migrations.last().unwrap();
        database.execute(NEWER);
        for (oldest, is_accepted) in [(&newest[..], true), ("29990101000000", false)] {
            database.execute(&format!(
                "DELETE FROM schema_compatibility WHERE version = '29990101000000'; \
                 INSERT INTO schema_compatibility (version, oldest) \
                 VALUES ('29990101000000', '{oldest}')"
            ));
            assert_eq!(store.repository().check().await.is_ok(), is_accepted);
            assert_eq!(store.migrate().await.is_ok(), is_accepted);
        }
    }
}

#[tokio::test]
async fn every_migration_names_the_oldest_schema_that_still_works() {
    for database in Database::both() {
        let store = database.open(&StoreSettings::default());
        store.migrate().await.unwrap();
        let migrations = database.migrations();
        let versions: Vec<_> = migrations.iter().map(|[version, ..]| version).collect();
        for version in &versions {
            let oldest = database.query(&format!(
                "SELECT oldest FROM schema_compatibility WHERE version = '{version}'"
            ));
            let oldest = oldest.trim().to_owned();
            assert!(
                versions.contains(&&oldest) && oldest <= **version,
                "{version}: {oldest}"
            );
        }
    }
}
