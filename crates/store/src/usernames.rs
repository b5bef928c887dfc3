//! The tables `usernames` and `username_reservations`.
//!
//! A reservation is the SHA-256 of one of the name's one or two skeletons, so that it does not
//! reveal the name of a removed user. For some time after its release, only its former owner can
//! renew it.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::SignedDuration;
use manyface_core::{ProfileId, Username, text::to_hex};

use crate::{
    database::{Columns, FromRow},
    sql::{Parameter, Sql, Statement},
};

/// The maximum number of released reservations of a profile, in addition to those that the same
/// statement releases.
const MAX_RELEASED: usize = 9;

/// Reads the ids of the profiles that own the name with the key `$1` or one of the digests in `$2`.
/// Released names stay reserved for `$3`.
static HOLDERS: Sql = Sql::new(
    "SELECT profile_id::text AS id FROM usernames WHERE username_key = $1 UNION \
     SELECT profile_id::text AS id FROM username_reservations \
     WHERE digest IN (SELECT value FROM jsonb_array_elements_text($2)) AND (released_at IS NULL \
     OR released_at > clock_timestamp() - $3)",
);

static REMOVE: Sql = Sql::new("DELETE FROM usernames WHERE profile_id = $1");

/// Adds the name with the key `$2` to the profile `$1`. SQLite only.
static ADD: Sql = Sql::new("INSERT INTO usernames (profile_id, username_key) VALUES ($1, $2)");

/// Reserves the digests in `$1` for the profile `$2`. SQLite only: the writer has read [`HOLDERS`]
/// in the same transaction.
static RESERVE: Sql = Sql::new(
    "INSERT INTO username_reservations (digest, profile_id) SELECT d.value, $2 \
     FROM (SELECT value FROM json_each($1)) AS d WHERE TRUE ON CONFLICT (digest) \
     DO UPDATE SET profile_id = excluded.profile_id, released_at = NULL",
);

/// Removes the oldest released reservations of the profile `$2`, except the digests in `$1`. SQLite
/// only.
static REMOVE_OLDEST: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|_| {
        format!(
            "DELETE FROM username_reservations WHERE profile_id = $2 AND released_at IS NOT NULL \
             AND digest NOT IN (SELECT value FROM json_each($1)) \
             AND digest NOT IN (SELECT digest FROM username_reservations \
             WHERE profile_id = $2 AND released_at IS NOT NULL \
             ORDER BY released_at DESC, digest LIMIT {MAX_RELEASED})"
        )
    })
});

/// Releases the reservations of the profile `$2`, except the digests in `$1`. SQLite's clock has
/// milliseconds, so later releases get a later time there to keep their order.
static RELEASE: Sql = Sql::pair(
    "UPDATE username_reservations \
     SET released_at = clock_timestamp() \
     WHERE profile_id = $2 \
     AND digest NOT IN (SELECT value FROM jsonb_array_elements_text($1)) AND released_at IS NULL",
    "UPDATE username_reservations SET released_at = \
     max(CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER), 1 + COALESCE((SELECT \
     max(other.released_at) FROM username_reservations AS other WHERE other.profile_id = $2), 0)) \
     WHERE profile_id = $2 AND digest NOT IN (SELECT value FROM json_each($1)) \
     AND released_at IS NULL",
);

/// Removes the reservations that were released at least `$1` ago.
static PURGE_RELEASED: Sql = Sql::new(
    "DELETE FROM username_reservations WHERE released_at <= \
     clock_timestamp() - $1 RETURNING digest",
);

impl FromRow for ProfileId {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self(row.parse("id")?))
    }
}

pub(crate) fn holders(name: &Username, rest: SignedDuration) -> Statement {
    HOLDERS.with([name.key().into(), digests(name), rest.into()])
}

/// Gives a profile a name that has been checked, and releases its other names. SQLite only.
pub(crate) fn set(id: ProfileId, name: &Username) -> [Statement; 5] {
    let parameters = || [digests(name), id.into()];
    [
        REMOVE.with([id.into()]),
        ADD.with([id.into(), name.key().into()]),
        REMOVE_OLDEST.with(parameters()),
        RELEASE.with(parameters()),
        RESERVE.with(parameters()),
    ]
}

/// Removes the name of a profile, and releases its reservations.
pub(crate) fn remove_profile(id: ProfileId) -> [Statement; 2] {
    [
        REMOVE.with([id.into()]),
        RELEASE.with([Parameter::json_text("[]"), id.into()]),
    ]
}

pub(crate) fn purge_released(rest: SignedDuration) -> Statement {
    PURGE_RELEASED.with([rest.into()])
}

/// Returns the SHA-256 of each of a name's skeletons, as hexadecimal digits.
pub(crate) fn digests(name: &Username) -> Parameter {
    Parameter::json(&digest_list(name))
}

/// The values of [`digests`].
pub(crate) fn digest_list(name: &Username) -> Vec<String> {
    let digest_of = |skeleton: String| to_hex(digest(&SHA256, skeleton.as_bytes()).as_ref());
    name.skeletons().into_iter().map(digest_of).collect()
}

/// Returns the parts of a PostgreSQL statement that give the added or renamed profile `p` its name
/// and release its other names.
///
/// `digests` and `rest` are the numbers of the parameters for the digests of the name and for how
/// long a released name stays reserved. The statement fails if the name or a digest belongs to
/// another profile, because `profile_id` would be null. Nothing happens if there are no digests, or
/// if `p` already had the name.
pub(crate) fn set_name_of_p(digests: usize, rest: usize) -> String {
    // A statement does not see its own writes: `old` is the profile before the update.
    let is_new = format!(
        "${digests} <> '[]' AND NOT EXISTS (SELECT 1 FROM profiles AS old \
         WHERE old.id = p.id AND old.username = p.username)"
    );
    let each = format!("SELECT value FROM jsonb_array_elements_text(${digests})");
    let now = "clock_timestamp()";
    format!(
        ", named AS (INSERT INTO usernames AS n (username_key, profile_id) \
         SELECT p.username_key, p.id FROM p WHERE {is_new} ON CONFLICT (username_key) DO UPDATE \
         SET profile_id = CASE WHEN n.profile_id = excluded.profile_id THEN n.profile_id END), \
         unnamed AS (DELETE FROM usernames AS n USING p \
         WHERE n.profile_id = p.id AND n.username_key <> p.username_key AND {is_new}), \
         reserved AS (INSERT INTO username_reservations AS c (digest, profile_id) \
         SELECT d.value, p.id FROM p CROSS JOIN ({each}) AS d WHERE {is_new} ORDER BY d.value \
         ON CONFLICT (digest) DO UPDATE \
         SET profile_id = CASE WHEN c.profile_id = excluded.profile_id \
         OR c.released_at <= {now} - ${rest} THEN excluded.profile_id END, released_at = NULL), \
         released AS (UPDATE username_reservations AS c SET released_at = {now} FROM p \
         WHERE c.profile_id = p.id AND c.digest NOT IN ({each}) AND c.released_at IS NULL \
         AND {is_new}), \
         purged AS (DELETE FROM username_reservations AS c USING p \
         WHERE c.profile_id = p.id AND c.digest NOT IN ({each}) AND c.released_at IS NOT NULL \
         AND c.digest NOT IN (SELECT other.digest FROM username_reservations AS other, p \
         WHERE other.profile_id = p.id AND other.released_at IS NOT NULL \
         ORDER BY other.released_at DESC, other.digest LIMIT {MAX_RELEASED}) AND {is_new})"
    )
}
