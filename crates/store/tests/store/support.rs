//! A separate database for each test.

use std::{fs, path::Path, sync::Arc, time::Duration};

use diesel::{
    Connection, RunQueryDsl, connection::SimpleConnection, dsl::sql, sql_types::Text,
    sqlite::SqliteConnection,
};
use manyface_core::{
    AdminRepository, Edit, Profile, ProfilePatch, ProfileRef, ProfileUpdate, Provenance, TenantId,
    Timestamp, behaviour::new_profile,
};
use manyface_store::{DatabaseUrl, Store, StoreSettings};
use manyface_testing::{Postgres, TempDir};

/// An empty database, removed after the test.
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    pub(crate) directory: Option<TempDir>,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("data/profiles.db");
        Self {
            url: format!("sqlite:{}", path.display()).parse().unwrap(),
            directory: Some(directory),
        }
    }

    pub(crate) fn postgres() -> Self {
        Self::at(&Postgres::shared().database())
    }

    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.parse().unwrap(),
            directory: None,
        }
    }

    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// Returns the path of a SQLite database.
    pub(crate) fn path(&self) -> String {
        let url = self.url.to_string();
        url.strip_prefix("sqlite:").unwrap().to_owned()
    }

    /// Returns the name of a PostgreSQL database.
    pub(crate) fn name(&self) -> String {
        let url = self.url.to_string();
        url.rsplit('/').next().unwrap().to_owned()
    }

    /// Runs statements in one transaction, on SQLite without foreign keys.
    pub(crate) fn execute(&self, statements: &str) {
        if self.directory.is_some() {
            let mut connection = SqliteConnection::establish(&self.path()).unwrap();
            let statements = format!("PRAGMA foreign_keys = OFF; BEGIN; {statements}; COMMIT");
            connection.batch_execute(&statements).unwrap();
        } else {
            Postgres::shared().psql(&self.name(), statements);
        }
    }

    /// Returns the result of a query as text.
    pub(crate) fn query(&self, query: &str) -> String {
        if self.directory.is_some() {
            let mut connection = SqliteConnection::establish(&self.path()).unwrap();
            let value = sql::<Text>(&format!("CAST(({query}) AS TEXT)"));
            diesel::select(value).get_result(&mut connection).unwrap()
        } else {
            let value = Postgres::shared().psql(&self.name(), query);
            value.trim().to_owned()
        }
    }

    /// Returns the migrations in order: version, `up.sql` and `down.sql`.
    pub(crate) fn migrations(&self) -> Vec<[String; 3]> {
        let kind = match self.directory {
            Some(_) => "sqlite",
            None => "postgres",
        };
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let entries = fs::read_dir(migrations.join(kind)).unwrap();
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        let migration = |folder: std::path::PathBuf| {
            let name = folder.file_name().unwrap().to_str().unwrap();
            let version = name.split('_').next().unwrap().replace('-', "");
            let [up, down] =
                ["up.sql", "down.sql"].map(|file| fs::read_to_string(folder.join(file)));
            [version, up.unwrap(), down.unwrap()]
        };
        folders.into_iter().map(migration).collect()
    }

    /// Reverts all migrations.
    pub(crate) fn revert(&self) {
        for [version, _, down] in self.migrations().iter().rev() {
            let forget =
                format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
            self.execute(&format!("{down} {forget}"));
        }
    }

    pub(crate) fn open(&self, settings: &StoreSettings) -> Store {
        Store::open(&self.url, settings).unwrap()
    }

    /// Opens and migrates the database.
    pub(crate) async fn store(&self) -> Arc<dyn AdminRepository> {
        self.store_with("").await
    }

    /// Opens and migrates the database, with settings in JSON without the outer braces.
    pub(crate) async fn store_with(&self, settings: &str) -> Arc<dyn AdminRepository> {
        let settings = serde_json::from_str(&format!("{{{settings}}}")).unwrap();
        let store = self.open(&settings);
        store.migrate().await.unwrap();
        store.repository()
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_782_383_400).unwrap()
}

pub(crate) async fn tenant(store: &dyn AdminRepository) -> TenantId {
    let candidate = TenantId(uuid::Uuid::from_u128(1));
    store.default_tenant(candidate, now()).await.unwrap()
}

pub(crate) async fn added(store: &dyn AdminRepository) -> Profile {
    let profile = new_profile(tenant(store).await);
    let provenance = Provenance::operator(now());
    store.add(&profile, &[], &provenance).await.unwrap();
    profile
}

pub(crate) fn bio(text: &str) -> ProfilePatch {
    ProfilePatch {
        bio: Edit::Set(text.to_owned()),
        ..ProfilePatch::default()
    }
}

pub(crate) fn update(profile: &Profile, patch: ProfilePatch) -> ProfileUpdate {
    ProfileUpdate {
        who: ProfileRef::Id(profile.id),
        tenant: None,
        patch,
        expected: None,
        existing_names: Vec::new(),
        upload: None,
        max_new_entries: u32::MAX,
        provenance: Provenance::operator(now()),
    }
}

pub(crate) async fn reread(store: &dyn AdminRepository, profile: &Profile) -> Profile {
    let found = store.find(&ProfileRef::Id(profile.id)).await;
    found.unwrap().unwrap()
}

/// Repeats a check until it succeeds, for at most a minute.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut check: impl FnMut() -> F) {
    let timeout = Duration::from_secs(60);
    let repeat = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let done = tokio::time::timeout(timeout, repeat).await;
    done.expect("the check succeeds within a minute");
}
