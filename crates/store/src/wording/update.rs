//! The statements that apply a patch.

use std::sync::LazyLock;

use manyface_core::{AuthProvider, ProfilePatch, ProfileRef, managed_fields};

use super::{
    Flavour, Named, Texts, answer, history::NEXT_CHANGE, joined, tenants::served, usernames,
};
use crate::{
    columns::{COLUMNS, Column, Kind, Width},
    edits::REQUIRED,
};

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

fn parameters(id: &str) -> Input<'_, impl Fn(usize) -> String> {
    Input {
        named: "$1::bigint",
        value: |place| format!("${}::text", FIRST_VALUE + place),
        at: "$3",
        version: "$8::bigint",
        updated_at: "$9::bigint",
        tenant: "$10::uuid",
        id,
    }
}

fn named(width: Width) -> Named {
    let first_name = FIRST_VALUE + width.columns().len();
    Named::of_postgres(first_name, |id| {
        let update = parameters(id).update(width, "");
        recorded(&format!("{update} RETURNING {}", bare()))
    })
}

/// As [`update`] for all columns, with what only some updates need. Six parameters follow the
/// values: the upload that becomes the avatar, or null; the entries (arrays of id, list, name and
/// key) that are added to the catalogue of the profile's tenant; how many entries the profile may
/// have added before, and since when they count; the digests of a user name to be claimed, or none;
/// and for how many microseconds a name rests. The profile is locked first, so that the upload is
/// only marked where the profile is written, and entries are counted that others have just added.
///
/// The statement fails if the tenant sees one of the entries already (if that is a shared one,
/// because there is no id to insert), and if the name belongs to another profile.
pub(crate) static UPDATE_ALONE: LazyLock<Named> = LazyLock::new(|| {
    let width = Width::Every;
    let upload = FIRST_VALUE + width.columns().len();
    let (entries, others, since) = (upload + 1, upload + 2, upload + 3);
    let (digests, rest) = (upload + 4, upload + 5);
    let claim = usernames::claim(&format!("${digests}"), &format!("${rest}"));
    Named::of_postgres(rest + 1, |id| {
        let input = parameters(id);
        let (assignments, conditions) = (input.assignments(width), input.conditions(width));
        let columns = answer();
        format!(
            "), t AS MATERIALIZED (SELECT p.id FROM profiles AS p WHERE {conditions} FOR UPDATE), \
             u AS MATERIALIZED (SELECT t.id FROM t WHERE CASE WHEN ${upload} IS NULL THEN TRUE \
             ELSE upload_fits(${upload}, t.id, NULL) END \
             AND CASE WHEN ${others}::bigint IS NULL THEN TRUE \
             ELSE new_entries_fit(t.id, ${others}::bigint, ${since}::bigint) END), \
             p AS (UPDATE profiles AS p SET {assignments} FROM u WHERE p.id = u.id \
             RETURNING {columns}), \
             used AS (UPDATE uploads AS g SET is_used = TRUE FROM p WHERE g.id = ${upload}), \
             entries AS (INSERT INTO catalogue \
             (id, tenant_id, kind, name, name_key, created_by, created_at) \
             SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM catalogue AS shared \
             WHERE shared.tenant_id IS NULL AND shared.kind = e.value ->> 1 \
             AND shared.name_key = e.value ->> 3) THEN (e.value ->> 0)::integer END, \
             p.tenant_id, e.value ->> 1, e.value ->> 2, e.value ->> 3, p.id, $3 \
             FROM p CROSS JOIN jsonb_array_elements(${entries}) AS e){claim}, \
             {CHANGE} SELECT {columns} FROM p"
        )
    })
});

/// Adds the entries of `$4` (arrays of id, list, name and key) for the profile `$2` of the tenant
/// `$1`, at `$3`, on SQLite.
pub(crate) static ADD_NEW_ENTRIES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(
        ") INSERT INTO catalogue (id, tenant_id, kind, name, name_key, created_by, created_at) \
         SELECT e.value ->> 0, $1, e.value ->> 1, e.value ->> 2, e.value ->> 3, $2, $3 \
         FROM json_each($4) AS e",
    )
});

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
    /// The update, up to what it returns; `from` is where its expressions come from.
    pub(super) fn update(&self, width: Width, from: &str) -> String {
        let (assignments, conditions) = (self.assignments(width), self.conditions(width));
        format!("UPDATE profiles AS p SET {assignments} {from} WHERE {conditions}")
    }

    /// What the columns of the profile `p` become.
    fn assignments(&self, width: Width) -> String {
        let mut assignments: Vec<_> = width
            .columns()
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let (name, is_named) = (column.name, self.is_named(place));
                let value = typed(*column, &(self.value)(place));
                format!("{name} = CASE WHEN {is_named} THEN {value} ELSE p.{name} END")
            })
            .collect();
        assignments.push(format!("updated_at = {}", self.at));
        assignments.push("version = p.version + 1".to_owned());
        assignments.join(", ")
    }

    /// Whether the profile `p` is the one that is meant, may be changed, and would be another.
    fn conditions(&self, width: Width) -> String {
        let Self {
            version,
            updated_at,
            tenant,
            id,
            ..
        } = self;
        let (mut managed, mut changed, mut required) = (Vec::new(), Vec::new(), Vec::new());
        for (place, column) in width.columns().iter().enumerate() {
            let (name, is_named) = (column.name, self.is_named(place));
            let value = typed(*column, &(self.value)(place));
            changed.push(format!(
                "({is_named} AND p.{name} IS DISTINCT FROM {value})"
            ));
            if is_name(*column) {
                let is_required = format!("{} & {}", self.named, 1_u64 << (place + REQUIRED));
                required.push(format!(" AND ({is_required} = 0 OR p.{name} IS NOT NULL)"));
            }
            if is_managed(*column) {
                managed.push(format!(
                    "(NOT ({is_named}) OR p.{name} IS NOT DISTINCT FROM {value})"
                ));
            }
        }
        let managed = match managed.join(" AND ") {
            none if none.is_empty() => String::new(),
            managed => format!(" AND (p.auth_provider = 'local' OR ({managed}))"),
        };
        let (changed, required) = (changed.join(" OR "), required.concat());
        let served = served(Flavour::Postgres);
        format!(
            "p.id = {id} AND ({version} IS NULL OR p.version = {version}) \
             AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
             AND ({tenant} IS NULL OR p.tenant_id = {tenant}) \
             AND {served}{managed}{required} AND ({changed})"
        )
    }

    fn is_named(&self, place: usize) -> String {
        format!("{} & {} <> 0", self.named, 1_u64 << place)
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

/// Whether an update may require that the column has a value already.
fn is_name(column: Column) -> bool {
    ProfilePatch::NAMES
        .iter()
        .any(|name| name.as_str() == column.name)
}

/// Applies a patch to the profile `$3`, for SQLite alone, where the writer has read it before in
/// the same transaction: nobody else writes in between.
///
/// `$1` says which columns of the width the patch names, and `$2` when; `$4` is the tenant that
/// the profile must have, and the values follow.
pub(crate) fn patch(width: Width) -> &'static Texts {
    static TEXTS: LazyLock<[Texts; 4]> = LazyLock::new(|| {
        Width::ALL.map(|width| {
            let assignment = |(place, Column { name, .. }): (usize, &Column)| {
                let (bit, value) = (1_u64 << place, place + 5);
                format!("{name} = CASE WHEN $1 & {bit} THEN ${value} ELSE {name} END")
            };
            let assignments = width.columns().iter().enumerate().map(assignment);
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
    format!("), p AS ({update}), {CHANGE} SELECT {columns} FROM p")
}

/// The entry of the history, out of `$2` to `$7`.
const CHANGE: &str = "change AS (INSERT INTO profile_changes \
     (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
     SELECT id, version, $3, $4, $5, $6, $7, $2 FROM p)";

/// All columns, by their names alone.
fn bare() -> String {
    joined(", ", COLUMNS.iter().copied(), |column| {
        column.name.to_owned()
    })
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
            let managed = width.columns().iter().filter(|column| is_managed(**column));
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
