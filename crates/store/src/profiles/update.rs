//! The statements that apply a patch.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use manyface_core::{
    AuthProvider, PatchDocument, ProfileId, ProfilePatch, ProfileUpdate, TenantId, managed_fields,
};

use super::{
    columns::{Column, ColumnSet},
    columns_of_p,
    edits::{Edits, REQUIRED, set_of},
    is_active, joined, typed,
};
use crate::{
    catalogue,
    history::NEXT_CHANGE,
    sql::{Flavour, Json, Parameter, Sql, SqlByRef, Statement, origin},
    usernames,
};

/// Applies a patch to a profile, on PostgreSQL: a text for each set of columns.
///
/// `$1` says which columns of the set the patch names, and `$2` is the entry of the history; `$3` to
/// `$7` are where the change comes from, and `$8` to `$10` the version, the time and the tenant
/// that the profile must have. A value for each column of the set follows, and then the name of
/// the profile. If nothing is to be changed or nothing may be, no row is written and none is
/// returned.
static UPDATE: LazyLock<[SqlByRef; 4]> = LazyLock::new(|| {
    ColumnSet::ALL.map(|set| {
        let first_name = FIRST_VALUE + set.columns().len();
        SqlByRef::new(first_name, |_, id| {
            let update = parameters(id).update(set, "");
            let bare = joined(|column| column.name.to_owned());
            recorded(&format!("{update} RETURNING {bare}"))
        })
    })
});

/// The place of the first value.
const FIRST_VALUE: usize = 11;

fn parameters(id: &str) -> Input<'_, impl Fn(usize) -> String> {
    Input {
        named: "$1::bigint",
        value: |place| format!("${}::text", FIRST_VALUE + place),
        at: "$3",
        version: "$8::bigint",
        updated_at: "$9",
        tenant: "$10",
        id,
    }
}

/// As [`UPDATE`] for all columns, with what only some updates need. Six parameters follow the
/// values: the upload that becomes the avatar, or null; the entries (arrays of id, list, name and
/// key) that are added to the catalogue of the profile's tenant; how many entries the profile may
/// have added before, and since when they count; the digests of a new user name, or none; and for how
/// long a name rests. The functions see what was committed before they are called: if
/// that has changed the profile, PostgreSQL calls them again once it has the lock.
///
/// A profile is renamed only if it has not changed since the statement began, because the names
/// that it gives up are those that the statement sees.
///
/// Entries are added in the order of their keys, so that no two statements wait for each other. The
/// statement fails if the tenant sees one of the entries already (if that is a shared one,
/// because there is no id to insert), and if the name belongs to another profile.
static UPDATE_ALONE: LazyLock<SqlByRef> = LazyLock::new(|| {
    let set = ColumnSet::Every;
    let upload = FIRST_VALUE + set.columns().len();
    let (entries, others, since) = (upload + 1, upload + 2, upload + 3);
    let (digests, rest) = (upload + 4, upload + 5);
    let claim = usernames::set_for_p(digests, rest);
    SqlByRef::new(rest + 1, |_, id| {
        let input = parameters(id);
        let (assignments, conditions) = (input.assignments(set), input.conditions(set));
        let columns = columns_of_p();
        format!(
            "WITH p AS (UPDATE profiles AS p SET {assignments} WHERE {conditions} \
             AND CASE WHEN ${upload} IS NULL THEN TRUE \
             ELSE upload_fits(${upload}, p.id, NULL) END \
             AND CASE WHEN ${others}::bigint IS NULL THEN TRUE \
             ELSE new_entries_fit(p.id, ${others}::bigint, ${since}) END \
             AND (${digests} = '[]' \
             OR p.version = (SELECT seen.version FROM profiles AS seen WHERE seen.id = p.id)) \
             RETURNING {columns}), \
             used AS (UPDATE uploads AS g SET is_used = TRUE FROM p WHERE g.id = ${upload}), \
             entries AS (INSERT INTO catalogue \
             (id, tenant_id, kind, name, name_key, created_by, created_at) \
             SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM catalogue AS shared \
             WHERE shared.tenant_id IS NULL AND shared.kind = e.value ->> 1 \
             AND shared.name_key = e.value ->> 3) THEN (e.value ->> 0)::integer END, \
             p.tenant_id, e.value ->> 1, e.value ->> 2, e.value ->> 3, p.id, $3 \
             FROM p CROSS JOIN jsonb_array_elements(${entries}) AS e \
             ORDER BY e.value ->> 1, e.value ->> 3){claim}, \
             {CHANGE} SELECT {columns} FROM p"
        )
    })
});

/// The input of an update, as expressions of PostgreSQL.
pub(super) struct Input<'a, V> {
    pub(super) named: &'a str,
    /// The value of the column at a place of the set.
    pub(super) value: V,
    pub(super) at: &'a str,
    pub(super) version: &'a str,
    pub(super) updated_at: &'a str,
    pub(super) tenant: &'a str,
    pub(super) id: &'a str,
}

impl<V: Fn(usize) -> String> Input<'_, V> {
    /// The update, up to what it returns; `from` is where its expressions come from.
    pub(super) fn update(&self, set: ColumnSet, from: &str) -> String {
        let (assignments, conditions) = (self.assignments(set), self.conditions(set));
        format!("UPDATE profiles AS p SET {assignments} {from} WHERE {conditions}")
    }

    /// Returns the assignments to the columns of the profile `p`.
    fn assignments(&self, set: ColumnSet) -> String {
        let mut assignments: Vec<_> = set
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
    fn conditions(&self, set: ColumnSet) -> String {
        let Self {
            version,
            updated_at,
            tenant,
            id,
            ..
        } = self;
        let (mut managed, mut changed, mut required) = (Vec::new(), Vec::new(), Vec::new());
        for (place, column) in set.columns().iter().enumerate() {
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
        let is_active = is_active(Flavour::Postgres);
        format!(
            "p.id = {id} AND ({version} IS NULL OR p.version = {version}) \
             AND ({updated_at} IS NULL OR p.updated_at = {updated_at}) \
             AND ({tenant} IS NULL OR p.tenant_id = {tenant}) \
             AND {is_active}{managed}{required} AND ({changed})"
        )
    }

    fn is_named(&self, place: usize) -> String {
        format!("{} & {} <> 0", self.named, 1_u64 << place)
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

/// Applies a patch to the profile `$3`, on SQLite, where the writer has read it before in the same
/// transaction: no other write comes in between. A text for each set of columns.
///
/// `$1` says which columns of the set the patch names, and `$2` when; `$4` is the tenant that the
/// profile must have, and the values follow.
static PATCH: LazyLock<[Sql; 4]> = LazyLock::new(|| {
    ColumnSet::ALL.map(|set| {
        let assignment = |(place, Column { name, .. }): (usize, &Column)| {
            let (bit, value) = (1_u64 << place, place + 5);
            format!("{name} = CASE WHEN $1 & {bit} THEN ${value} ELSE {name} END")
        };
        let assignments = set.columns().iter().enumerate().map(assignment);
        let assignments = assignments.collect::<Vec<_>>().join(", ");
        Sql::composed(|_| {
            format!(
                "UPDATE profiles SET {assignments}, updated_at = $2, version = version + 1, \
                 last_change = {NEXT_CHANGE} \
                 WHERE id = $3 AND ($4 IS NULL OR tenant_id = $4)"
            )
        })
    })
});

/// An update of PostgreSQL that also writes history, out of `$2` to `$7`.
pub(super) fn recorded(update: &str) -> String {
    let columns = columns_of_p();
    format!("WITH p AS ({update}), {CHANGE} SELECT {columns} FROM p")
}

/// The entry of the history, out of `$2` to `$7`.
const CHANGE: &str = "change AS (INSERT INTO profile_changes \
     (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
     SELECT id, version, $3, $4, $5, $6, $7, $2 FROM p)";

/// Makes an update with its guards, on PostgreSQL. A user name that was given up rests for `rest`.
pub(crate) fn update(update: &ProfileUpdate, rest: SignedDuration) -> Statement {
    let ProfileUpdate {
        who,
        tenant,
        patch,
        expected,
        existing_names,
        upload,
        max_new_entries: _,
        provenance,
    } = update;
    let columns = patch.columns();
    // Rare: one text for all of them.
    let is_alone = patch.username.is_some() || upload.is_some() || !patch.new_entries.is_empty();
    let set = if is_alone {
        ColumnSet::Every
    } else {
        set_of(&columns)
    };
    let mut edits = Edits::of(columns, set);
    edits.require(existing_names, set);
    let Edits { named, values } = edits;
    let expected = expected.as_ref();
    let guards = [
        expected.map(|state| state.version).into(),
        expected.map(|state| state.updated_at).into(),
        (*tenant).into(),
    ];
    let what = [
        named.into(),
        Parameter::Json(Json(PatchDocument::from(patch).into_text())),
    ];
    let parameters = what.into_iter().chain(origin(provenance)).chain(guards);
    let values = values.into_iter().map(Parameter::Text);
    let parameters = parameters.chain(values);
    if is_alone {
        let room = update.entry_room();
        let more = [
            upload.as_deref().map(str::to_owned).into(),
            catalogue::new_entries(&patch.new_entries),
            room.map(|room| room.others).into(),
            room.map(|room| room.since).into(),
            match &patch.username {
                Some(username) => usernames::digests(username),
                None => Parameter::json_text("[]"),
            },
            rest.into(),
        ];
        return UPDATE_ALONE.with(parameters.chain(more), who);
    }
    UPDATE[set as usize].with(parameters, who)
}

/// Applies `patch` to the profile `id`, of `tenant` where that matters, at `at`, on SQLite.
pub(crate) fn patch(
    id: ProfileId,
    tenant: Option<TenantId>,
    patch: &ProfilePatch,
    at: Timestamp,
) -> Statement {
    let columns = patch.columns();
    let set = set_of(&columns);
    let Edits { named, values } = Edits::of(columns, set);
    let what = [named.into(), at.into(), id.into(), tenant.into()];
    let values = values.into_iter().map(Parameter::Text);
    PATCH[set as usize].with(what.into_iter().chain(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_but_the_deployment_owns_the_same_columns() {
        let oidc = managed_fields(AuthProvider::Oidc);
        assert_eq!(oidc, managed_fields(AuthProvider::Saml));
        assert!(managed_fields(AuthProvider::Local).is_empty());
        for set in ColumnSet::ALL {
            let managed = set.columns().iter().filter(|column| is_managed(**column));
            let names: Vec<_> = managed.map(|column| column.name).collect();
            let expected: &[&str] = match set {
                ColumnSet::Basic => &[],
                ColumnSet::Common | ColumnSet::Rare | ColumnSet::Every => {
                    &["full_name", "given_name", "family_name"]
                }
            };
            assert_eq!(names, expected);
        }
    }
}
