//! Statements that operators need.

use std::sync::LazyLock;

use super::{
    ExternalIds, Flavour, Identities, Texts, Wording, answer, id_of, id_parameter, joined,
    links::link, value,
};
use crate::columns::COLUMNS;

/// Writes the document `$1` into the history of profile `$2`, which is at version `$3`; `$4` to
/// `$8` are where the change comes from.
pub(crate) struct Record;

impl Wording for Record {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
            Texts::of(|flavour| {
                let id = id_parameter(flavour, 2);
                format!(
                    ") INSERT INTO profile_changes \
                     (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                     VALUES ({id}, $3, $4, $5, $6, $7, $8, $1)"
                )
            })
        });
        TEXTS.get(flavour)
    }
}

/// Adds the profile of document `$1`.
///
/// On PostgreSQL this writes the links of `$2` and `$3` and the first entry of history as well,
/// with where it comes from in `$4` to `$8`.
pub(crate) struct Add;

impl Wording for Add {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(add));
        TEXTS.get(flavour)
    }
}

fn add(flavour: Flavour) -> String {
    let bare = joined(", ", COLUMNS.into_iter(), |column| column.name.to_owned());
    let values = joined(", ", COLUMNS.into_iter(), |column| value(flavour, column));
    let insert = format!("INSERT INTO profiles ({bare}) VALUES ({values})");
    match flavour {
        Flavour::Sqlite => format!(") {insert}"),
        Flavour::Postgres => {
            let external_ids = link::<ExternalIds>(flavour, 2, "p.id", ", p");
            let identities = link::<Identities>(flavour, 3, "p.id", ", p");
            format!(
                "), p AS ({insert} RETURNING id, version), \
                 external AS ({external_ids}), identity AS ({identities}), \
                 change AS (INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT id, version, $4, $5, $6, $7, $8, '{{}}' FROM p) \
                 SELECT id::text FROM p"
            )
        }
    }
}

/// Removes the profile that `$1` to `$6` name, and answers its id.
pub(crate) struct Remove;

impl Wording for Remove {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
            Texts::of(|flavour| {
                let id = id_of(flavour, 1);
                let answer = match flavour {
                    Flavour::Postgres => "id::text",
                    Flavour::Sqlite => "id",
                };
                format!(") DELETE FROM profiles AS p WHERE p.id = {id} RETURNING {answer}")
            })
        });
        TEXTS.get(flavour)
    }
}

/// Reads `$2` profiles in the order of their ids, after the id `$1`.
pub(crate) struct List;

impl Wording for List {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
            Texts::of(|flavour| {
                let columns = answer(flavour);
                let after = id_parameter(flavour, 1);
                // No profile has the nil UUID: theirs are of version 7.
                format!(
                    ") SELECT {columns} FROM profiles AS p \
                     WHERE p.id > COALESCE({after}, '00000000-0000-0000-0000-000000000000') \
                     ORDER BY p.id LIMIT $2"
                )
            })
        });
        TEXTS.get(flavour)
    }
}

/// Reads the latest `$2` changes of profile `$1`.
pub(crate) struct History;

impl Wording for History {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
            Texts::of(|flavour| {
                let id = id_parameter(flavour, 1);
                let patch = match flavour {
                    Flavour::Postgres => "patch::text",
                    Flavour::Sqlite => "patch",
                };
                format!(
                    ") SELECT version, at, actor, dialect, api_version, request_id, {patch} \
                     FROM profile_changes WHERE profile_id = {id} \
                     ORDER BY version DESC, seq DESC LIMIT $2"
                )
            })
        });
        TEXTS.get(flavour)
    }
}

/// Reads the id of the default tenant.
pub(crate) struct DefaultTenant;

impl Wording for DefaultTenant {
    fn text(flavour: Flavour) -> &'static str {
        match flavour {
            Flavour::Postgres => ") SELECT id::text FROM tenants WHERE is_default",
            Flavour::Sqlite => ") SELECT id FROM tenants WHERE is_default",
        }
    }
}

/// Adds the default tenant `$1`, made at `$2`, unless there is one.
pub(crate) struct AddDefaultTenant;

impl Wording for AddDefaultTenant {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
            Texts::of(|flavour| {
                let id = id_parameter(flavour, 1);
                format!(
                    ") INSERT INTO tenants (id, name, is_default, created_at) \
                     VALUES ({id}, 'default', TRUE, $2) ON CONFLICT DO NOTHING"
                )
            })
        });
        TEXTS.get(flavour)
    }
}

/// Reads which migrations the database has seen.
pub(crate) struct Migrations;

impl Wording for Migrations {
    fn text(_: Flavour) -> &'static str {
        ") SELECT version FROM __diesel_schema_migrations ORDER BY version"
    }
}
