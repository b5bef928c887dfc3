//! The tables `profiles`, `external_ids` and `identities`.

mod columns;
mod document;
mod edits;
pub(crate) mod many;
pub(crate) mod removal;
mod replace;
mod row;
mod search;
mod update;

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::SignedDuration;
use manyface_core::{
    Identity, Profile, ProfileId, ProfileRef, Provenance, TenantId, creation_document,
};

use self::columns::{COLUMNS, Column, Kind};
pub(crate) use self::{
    document::values as profile_values,
    replace::{identities, remove_identities, remove_overrides, replace},
    row::{ChainedRow, Cursor, IndexedRow, KeyedRow, ProfileRow},
    search::{before, page, search},
    update::{patch, update},
};
use crate::{
    history::NEXT_CHANGE,
    sql::{Flavour, Parameter, Sql, SqlByRef, Statement, origin},
    usernames,
};

/// Reads a profile of an active tenant.
static FIND: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(1, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!("SELECT {columns} FROM profiles AS p WHERE p.id = {id} AND {is_active}")
    })
});

/// Like [`FIND`], for a profile of the tenant `$1`. The profile is named from `$2`.
static FIND_IN: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(2, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!(
            "SELECT {columns} FROM profiles AS p \
             WHERE p.id = {id} AND p.tenant_id = $1 AND {is_active}"
        )
    })
});

/// Like [`FIND`], including profiles of suspended tenants.
static INSPECT: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(1, |_, id| {
        let columns = columns_of_p();
        format!("SELECT {columns} FROM profiles AS p WHERE p.id = {id}")
    })
});

/// Like [`INSPECT`], with the number of the latest history entry. SQLite only.
static FIND_WITH_LAST_CHANGE: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(1, |_, id| {
        let columns = columns_of_p();
        format!("SELECT {columns}, p.last_change FROM profiles AS p WHERE p.id = {id}")
    })
});

/// Like [`FIND_IN`], with the number of the latest history entry. `$1` may be null for any tenant.
/// SQLite only.
static FIND_TO_UPDATE: LazyLock<SqlByRef> = LazyLock::new(|| {
    SqlByRef::new(2, |flavour, id| {
        let (columns, is_active) = (columns_of_p(), is_active(flavour));
        format!(
            "SELECT {columns}, p.last_change FROM profiles AS p \
             WHERE p.id = {id} AND ($1 IS NULL OR p.tenant_id = $1) AND {is_active}"
        )
    })
});

/// Reads up to `$2` profiles after the id `$1`, in the order of ids. The nil UUID is before all of
/// them, because profiles have UUIDs of version 7.
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

/// Adds the profile in the document `$1`, created at `$11`, updated at `$12` and suspended at `$13`.
///
/// On PostgreSQL the statement also adds the external ids in `$2`, the identities in `$3` and the
/// first history entry `$14` with the provenance in `$4` to `$8`, and reserves the user name with the
/// digests in `$9`. A released name stays reserved for `$10`.
static ADD: LazyLock<Sql> = LazyLock::new(|| Sql::composed(add_text));

fn add_text(flavour: Flavour) -> String {
    let bare = join_columns(|column| column.name.to_owned());
    let values = join_columns(|column| match column.name {
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
            let reserve = usernames::set_name_of_p(9, 10);
            format!(
                "WITH p AS (INSERT INTO profiles ({bare}) VALUES ({values}) \
                 RETURNING id, version, username, username_key){reserve}, \
                 external AS (INSERT INTO external_ids (dialect, external_id, profile_id) \
                 SELECT pair.value ->> 0, pair.value ->> 1, p.id \
                 FROM jsonb_array_elements($2) AS pair, p), \
                 identity AS (INSERT INTO identities (issuer, subject, profile_id) \
                 SELECT pair.value ->> 0, pair.value ->> 1, p.id \
                 FROM jsonb_array_elements($3) AS pair, p), \
                 change AS (INSERT INTO profile_changes \
                 (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
                 SELECT id, version, $4, $5, $6, $7, $8, $14 FROM p) \
                 SELECT id::text FROM p"
            )
        }
    }
}

/// Adds the external ids in `$1`, pairs of dialect and id, of the profile `$2`. SQLite only.
static ADD_EXTERNAL_IDS: Sql = Sql::new(
    "INSERT INTO external_ids (dialect, external_id, profile_id) \
     SELECT pair.value ->> 0, pair.value ->> 1, $2 FROM json_each($1) AS pair",
);

/// Adds the identities in `$1`, pairs of issuer and subject, of the profile `$2`. SQLite only.
static ADD_IDENTITIES: Sql = Sql::new(
    "INSERT INTO identities (issuer, subject, profile_id) \
     SELECT pair.value ->> 0, pair.value ->> 1, $2 FROM json_each($1) AS pair",
);

/// Returns the condition that neither the profile `p` nor its tenant is suspended.
///
/// On PostgreSQL the array of suspended tenants is built once for each statement, and costs less
/// than the hash tables of `NOT IN`. SQLite would build such a list for each profile.
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

/// Returns the columns of the profile `p`, in the order in which [`ProfileRow`] reads them.
pub(crate) fn columns_of_p() -> String {
    join_columns(|column| format!("p.{}", column.name))
}

pub(crate) fn join_columns(write: impl Fn(Column) -> String) -> String {
    let columns: Vec<_> = COLUMNS.iter().copied().map(write).collect();
    columns.join(", ")
}

/// Casts the text expression `value` to the type of the column.
pub(crate) fn typed(column: Column, value: &str) -> String {
    match column.kind {
        Kind::Text => value.to_owned(),
        Kind::Time => format!("{value}::timestamptz"),
        Kind::Boolean => format!("{value}::boolean"),
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

/// Adds a profile, on PostgreSQL with its other rows. A released user name stays reserved for
/// `rest`.
pub(crate) fn add(
    profile: &Profile,
    identities: &[Identity],
    provenance: &Provenance,
    rest: SignedDuration,
) -> Statement {
    let documents = [
        document::from_profile(profile),
        external_ids(profile),
        identity_pairs(identities),
    ];
    let more = [
        usernames::digests(&profile.username),
        rest.into(),
        profile.created_at.into(),
        profile.updated_at.into(),
        profile.suspended_at.into(),
        Parameter::document(&creation_document(profile, identities, &BTreeMap::new())),
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
