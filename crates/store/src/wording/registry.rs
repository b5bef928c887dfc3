//! Statements that operators need.

use std::sync::LazyLock;

use super::{
    Flavour, Named, Texts, answer,
    catalogue::forget_entries,
    history::NEXT_CHANGE,
    id_parameter, joined,
    links::{EXTERNAL_IDS, IDENTITIES, link},
    usernames, value,
};
use crate::{
    columns::COLUMNS,
    migration::{SESSION, TABLE},
};

/// Adds the profile of document `$1`.
///
/// On PostgreSQL this writes the links of `$2` and `$3` and the first entry of history as well,
/// with where it comes from in `$4` to `$8`, and claims the user name whose digests are in `$9`; claims
/// rest for `$10` microseconds.
pub(crate) static ADD: LazyLock<Texts> = LazyLock::new(|| Texts::of(add));

fn add(flavour: Flavour) -> String {
    let bare = joined(", ", COLUMNS.iter().copied(), |column| {
        column.name.to_owned()
    });
    let values = joined(", ", COLUMNS.iter().copied(), |column| {
        value(flavour, "$1", column)
    });
    let insert = format!("INSERT INTO profiles ({bare}) VALUES ({values})");
    match flavour {
        Flavour::Sqlite => {
            format!(") INSERT INTO profiles ({bare}, last_change) VALUES ({values}, {NEXT_CHANGE})")
        }
        Flavour::Postgres => {
            let external_ids = link(flavour, EXTERNAL_IDS, 2, "p.id", ", p");
            let identities = link(flavour, IDENTITIES, 3, "p.id", ", p");
            let claim = usernames::claim("$9", "$10");
            format!(
                "), p AS ({insert} RETURNING id, version, username){claim}, \
                 external AS ({external_ids}), identity AS ({identities}), \
                 change AS (INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT id, version, $4, $5, $6, $7, $8, '{{}}' FROM p) \
                 SELECT id::text FROM p"
            )
        }
    }
}

/// Reads the profile that the parameters name, whether it is served or not.
pub(crate) static INSPECT: LazyLock<Named> = LazyLock::new(|| {
    Named::of(1, |_, id| {
        let columns = answer();
        format!(") SELECT {columns} FROM profiles AS p WHERE p.id = {id}")
    })
});

/// Removes the profile that the parameters name, and returns its id; on PostgreSQL with the
/// catalogue entries that only it used.
pub(crate) static REMOVE: LazyLock<Named> = LazyLock::new(|| {
    Named::of(1, |flavour, id| match flavour {
        Flavour::Sqlite => format!(") DELETE FROM profiles AS p WHERE p.id = {id} RETURNING id"),
        Flavour::Postgres => {
            let (entries, released) = (forget_entries(flavour), usernames::release());
            format!(
                "), p AS (DELETE FROM profiles AS p WHERE p.id = {id} RETURNING p.*), \
                 entries AS ({entries}), released AS ({released}), \
                 uploads AS (DELETE FROM image_uploads AS u USING p \
                 WHERE u.owner = 'profile ' || p.id) SELECT id::text FROM p"
            )
        }
    })
});

/// Removes the catalogue entries that only the profile `$1` uses, on SQLite.
pub(crate) static FORGET_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    let entries = forget_entries(Flavour::Sqlite);
    Texts::of_sqlite(&format!(
        "), p AS (SELECT * FROM profiles WHERE id = $1) {entries}"
    ))
});

/// Reads `$2` profiles in the order of their ids, after the id `$1`.
pub(crate) static LIST: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let columns = answer();
        let after = id_parameter(flavour, 1);
        // No profile has the nil UUID: theirs are of version 7.
        format!(
            ") SELECT {columns} FROM profiles AS p \
             WHERE p.id > COALESCE({after}, '00000000-0000-0000-0000-000000000000') \
             ORDER BY p.id LIMIT $2"
        )
    })
});

/// Reads the id of the default tenant.
pub(crate) static DEFAULT_TENANT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = match flavour {
            Flavour::Postgres => "id::text",
            Flavour::Sqlite => "id",
        };
        format!(") SELECT {id} FROM tenants WHERE is_default")
    })
});

/// Adds the default tenant `$1`, made at `$2`, unless there is one.
pub(crate) static ADD_DEFAULT_TENANT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let id = id_parameter(flavour, 1);
        format!(
            ") INSERT INTO tenants (id, name, is_default, created_at) \
             VALUES ({id}, 'default', TRUE, $2) ON CONFLICT DO NOTHING"
        )
    })
});

/// Reads whether the settings of the connection are as they were made, and whether there is a table
/// of migrations: a row for each that is so.
pub(crate) static LAYOUT: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (session, table) = match flavour {
            Flavour::Postgres => (
                "COALESCE(current_setting('manyface.connection', true), '') <> ''",
                "to_regclass('__diesel_schema_migrations') IS NOT NULL",
            ),
            Flavour::Sqlite => (
                "TRUE",
                "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations')",
            ),
        };
        format!(") SELECT '{SESSION}' WHERE {session} UNION ALL SELECT '{TABLE}' WHERE {table}")
    })
});

/// Reads which migrations the database has seen.
pub(crate) static MIGRATIONS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| ") SELECT version FROM __diesel_schema_migrations ORDER BY version".to_owned())
});
