//! The statement that applies a patch.

use std::sync::LazyLock;

use manyface_core::{AuthProvider, ProfileRef, managed_fields};

use super::{Flavour, Named, Texts, answer, id_parameter, joined, value};
use crate::columns::{COLUMNS, Column, Width};

/// Applies the document `$1` to the profile that the parameters from `$11` name.
///
/// `$2` to `$6` are where the change comes from and `$7` what history keeps of it, if not `$1`;
/// `$8` to `$10` are the version, the time and the tenant that the profile must have. Where
/// nothing is to be changed or nothing may be, no row is written and none is answered.
///
/// On PostgreSQL this writes history as well.
pub(crate) fn update(width: Width, who: &ProfileRef) -> &'static Texts {
    static COMMON: LazyLock<Named> = LazyLock::new(|| named(Width::Common));
    static EVERY: LazyLock<Named> = LazyLock::new(|| named(Width::Every));
    match width {
        Width::Common => COMMON.get(who),
        Width::Every => EVERY.get(who),
    }
}

fn named(width: Width) -> Named {
    Named::of(11, |flavour, id| compose(flavour, width, id))
}

fn compose(flavour: Flavour, width: Width, id: &str) -> String {
    let input = Input {
        document: "$1",
        at: "$2",
        version: &number_parameter(flavour, 8),
        updated_at: &number_parameter(flavour, 9),
        tenant: &id_parameter(flavour, 10),
        id,
    };
    let update = input.update(flavour, width, "");
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

/// What an update is told, as expressions.
pub(super) struct Input<'a> {
    pub(super) document: &'a str,
    pub(super) at: &'a str,
    pub(super) version: &'a str,
    pub(super) updated_at: &'a str,
    pub(super) tenant: &'a str,
    pub(super) id: &'a str,
}

impl Input<'_> {
    /// The update, up to what it answers; `from` is where its expressions come from.
    pub(super) fn update(&self, flavour: Flavour, width: Width, from: &str) -> String {
        let Self {
            document,
            at,
            version,
            updated_at,
            tenant,
            id,
        } = self;
        let present = |column: Column| present(flavour, document, column.name);
        let value = |column: Column| value(flavour, document, column);
        let assignments = joined(", ", width.columns(), |column| {
            let (name, present, value) = (column.name, present(column), value(column));
            format!("{name} = CASE WHEN {present} THEN {value} ELSE p.{name} END")
        });
        let managed = joined(" AND ", managed_columns(width), |column| {
            let (name, present, value) = (column.name, present(column), value(column));
            format!("(NOT {present} OR p.{name} IS NOT DISTINCT FROM {value})")
        });
        let changed = joined(" OR ", width.columns(), |column| {
            let (name, present, value) = (column.name, present(column), value(column));
            format!("({present} AND p.{name} IS DISTINCT FROM {value})")
        });
        format!(
            "UPDATE profiles AS p SET {assignments}, updated_at = {at}, version = p.version + 1 \
             {from} WHERE p.id = {id} \
             AND ({version} IS NULL OR p.version = {version}) \
             AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
             AND ({tenant} IS NULL OR p.tenant_id = {tenant}) \
             AND (p.auth_provider = 'local' OR ({managed})) \
             AND ({changed})"
        )
    }
}

/// Whether the document names a column, be it with `null`.
fn present(flavour: Flavour, document: &str, column: &str) -> String {
    match flavour {
        Flavour::Postgres => format!("({document} ? '{column}')"),
        Flavour::Sqlite => format!("(({document} -> '{column}') IS NOT NULL)"),
    }
}

fn number_parameter(flavour: Flavour, number: usize) -> String {
    match flavour {
        Flavour::Postgres => format!("${number}::bigint"),
        Flavour::Sqlite => format!("${number}"),
    }
}

/// The columns that an identity provider owns and that a document may name.
fn managed_columns(width: Width) -> impl Iterator<Item = Column> {
    let managed = managed_fields(AuthProvider::Oidc);
    let is_managed = |name| managed.iter().any(|field| field.as_str() == name);
    width
        .columns()
        .filter(move |column| is_managed(column.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_but_the_deployment_owns_the_same_columns() {
        let oidc = managed_fields(AuthProvider::Oidc);
        assert_eq!(oidc, managed_fields(AuthProvider::Saml));
        assert!(managed_fields(AuthProvider::Local).is_empty());
        for width in [Width::Common, Width::Every] {
            let names: Vec<_> = managed_columns(width).map(|column| column.name).collect();
            assert_eq!(names, ["full_name", "given_name", "family_name"]);
        }
    }
}
