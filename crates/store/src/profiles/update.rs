//! The statements that update profiles.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use manyface_core::{
    AuthProvider, PatchDocument, ProfileId, ProfilePatch, ProfileUpdate, TenantId, managed_fields,
};

use super::{
    columns::{Column, ColumnSet},
    columns_of_p,
    edits::{Edits, REQUIRED, smallest_set},
    is_active, join_columns, typed,
};
use crate::{
    catalogue,
    history::NEXT_CHANGE,
    sql::{Flavour, Parameter, Sql, SqlByRef, Statement, origin},
    usernames,
};

/// Applies a patch to a profile: one statement for each set of columns. PostgreSQL only.
///
/// `$1` is [`Edits::named`], `$2` the history entry, `$3` to `$7` its provenance, and `$8` to `$10`
/// the expected version, time and tenant. A value for each column of the set follows, and then the
/// name of the profile. If nothing changes or a guard fails, no row is written or returned.
static UPDATE: LazyLock<[SqlByRef; 4]> = LazyLock::new(|| {
    ColumnSet::ALL.map(|set| {
        let first_name = FIRST_VALUE + set.columns().len();
        SqlByRef::new(first_name, |_, id| {
            let update = parameters(id).update(set, "");
            let bare = join_columns(|column| column.name.to_owned());
            with_history(&format!("{update} RETURNING {bare}"))
        })
    })
});

/// The number of the first value's parameter.
const FIRST_VALUE: usize = 11;

fn parameters(id: &str) -> Input<'_, impl Fn(usize) -> String> {
    Input {
        named: "$1::bigint",
        value: |index| format!("${}::text", FIRST_VALUE + index),
        at: "$3",
        version: "$8::bigint",
        updated_at: "$9",
        tenant: "$10",
        id,
    }
}

/// Like [`UPDATE`] for all columns, with rarely needed parts.
///
/// Six parameters follow the values: the upload that becomes the avatar, or null; the entries to
/// add to the catalogue of the profile's tenant (arrays of id, list, name and key); the maximum
/// number of entries that the profile may have added before, and the time since which they count;
/// the digests of the new user name, or an empty array; and how long a released name stays
/// reserved. The functions see what was committed before they are called. If that has changed the
/// profile, PostgreSQL calls them again when it has the lock.
///
/// A profile is renamed only if it has not changed since the statement began, because the statement
/// releases the names in its snapshot.
///
/// Entries are added in the order of their keys, which avoids deadlocks. The statement fails if the
/// tenant already has one of the entries (for a shared entry, because the new id is null), or if
/// the name belongs to another profile.
static UPDATE_SINGLE: LazyLock<SqlByRef> = LazyLock::new(|| {
    let set = ColumnSet::Every;
    let upload = FIRST_VALUE + set.columns().len();
    let (entries, others, since) = (upload + 1, upload + 2, upload + 3);
    let (digests, rest) = (upload + 4, upload + 5);
    let reserve = usernames::set_name_of_p(digests, rest);
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
             ORDER BY e.value ->> 1, e.value ->> 3){reserve}, \
             {CHANGE} SELECT {columns} FROM p"
        )
    })
});

/// The parameters of an update, as PostgreSQL expressions.
pub(super) struct Input<'a, V> {
    pub(super) named: &'a str,
    /// Returns the value of the column at a position in the set.
    pub(super) value: V,
    pub(super) at: &'a str,
    pub(super) version: &'a str,
    pub(super) updated_at: &'a str,
    pub(super) tenant: &'a str,
    pub(super) id: &'a str,
}

impl<V: Fn(usize) -> String> Input<'_, V> {
    /// Returns the update without its `RETURNING` clause. The expressions may refer to `from`.
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
            .map(|(index, column)| {
                let (name, is_named) = (column.name, self.is_named(index));
                let value = typed(*column, &(self.value)(index));
                format!("{name} = CASE WHEN {is_named} THEN {value} ELSE p.{name} END")
            })
            .collect();
        assignments.push(format!("updated_at = {}", self.at));
        assignments.push("version = p.version + 1".to_owned());
        assignments.join(", ")
    }

    /// Returns the condition that the profile `p` is the named one, passes the guards, and would
    /// change.
    fn conditions(&self, set: ColumnSet) -> String {
        let Self {
            version,
            updated_at,
            tenant,
            id,
            ..
        } = self;
        let (mut managed, mut changed, mut required) = (Vec::new(), Vec::new(), Vec::new());
        for (index, column) in set.columns().iter().enumerate() {
            let (name, is_named) = (column.name, self.is_named(index));
            let value = typed(*column, &(self.value)(index));
            changed.push(format!(
                "({is_named} AND p.{name} IS DISTINCT FROM {value})"
            ));
            if is_name(*column) {
                let is_required = format!("{} & {}", self.named, 1_u64 << (index + REQUIRED));
                required.push(format!(" AND ({is_required} = 0 OR p.{name} IS NOT NULL)"));
            }
            if is_managed(*column) {
                managed.push(format!(
                    "(NOT ({is_named}) OR p.{name} IS NOT DISTINCT FROM {value})"
                ));
            }
        }
        let managed = match managed.join(" AND ") {
            managed if managed.is_empty() => String::new(),
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

    fn is_named(&self, index: usize) -> String {
        format!("{} & {} <> 0", self.named, 1_u64 << index)
    }
}

/// Returns whether identity providers own the column.
fn is_managed(column: Column) -> bool {
    let mut managed = managed_fields(AuthProvider::Oidc).iter();
    managed.any(|field| field.as_str() == column.name)
}

/// Returns whether an update may require that the column already has a value.
fn is_name(column: Column) -> bool {
    ProfilePatch::NAMES
        .iter()
        .any(|name| name.as_str() == column.name)
}

/// Applies a patch to the profile `$3`: one statement for each set of columns. SQLite only.
///
/// `$1` is [`Edits::named`], `$2` the time and `$4` the tenant that the profile must belong to, or
/// null. A value for each column of the set follows. The writer has read the profile in the same
/// transaction, so no guards are needed.
static PATCH: LazyLock<[Sql; 4]> = LazyLock::new(|| {
    ColumnSet::ALL.map(|set| {
        let assignment = |(index, Column { name, .. }): (usize, &Column)| {
            let (bit, value) = (1_u64 << index, index + 5);
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

/// Adds the history entry in `$2` to `$7` to a PostgreSQL update.
pub(super) fn with_history(update: &str) -> String {
    let columns = columns_of_p();
    format!("WITH p AS ({update}), {CHANGE} SELECT {columns} FROM p")
}

/// Adds the history entry in `$2` to `$7`.
const CHANGE: &str = "change AS (INSERT INTO profile_changes \
     (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
     SELECT id, version, $3, $4, $5, $6, $7, $2 FROM p)";

/// Returns the update with its guards. A released user name stays reserved for `rest`. PostgreSQL
/// only.
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
    // Rare, so one statement with all columns serves them.
    let is_single = patch.username.is_some() || upload.is_some() || !patch.new_entries.is_empty();
    let set = if is_single {
        ColumnSet::Every
    } else {
        smallest_set(&columns)
    };
    let mut edits = Edits::new(columns, set);
    edits.require(existing_names, set);
    let Edits { named, values } = edits;
    let expected = expected.as_ref();
    let guards = [
        expected.map(|state| state.version).into(),
        expected.map(|state| state.updated_at).into(),
        (*tenant).into(),
    ];
    let write = [
        named.into(),
        Parameter::document(&PatchDocument::from(patch)),
    ];
    let parameters = write.into_iter().chain(origin(provenance)).chain(guards);
    let values = values.into_iter().map(Parameter::Text);
    let parameters = parameters.chain(values);
    if is_single {
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
        return UPDATE_SINGLE.with(parameters.chain(more), who);
    }
    UPDATE[set as usize].with(parameters, who)
}

/// Applies `patch` at the time `at` to the profile `id`, which must be of `tenant` if given. SQLite
/// only.
pub(crate) fn patch(
    id: ProfileId,
    tenant: Option<TenantId>,
    patch: &ProfilePatch,
    at: Timestamp,
) -> Statement {
    let columns = patch.columns();
    let set = smallest_set(&columns);
    let Edits { named, values } = Edits::new(columns, set);
    let write = [named.into(), at.into(), id.into(), tenant.into()];
    let values = values.into_iter().map(Parameter::Text);
    PATCH[set as usize].with(write.into_iter().chain(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_and_saml_own_the_same_columns() {
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
