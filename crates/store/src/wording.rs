//! The texts of the statements of this crate: the same for both databases but for a few words.
//!
//! `$1` and so on are the parameters of [`crate::statement`], in the order it gives them.

mod links;
mod registry;

use std::sync::LazyLock;

use manyface_core::{AuthProvider, Field, managed_fields};

pub(crate) use self::{
    links::{ExternalIds, Identities, Link, Links},
    registry::{Add, AddDefaultTenant, DefaultTenant, History, List, Migrations, Record, Remove},
};
use crate::columns::{COLUMNS, Column, Kind, patchable};

/// Whose SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Postgres,
    Sqlite,
}

/// A statement's text, which follows the list of its parameters.
pub(crate) trait Wording: Send + Sync + 'static {
    /// The text for one database, always the same.
    fn text(flavour: Flavour) -> &'static str;
}

/// One text for each database.
struct Texts {
    postgres: String,
    sqlite: String,
}

impl Texts {
    fn of(compose: fn(Flavour) -> String) -> Self {
        Self {
            postgres: compose(Flavour::Postgres),
            // There, `$1` would be a parameter's name instead of its number.
            sqlite: compose(Flavour::Sqlite).replace('$', "?"),
        }
    }

    fn get(&self, flavour: Flavour) -> &str {
        match flavour {
            Flavour::Postgres => &self.postgres,
            Flavour::Sqlite => &self.sqlite,
        }
    }
}

/// Reads the profile that `$1` to `$6` name.
pub(crate) struct Find;

impl Wording for Find {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
            Texts::of(|flavour| {
                let columns = answer(flavour);
                let id = id_of(flavour, 1);
                format!(") SELECT {columns} FROM profiles AS p WHERE p.id = {id}")
            })
        });
        TEXTS.get(flavour)
    }
}

/// Applies the document `$1` to the profile that `$11` to `$16` name.
///
/// `$2` to `$6` are where the change comes from and `$7` what history keeps of it, if not `$1`;
/// `$8` to `$10` are the version, the time and the tenant that the profile must have. Where
/// nothing is to be changed or nothing may be, no row is written and none is answered.
///
/// On PostgreSQL this writes history as well.
pub(crate) struct Update;

impl Wording for Update {
    fn text(flavour: Flavour) -> &'static str {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(update));
        TEXTS.get(flavour)
    }
}

fn update(flavour: Flavour) -> String {
    let assignments = joined(", ", patchable(), |column| {
        let name = column.name;
        let (present, value) = (present(flavour, name), value(flavour, column));
        format!("{name} = CASE WHEN {present} THEN {value} ELSE p.{name} END")
    });
    let id = id_of(flavour, 11);
    let tenant = id_parameter(flavour, 10);
    let version = number_parameter(flavour, 8);
    let updated_at = number_parameter(flavour, 9);
    let managed = joined(" AND ", managed_columns(), |column| {
        let (present, value) = (present(flavour, column.name), value(flavour, column));
        format!(
            "(NOT {present} OR p.{} IS NOT DISTINCT FROM {value})",
            column.name
        )
    });
    let changed = joined(" OR ", patchable(), |column| {
        let (present, value) = (present(flavour, column.name), value(flavour, column));
        format!("({present} AND p.{} IS DISTINCT FROM {value})", column.name)
    });
    let update = format!(
        "UPDATE profiles AS p SET {assignments}, updated_at = $2, version = p.version + 1 \
         WHERE p.id = {id} \
         AND ({version} IS NULL OR p.version = {version}) \
         AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
         AND ({tenant} IS NULL OR p.tenant_id = {tenant}) \
         AND (p.auth_provider = 'local' OR ({managed})) \
         AND ({changed})"
    );
    let bare = joined(", ", COLUMNS.into_iter(), |column| column.name.to_owned());
    match flavour {
        Flavour::Sqlite => format!(") {update} RETURNING {bare}"),
        Flavour::Postgres => {
            let columns = answer(flavour);
            format!(
                "), p AS ({update} RETURNING {bare}), \
                 change AS (INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT id, version, $2, $3, $4, $5, $6, COALESCE($7, $1) FROM p) \
                 SELECT {columns} FROM p"
            )
        }
    }
}

/// The list of columns that [`crate::row::ProfileRow`] reads.
fn answer(flavour: Flavour) -> String {
    joined(", ", COLUMNS.into_iter(), |column| {
        match (flavour, column.kind) {
            (Flavour::Postgres, Kind::Id) => format!("p.{}::text", column.name),
            (Flavour::Postgres, Kind::Text | Kind::Flag | Kind::Number) | (Flavour::Sqlite, _) => {
                format!("p.{}", column.name)
            }
        }
    })
}

/// The id of the profile that six parameters name, from the one numbered `first`.
///
/// One expression for the four ways to name a profile, so that each statement is prepared once
/// and not once for each way. Both databases evaluate a subquery only when they get to it.
fn id_of(flavour: Flavour, first: usize) -> String {
    let id = id_parameter(flavour, first);
    let [dialect, external_id, issuer, subject, key] = [1, 2, 3, 4, 5].map(|n| first + n);
    format!(
        "COALESCE({id}, \
         (SELECT profile_id FROM external_ids \
         WHERE dialect = ${dialect} AND external_id = ${external_id}), \
         (SELECT profile_id FROM identities WHERE issuer = ${issuer} AND subject = ${subject}), \
         (SELECT id FROM profiles WHERE username_key = ${key}))"
    )
}

fn id_parameter(flavour: Flavour, number: usize) -> String {
    match flavour {
        Flavour::Postgres => format!("${number}::uuid"),
        Flavour::Sqlite => format!("${number}"),
    }
}

fn number_parameter(flavour: Flavour, number: usize) -> String {
    match flavour {
        Flavour::Postgres => format!("${number}::bigint"),
        Flavour::Sqlite => format!("${number}"),
    }
}

/// Whether the document names a column, be it with `null`.
fn present(flavour: Flavour, column: &str) -> String {
    match flavour {
        Flavour::Postgres => format!("($1 ? '{column}')"),
        Flavour::Sqlite => format!("(($1 -> '{column}') IS NOT NULL)"),
    }
}

/// What the document has for a column.
fn value(flavour: Flavour, column: Column) -> String {
    let text = format!("($1 ->> '{}')", column.name);
    match (flavour, column.kind) {
        (Flavour::Sqlite, _) | (Flavour::Postgres, Kind::Text) => text,
        (Flavour::Postgres, Kind::Flag) => format!("{text}::boolean"),
        (Flavour::Postgres, Kind::Number) => format!("{text}::bigint"),
        (Flavour::Postgres, Kind::Id) => format!("{text}::uuid"),
    }
}

/// The columns that an identity provider owns and that a document may name.
fn managed_columns() -> impl Iterator<Item = Column> {
    let managed = managed_fields(AuthProvider::Oidc);
    let is_managed = |column: &Column| {
        managed
            .iter()
            .map(|field: &Field| field.as_str())
            .any(|name| name == column.name)
    };
    patchable().filter(is_managed)
}

fn joined(
    separator: &str,
    columns: impl Iterator<Item = Column>,
    write: impl Fn(Column) -> String,
) -> String {
    columns.map(write).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_but_the_deployment_owns_the_same_columns() {
        let oidc = managed_fields(AuthProvider::Oidc);
        assert_eq!(oidc, managed_fields(AuthProvider::Saml));
        assert!(managed_fields(AuthProvider::Local).is_empty());
        let names: Vec<_> = managed_columns().map(|column| column.name).collect();
        assert_eq!(names, ["full_name", "given_name", "family_name"]);
    }
}
