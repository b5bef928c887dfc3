//! The tables `profiles`, `external_ids` and `identities`, and what removes a profile from all tables.

mod columns;
mod document;
mod edits;
pub(crate) mod many;
mod replace;
mod row;
mod search;
mod update;

use std::sync::LazyLock;

use jiff::SignedDuration;
use manyface_core::{Identity, Profile, ProfileId, ProfileRef, Provenance, TenantId};

use self::columns::{COLUMNS, Column, Kind};
pub(crate) use self::{
    document::values as profile_values,
    replace::{identities, remove_identities, remove_overrides, replace},
    row::{ChainedRow, Cursor, KeyedRow, PlacedRow, ProfileRow},
    search::{before, page, search},
    update::{patch, update},
};
use crate::{
    catalogue,
    history::{self, NEXT_CHANGE},
    images,
    sql::{Flavour, Parameter, Sql, SqlByRef, Statement, origin},
    uploads, usernames,
};

/// Reads the profile that the parameters name, if its tenant is active.
static FIND: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(1, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!("SELECT {columns} FROM profiles AS p WHERE p.id = {id} AND {is_active}")
    })
});

/// Like [`FIND`] from `$2`, if the profile is of the tenant `$1`.
static FIND_IN: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(2, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!(
            "SELECT {columns} FROM profiles AS p \
             WHERE p.id = {id} AND p.tenant_id = $1 AND {is_active}"
        )
    })
});

/// Like [`FIND`], also of a suspended tenant.
static INSPECT: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(1, |_, id| {
        let columns = columns_of_p();
        format!("SELECT {columns} FROM profiles AS p WHERE p.id = {id}")
    })
});

/// Like [`INSPECT`], with the number of the latest entry of its history, on SQLite.
static FIND_WITH_LAST_CHANGE: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(1, |_, id| {
        let columns = columns_of_p();
        format!("SELECT {columns}, p.last_change FROM profiles AS p WHERE p.id = {id}")
    })
});

/// As [`FIND`] from `$2`, if the profile is of the tenant `$1` or that is null, with the number of
/// the latest entry of its history, on SQLite.
static FIND_TO_UPDATE: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(2, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!(
            "SELECT {columns}, p.last_change FROM profiles AS p \
             WHERE p.id = {id} AND ($1 IS NULL OR p.tenant_id = $1) AND {is_active}"
        )
    })
});

/// Reads `$2` profiles in the order of their ids, after the id `$1`. No profile has the nil UUID:
/// theirs are of version 7.
static LIST: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|_| {
        let columns = columns_of_p();
        format!(
            "SELECT {columns} FROM profiles AS p \
             WHERE p.id > COALESCE($1, '00000000-0000-0000-0000-000000000000') \
             ORDER BY p.id LIMIT $2"
        )
    })
});

/// Adds the profile of the document `$1`, which was created at `$11`, updated at `$12` and
/// suspended at `$13`.
///
/// On PostgreSQL this writes the external ids of `$2`, the identities of `$3` and the first entry of
/// history as well, with where it comes from in `$4` to `$8`, and claims the user name whose digests
/// are in `$9`; names rest for `$10`.
static ADD: LazyLock<Sql> = LazyLock::new(|| Sql::composed(add_text));

fn add_text(flavour: Flavour) -> String {
    let bare = joined(|column| column.name.to_owned());
    let values = joined(|column| match column.name {
        "created_at" => "$11".to_owned(),
        "updated_at" => "$12".to_owned(),
        "suspended_at" => "$13".to_owned(),
        name => typed(column, &format!("($1 ->> '{name}')")),
    });
    match flavour {
        Flavour::Sqlite => {
            format!("INSERT INTO profiles ({bare}, last_change) VALUES ({values}, {NEXT_CHANGE})")
        }
        Flavour::Postgres => {
            let claim = usernames::set_for_p(9, 10);
            format!(
                "WITH p AS (INSERT INTO profiles ({bare}) VALUES ({values}) \
                 RETURNING id, version, username, username_key){claim}, \
                 external AS (INSERT INTO external_ids (dialect, external_id, profile_id) \
                 SELECT pair.value ->> 0, pair.value ->> 1, p.id \
                 FROM jsonb_array_elements($2) AS pair, p), \
                 identity AS (INSERT INTO identities (issuer, subject, profile_id) \
                 SELECT pair.value ->> 0, pair.value ->> 1, p.id \
                 FROM jsonb_array_elements($3) AS pair, p), \
                 change AS (INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT id, version, $4, $5, $6, $7, $8, '{{}}' FROM p) \
                 SELECT id::text FROM p"
            )
        }
    }
}

/// Adds the pairs of dialect and id in `$1` as external ids of the profile `$2`, on SQLite.
static ADD_EXTERNAL_IDS: Sql = Sql::new(
    "INSERT INTO external_ids (dialect, external_id, profile_id) \
     SELECT pair.value ->> 0, pair.value ->> 1, $2 FROM json_each($1) AS pair",
);

/// Adds the pairs of issuer and subject in `$1` as identities of the profile `$2`, on SQLite.
static ADD_IDENTITIES: Sql = Sql::new(
    "INSERT INTO identities (issuer, subject, profile_id) \
     SELECT pair.value ->> 0, pair.value ->> 1, $2 FROM json_each($1) AS pair",
);

/// Locks the profile `$1`, on PostgreSQL: the statements after it see what was written for the
/// profile by those that held it.
static LOCK: Sql = Sql::new("SELECT id::text FROM profiles WHERE id = $1 FOR UPDATE");

/// Removes the profile `$1`, and its overrides.
static REMOVE: Sql = Sql::new("DELETE FROM profiles WHERE id = $1 RETURNING id::text");

static REMOVE_EXTERNAL_IDS: Sql = Sql::new("DELETE FROM external_ids WHERE profile_id = $1");

static REMOVE_IDENTITIES: Sql = Sql::new("DELETE FROM identities WHERE profile_id = $1");

/// The condition that neither the profile `p` nor its tenant is suspended.
///
/// PostgreSQL looks up the few suspended tenants once for each statement, and not once for each
/// row: as an array, which costs it less than the hash tables that it makes for `NOT IN`. SQLite
/// would make a table of them for each profile that it reads.
pub(crate) fn is_active(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Postgres => {
            "p.suspended_at IS NULL AND p.tenant_id <> ALL (ARRAY(SELECT t.id FROM tenants AS t \
             WHERE t.suspended_at IS NOT NULL))"
        }
        Flavour::Sqlite => {
            "p.suspended_at IS NULL AND NOT EXISTS (SELECT 1 FROM tenants AS t \
             WHERE t.id = p.tenant_id AND t.suspended_at IS NOT NULL)"
        }
    }
}

/// The columns of the profile `p`, as [`ProfileRow`] reads them.
pub(crate) fn columns_of_p() -> String {
    joined(|column| format!("p.{}", column.name))
}

pub(crate) fn joined(write: impl Fn(Column) -> String) -> String {
    let columns: Vec<_> = COLUMNS.iter().copied().map(write).collect();
    columns.join(", ")
}

/// A value, which is text, as what the column holds.
pub(crate) fn typed(column: Column, value: &str) -> String {
    match column.kind {
        Kind::Text => value.to_owned(),
        Kind::Time => format!("{value}::timestamptz"),
        Kind::Flag => format!("{value}::boolean"),
        Kind::Number => format!("{value}::bigint"),
        Kind::Id => format!("{value}::uuid"),
    }
}

pub(crate) fn find(who: &ProfileRef) -> Statement {
    FIND.with([], who)
}

pub(crate) fn find_in(tenant: TenantId, who: &ProfileRef) -> Statement {
    FIND_IN.with([tenant.into()], who)
}

pub(crate) fn inspect(who: &ProfileRef) -> Statement {
    INSPECT.with([], who)
}

pub(crate) fn find_to_update(tenant: Option<TenantId>, who: &ProfileRef) -> Statement {
    FIND_TO_UPDATE.with([tenant.into()], who)
}

pub(crate) fn find_with_last_change(who: &ProfileRef) -> Statement {
    FIND_WITH_LAST_CHANGE.with([], who)
}

pub(crate) fn list(after: Option<ProfileId>, limit: u32) -> Statement {
    LIST.with([after.into(), limit.into()])
}

/// Adds a profile; on PostgreSQL with all that belongs to it. A user name that was given up rests
/// for `rest`.
pub(crate) fn add(
    profile: &Profile,
    identities: &[Identity],
    provenance: &Provenance,
    rest: SignedDuration,
) -> Statement {
    let documents = [
        document::of(profile),
        external_ids(profile),
        identity_pairs(identities),
    ];
    let more = [
        usernames::digests(&profile.username),
        rest.into(),
        profile.created_at.into(),
        profile.updated_at.into(),
        profile.suspended_at.into(),
    ];
    let parameters = documents.into_iter().chain(origin(provenance));
    ADD.with(parameters.chain(more))
}

pub(crate) fn add_external_ids(profile: &Profile) -> Statement {
    ADD_EXTERNAL_IDS.with([external_ids(profile), profile.id.into()])
}

pub(crate) fn add_identities(id: ProfileId, identities: &[Identity]) -> Statement {
    ADD_IDENTITIES.with([identity_pairs(identities), id.into()])
}

fn external_ids(profile: &Profile) -> Parameter {
    Parameter::json(&profile.external_ids.iter().collect::<Vec<_>>())
}

fn identity_pairs(identities: &[Identity]) -> Parameter {
    let pairs = identities.iter();
    let pairs = pairs.map(|Identity { issuer, subject }| (issuer, subject));
    Parameter::json(&pairs.collect::<Vec<_>>())
}

pub(crate) fn lock(id: ProfileId) -> Statement {
    LOCK.with([id.into()])
}

/// The statements that remove a profile from all tables, in one transaction. What is left are the
/// entries of its history without what was written, and reservations of its names. The last
/// statement returns a row if there was such a profile.
pub(crate) fn removal(id: ProfileId) -> Vec<Statement> {
    let [entries, creator] = catalogue::remove_profile(id);
    let [names, reservations] = usernames::remove_profile(id);
    vec![
        history::erase(id),
        entries,
        creator,
        names,
        reservations,
        uploads::remove_profile(id),
        images::remove_profile(id),
        REMOVE_EXTERNAL_IDS.with([id.into()]),
        REMOVE_IDENTITIES.with([id.into()]),
        REMOVE.with([id.into()]),
    ]
}
