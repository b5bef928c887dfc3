//! The statements that apply a patch.

use std::sync::LazyLock;

use manyface_core::{AuthProvider, ProfileRef, managed_fields};

use super::{Flavour, Named, Texts, answer, history::NEXT_CHANGE, joined, tenants::served};
use crate::columns::{COLUMNS, Column, Kind, Width};

/// Applies a patch to a profile, for PostgreSQL alone.
///
/// `$1` says which columns of the width the patch names, and `$2` what history keeps of it; `$3` to
/// `$7` are where the change comes from, and `$8` to `$10` the version, the time and the tenant
/// that the profile must have. A value for each column of the width follows, and then the name of
/// the profile. Where nothing is to be changed or nothing may be, no row is written and none is
/// answered.
pub(crate) fn update(width: Width, who: &ProfileRef) -> &'static Texts {
    static TEXTS: LazyLock<[Named; 4]> = LazyLock::new(|| Width::ALL.map(named));
    TEXTS[width as usize].get(who)
}

/// The place of the first value.
const FIRST_VALUE: usize = 11;

fn named(width: Width) -> Named {
    let first_name = FIRST_VALUE + width.columns().count();
    Named::of_postgres(first_name, |id| {
        let input = Input {
            named: "$1::bigint",
            value: |place| format!("${}::text", FIRST_VALUE + place),
            at: "$3",
            version: "$8::bigint",
            updated_at: "$9::bigint",
            tenant: "$10::uuid",
            id,
        };
        let update = input.update(width, "");
        recorded(&format!("{update} RETURNING {}", bare()))
    })
}

/// What an update is told, as expressions of PostgreSQL.
pub(super) struct Input<'a, V> {
    pub(super) named: &'a str,
    /// The value of the column at a place of the width.
    pub(super) value: V,
    pub(super) at: &'a str,
    pub(super) version: &'a str,
    pub(super) updated_at: &'a str,
    pub(super) tenant: &'a str,
    pub(super) id: &'a str,
}

impl<V: Fn(usize) -> String> Input<'_, V> {
    /// The update, up to what it answers; `from` is where its expressions come from.
    pub(super) fn update(&self, width: Width, from: &str) -> String {
        let Self {
            named,
            value,
            at,
            version,
            updated_at,
            tenant,
            id,
        } = self;
        let (mut assignments, mut managed, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for (place, column) in width.columns().enumerate() {
            let name = column.name;
            let is_named = format!("{named} & {} <> 0", 1_u64 << place);
            let value = typed(column, &value(place));
            assignments.push(format!(
                "{name} = CASE WHEN {is_named} THEN {value} ELSE p.{name} END"
            ));
            changed.push(format!(
                "({is_named} AND p.{name} IS DISTINCT FROM {value})"
            ));
            if is_managed(column) {
                managed.push(format!(
                    "(NOT ({is_named}) OR p.{name} IS NOT DISTINCT FROM {value})"
                ));
            }
        }
        let assignments = assignments.join(", ");
        let managed = match managed.join(" AND ") {
            none if none.is_empty() => String::new(),
            managed => format!(" AND (p.auth_provider = 'local' OR ({managed}))"),
        };
        let changed = changed.join(" OR ");
        let served = served(Flavour::Postgres);
        format!(
            "UPDATE profiles AS p SET {assignments}, updated_at = {at}, version = p.version + 1 \
             {from} WHERE p.id = {id} \
             AND ({version} IS NULL OR p.version = {version}) \
             AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
             AND ({tenant} IS NULL OR p.tenant_id = {tenant}) \
             AND {served}{managed} AND ({changed})"
        )
    }
}

/// A value, which is text, as what the column holds.
fn typed(column: Column, value: &str) -> String {
    match column.kind {
        Kind::Text => value.to_owned(),
        Kind::Flag => format!("{value}::boolean"),
        Kind::Number => format!("{value}::bigint"),
        Kind::Id => format!("{value}::uuid"),
    }
}

/// Whether an identity provider owns the column.
fn is_managed(column: Column) -> bool {
    let mut managed = managed_fields(AuthProvider::Oidc).iter();
    managed.any(|field| field.as_str() == column.name)
}

/// Applies a patch to the profile `$3`, for SQLite alone, where the writer has read it before in
/// the same transaction: nobody else writes in between.
///
/// `$1` says which columns of the width the patch names, and `$2` when; `$4` is the tenant that
/// the profile must have, and the values follow.
pub(crate) fn patch(width: Width) -> &'static Texts {
    static TEXTS: LazyLock<[Texts; 4]> = LazyLock::new(|| {
        Width::ALL.map(|width| {
            let assignment = |(place, Column { name, .. }): (usize, Column)| {
                let (bit, value) = (1_u64 << place, place + 5);
                format!("{name} = CASE WHEN $1 & {bit} THEN ${value} ELSE {name} END")
            };
            let assignments = width.columns().enumerate().map(assignment);
            let assignments = assignments.collect::<Vec<_>>().join(", ");
            Texts::of_sqlite(&format!(
                ") UPDATE profiles SET {assignments}, updated_at = $2, version = version + 1, \
                 last_change = {NEXT_CHANGE} \
                 WHERE id = $3 AND ($4 IS NULL OR tenant_id = $4)"
            ))
        })
    });
    &TEXTS[width as usize]
}

/// Replaces the facts of a profile by `$1`.
///
/// `$2` is what history keeps of it and `$3` to `$7` where the change comes from, which SQLite does
/// not write; `$8` and `$9` are the version and the time that the profile must have. Its name
/// follows.
pub(crate) static REPLACE_FACTS: LazyLock<Named> = LazyLock::new(|| {
    Named::of(10, |flavour, id| {
        let update = |more: &str| {
            format!(
                "UPDATE profiles AS p SET facts = $1, updated_at = $3, version = p.version + 1{more} \
                 WHERE p.id = {id} AND p.version = $8 AND p.updated_at = $9 RETURNING {}",
                bare()
            )
        };
        match flavour {
            Flavour::Sqlite => format!(") {}", update(&format!(", last_change = {NEXT_CHANGE}"))),
            Flavour::Postgres => recorded(&update("")),
        }
    })
});

/// An update of PostgreSQL that also writes history, out of `$2` to `$7`.
fn recorded(update: &str) -> String {
    let columns = answer();
    format!(
        "), p AS ({update}), change AS (INSERT INTO profile_changes \
         (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         SELECT id, version, $3, $4, $5, $6, $7, $2 FROM p) SELECT {columns} FROM p"
    )
}

/// All columns, by their names alone.
fn bare() -> String {
    joined(", ", COLUMNS.into_iter(), |column| column.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_but_the_deployment_owns_the_same_columns() {
        let oidc = managed_fields(AuthProvider::Oidc);
        assert_eq!(oidc, managed_fields(AuthProvider::Saml));
        assert!(managed_fields(AuthProvider::Local).is_empty());
        for width in Width::ALL {
            let managed = width.columns().filter(|column| is_managed(*column));
            let names: Vec<_> = managed.map(|column| column.name).collect();
            let expected: &[&str] = match width {
                Width::Basic => &[],
                Width::Common | Width::Rare | Width::Every => {
                    &["full_name", "given_name", "family_name"]
                }
            };
            assert_eq!(names, expected);
        }
    }
}
