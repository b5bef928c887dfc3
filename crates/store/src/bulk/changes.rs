//! Export and import of the table `profile_changes`.

use diesel::deserialize::Result as RowResult;
use manyface_core::{ChangeRecord, Json, LineJson, ProfileId, Record};
use serde_json::{Value, json};

use super::time;
use crate::{
    database::{Columns, FromRow},
    sql::{Flavour, Parameter, Sql, Statement},
};

/// Reads `$2` entries after the entry `$1`, of all profiles.
static PAGE: Sql = Sql::new(
    "SELECT seq, profile_id::text AS profile_id, version, at, actor, dialect, api_version, \
     request_id, patch::text AS patch \
     FROM profile_changes WHERE seq > $1 ORDER BY seq LIMIT $2",
);

/// Adds the entries of the array `$1` that follow the latest entry of their profile. The profile
/// must have the same or a later version, or must have been removed with the entry erased.
///
/// On SQLite, the entries of the array are linked to each other, and [`link`] links the profiles to
/// the latest ones.
static INSERT: Sql = Sql::pair(
    "INSERT INTO profile_changes \
     (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
     SELECT (e.value ->> 'profile_id')::uuid, (e.value ->> 'version')::bigint, \
     (e.value ->> 'at')::timestamptz, e.value ->> 'actor', e.value ->> 'dialect', \
     e.value ->> 'api_version', e.value ->> 'request_id', (e.value ->> 'patch')::json \
     FROM jsonb_array_elements($1) WITH ORDINALITY AS e (value, place) \
     LEFT JOIN profiles AS p ON p.id = (e.value ->> 'profile_id')::uuid \
     WHERE CASE WHEN p.id IS NULL THEN (e.value ->> 'is_erased')::boolean \
     ELSE (e.value ->> 'version')::bigint <= p.version END \
     AND NOT EXISTS (SELECT 1 FROM profile_changes AS c \
     WHERE c.profile_id = (e.value ->> 'profile_id')::uuid \
     AND c.version >= (e.value ->> 'version')::bigint) \
     ORDER BY e.place RETURNING profile_id::text || ' ' || version::text",
    "INSERT INTO profile_changes (seq, previous, profile_id, version, at, actor, dialect, \
     api_version, request_id, patch) \
     SELECT n.seq, COALESCE(lag(n.seq) OVER (PARTITION BY n.profile_id ORDER BY n.seq), \
     n.last_change), n.profile_id, n.version, n.at, n.actor, n.dialect, n.api_version, \
     n.request_id, n.patch FROM (SELECT \
     (SELECT COALESCE(MAX(seq), 0) FROM profile_changes) + e.key + 1 AS seq, \
     COALESCE(p.last_change, r.last_change) AS last_change, \
     (e.value ->> 'profile_id') AS profile_id, (e.value ->> 'version') AS version, \
     (e.value ->> 'at') AS at, (e.value ->> 'actor') AS actor, \
     (e.value ->> 'dialect') AS dialect, (e.value ->> 'api_version') AS api_version, \
     (e.value ->> 'request_id') AS request_id, (e.value ->> 'patch') AS patch \
     FROM json_each($1) AS e LEFT JOIN profiles AS p ON p.id = (e.value ->> 'profile_id') \
     LEFT JOIN removed_profiles AS r ON r.id = (e.value ->> 'profile_id') \
     LEFT JOIN profile_changes AS c ON c.seq = COALESCE(p.last_change, r.last_change) \
     WHERE (CASE WHEN p.id IS NULL THEN (e.value ->> 'is_erased') \
     ELSE (e.value ->> 'version') <= p.version END) \
     AND (c.seq IS NULL OR c.version < (e.value ->> 'version'))) AS n WHERE TRUE ORDER BY n.seq \
     RETURNING profile_id || ' ' || version",
);

/// Sets the latest entry of the profiles of the last `$1` entries. SQLite only.
static LINK_PROFILES: Sql = Sql::new(
    "UPDATE profiles SET last_change = c.seq FROM (SELECT profile_id, MAX(seq) AS seq \
     FROM profile_changes WHERE seq > (SELECT MAX(seq) FROM profile_changes) - $1 \
     GROUP BY profile_id) AS c WHERE profiles.id = c.profile_id",
);

/// Sets the latest entry of the removed profiles of the last `$1` entries. SQLite only.
static LINK_REMOVED: Sql = Sql::new(
    "INSERT INTO removed_profiles (id, last_change) SELECT profile_id, MAX(seq) \
     FROM profile_changes WHERE seq > (SELECT MAX(seq) FROM profile_changes) - $1 \
     AND NOT EXISTS (SELECT 1 FROM profiles AS p WHERE p.id = profile_changes.profile_id) \
     GROUP BY profile_id ON CONFLICT (id) DO UPDATE SET last_change = excluded.last_change",
);

/// An entry and its number.
pub(super) struct ChangeRow {
    pub(super) seq: i64,
    pub(super) change: ChangeRecord,
}

impl FromRow for ChangeRow {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let change = ChangeRecord {
            profile_id: ProfileId(row.parse("profile_id")?),
            version: row.number("version")?,
            at: row.time("at")?,
            actor: row.text("actor")?,
            dialect: row.text("dialect")?,
            api_version: row.text_or_none("api_version")?,
            request_id: row.text("request_id")?,
            patch: LineJson(Json::parse(row.text("patch")?)?),
        };
        let seq = row.number("seq")?;
        Ok(Self { seq, change })
    }
}

pub(super) fn page(after: i64, limit: u32) -> Statement {
    PAGE.with([after.into(), limit.into()])
}

/// Returns the changes among `records` as an array.
pub(super) fn documents(flavour: Flavour, records: &[Record]) -> Parameter {
    let changes = records.iter().filter_map(|record| match record {
        Record::Change(change) => Some(document(flavour, change)),
        Record::Tenant(_)
        | Record::CatalogueEntry(_)
        | Record::User(_)
        | Record::UsernameReservation(_)
        | Record::ApiKey(_)
        | Record::Image(_)
        | Record::File(_) => None,
    });
    Parameter::json(&changes.collect::<Vec<_>>())
}

fn document(flavour: Flavour, change: &ChangeRecord) -> Value {
    json!({
        "profile_id": change.profile_id,
        "version": change.version,
        "at": time(flavour, change.at),
        "actor": change.actor,
        "dialect": change.dialect,
        "api_version": change.api_version,
        "request_id": change.request_id,
        "patch": change.patch.0.as_str(),
        "is_erased": change.is_erased(),
    })
}

pub(super) fn insert(documents: Parameter) -> Statement {
    INSERT.with([documents])
}

/// Returns the statements that follow an insert of `count` entries. The added entries are among the
/// last `count` ones. SQLite only.
pub(super) fn link(count: usize) -> [Statement; 2] {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    [&LINK_PROFILES, &LINK_REMOVED].map(|link| link.with([count.into()]))
}
