//! The table `profile_changes`.
//!
//! On PostgreSQL the key finds the entries of a profile, and other statements write them. On
//! SQLite the profile names its latest entry and each entry the one before it: an index would be
//! one more page to write for each change.

use std::sync::LazyLock;

use diesel::deserialize::Result as RowResult;
use manyface_core::{
    Change, PatchDocument, Profile, ProfileId, Provenance, Result, Retention, TenantId, Timestamp,
    TrimmedHistory,
};
use serde::de::DeserializeOwned;

use crate::{
    database::{Columns, FromRow, unreadable},
    sql::{Parameter, Sql, Statement, origin},
};

/// The maximum number of entries that are checked, and removed, at a time.
pub(crate) const BATCH: u32 = 500;

/// The most bytes of a small entry. Histories of small entries are not measured if as many of them
/// as are kept fit.
const SMALL: u64 = 16 * 1024;

/// The number of the next entry, on SQLite. The last entry is never removed.
pub(crate) const NEXT_CHANGE: &str = "(SELECT COALESCE(MAX(seq), 0) + 1 FROM profile_changes)";

/// Writes the document `$1` into the history of the profile `$2`, which is at version `$3`, after
/// the entry `$9`, on SQLite; `$4` to `$8` are where the change comes from.
static RECORD: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|_| {
        format!(
            "INSERT INTO profile_changes (seq, previous, profile_id, version, at, actor, dialect, \
             api_version, request_id, patch) \
             VALUES ({NEXT_CHANGE}, $9, $2, $3, $4, $5, $6, $7, $8, $1)"
        )
    })
});

/// Reads the latest `$2` changes of the profile `$1`, also of a removed one.
static LIST: Sql = Sql::pair(
    "SELECT seq, profile_id::text, version, at, actor, dialect, api_version, request_id, patch::text \
     FROM profile_changes WHERE profile_id = $1 ORDER BY seq DESC LIMIT $2",
    "WITH chain (seq) AS (SELECT last_change FROM profiles WHERE id = $1 \
     UNION ALL SELECT last_change FROM removed_profiles WHERE id = $1 \
     UNION ALL SELECT c.previous FROM chain JOIN profile_changes AS c ON c.seq = chain.seq \
     WHERE c.previous IS NOT NULL LIMIT $2) \
     SELECT seq, profile_id, version, at, actor, dialect, api_version, request_id, patch \
     FROM profile_changes WHERE seq IN (SELECT seq FROM chain) ORDER BY seq DESC",
);

/// Reads the entry `$1`.
static FIND: Sql = Sql::new(
    "SELECT seq, profile_id::text, version, at, actor, dialect, api_version, request_id, \
     patch::text FROM profile_changes WHERE seq = $1 LIMIT 1",
);

/// Reads the first `$4` entries after the entry `$1` up to the entry `$2`, of profiles of the
/// tenant `$3` unless that is null, and of erasures in it.
static FEED: Sql = Sql::new(
    "SELECT c.seq AS seq, c.profile_id::text AS profile_id, c.version AS version, c.at AS at, \
     c.actor AS actor, c.dialect AS dialect, c.api_version AS api_version, \
     c.request_id AS request_id, c.patch::text AS patch FROM profile_changes AS c \
     WHERE c.seq > $1 AND c.seq <= $2 AND ($3 IS NULL OR EXISTS (SELECT 1 FROM profiles AS p \
     WHERE p.id = c.profile_id AND p.tenant_id = $3) OR (c.actor <> '' AND EXISTS (SELECT 1 \
     FROM erasures AS e WHERE e.profile_id = c.profile_id AND e.tenant_id = $3))) \
     ORDER BY c.seq LIMIT $4",
);

/// Returns the number of the last entry if it is after the entry `$1`, on PostgreSQL.
static LAST: Sql = Sql::new(
    "SELECT c.seq::text FROM profile_changes AS c WHERE c.seq > $1 ORDER BY c.seq DESC LIMIT 1",
);

/// Returns the open transactions that write to the history, on PostgreSQL. A transaction locks the
/// table before it draws the number of an entry.
static WRITERS: Sql = Sql::new(
    "SELECT l.virtualtransaction FROM pg_locks AS l WHERE l.locktype = 'relation' AND l.granted \
     AND l.mode = 'RowExclusiveLock' AND l.relation = 'profile_changes'::regclass \
     AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())",
);

/// Checks `$2` entries after the entry `$1`, removes those that are older than `$3`, those of
/// which a profile has more than `$4`, and those before the latest that take `$5` bytes; returns an
/// array: the last entry that was checked, its time, how many were checked, and how many
/// were removed. The latest entry of a profile stays. A history is measured if an entry that is
/// checked has more than `$6` bytes, or if more than `$7` are kept.
///
/// On PostgreSQL `LIMIT 1` and the array of numbers make the planner use the indexes: it would read
/// all profiles, and all of the history, for the few that it cannot know of.
///
/// On SQLite nothing is removed yet: the last member of the array is an array of the entries to
/// remove. The very last entry stays, whosever it is: numbers are never used twice.
static TRIM: Sql = Sql::pair(
    "WITH s AS MATERIALIZED (SELECT seq, profile_id, version, at, pg_column_size(patch) AS bytes \
     FROM profile_changes WHERE seq > $1 ORDER BY seq LIMIT $2), \
     p AS MATERIALIZED (SELECT p.id, p.version, s.bytes FROM \
     (SELECT profile_id, max(bytes) AS bytes FROM s GROUP BY profile_id) AS s CROSS JOIN LATERAL \
     (SELECT id, version FROM profiles WHERE id = s.profile_id LIMIT 1) AS p), \
     due AS (SELECT s.seq FROM s LEFT JOIN p ON p.id = s.profile_id \
     WHERE s.at < $3 AND (p.id IS NULL OR s.version < p.version) \
     UNION SELECT c.seq FROM p CROSS JOIN LATERAL \
     (SELECT c.version FROM profile_changes AS c WHERE c.profile_id = p.id \
     ORDER BY c.seq LIMIT 1) AS oldest CROSS JOIN LATERAL \
     (SELECT c.seq FROM profile_changes AS c WHERE c.profile_id = p.id \
     AND c.version <= p.version - $4 ORDER BY c.seq \
     LIMIT greatest(0, least($2, p.version - $4 - oldest.version + 1))) AS c \
     UNION SELECT c.seq FROM p CROSS JOIN LATERAL (SELECT c.seq, c.version, \
     sum(pg_column_size(c.patch)) OVER (ORDER BY c.seq DESC) AS bytes \
     FROM profile_changes AS c WHERE c.profile_id = p.id) AS c \
     WHERE (p.bytes > $6 OR least(p.version, $4) > $7) AND c.bytes > $5 AND c.version < p.version \
     ORDER BY 1 LIMIT $2), \
     gone AS (DELETE FROM profile_changes WHERE seq = ANY (ARRAY(SELECT seq FROM due)) \
     RETURNING seq) \
     SELECT json_build_array((SELECT max(seq) FROM s), \
     (SELECT (extract(epoch FROM at) * 1000000)::bigint FROM s ORDER BY seq DESC LIMIT 1), \
     (SELECT count(*) FROM s), (SELECT count(*) FROM gone))::text",
    "WITH s AS MATERIALIZED (SELECT seq, profile_id, version, at, octet_length(patch) AS bytes \
     FROM profile_changes WHERE seq > $1 ORDER BY seq LIMIT $2), \
     measured AS (SELECT p.last_change FROM s JOIN profiles AS p ON p.id = s.profile_id \
     GROUP BY p.id HAVING max(s.bytes) > $6 OR min(p.version, $4) > $7), \
     sizes (seq, previous, bytes, is_beyond) AS (SELECT c.seq, c.previous, \
     octet_length(c.patch), FALSE FROM measured AS p \
     JOIN profile_changes AS c ON c.seq = p.last_change \
     UNION ALL SELECT c.seq, c.previous, sizes.bytes + octet_length(c.patch), \
     sizes.bytes + octet_length(c.patch) > $5 FROM sizes \
     JOIN profile_changes AS c ON c.seq = sizes.previous), \
     chain (seq, version) AS (SELECT p.last_change, p.version \
     FROM (SELECT DISTINCT s.profile_id FROM s) AS s JOIN profiles AS p ON p.id = s.profile_id \
     WHERE p.version > $4 UNION ALL SELECT c.previous, chain.version FROM chain \
     JOIN profile_changes AS c ON c.seq = chain.seq WHERE c.previous IS NOT NULL), \
     due AS (SELECT s.seq FROM s LEFT JOIN profiles AS p ON p.id = s.profile_id \
     WHERE s.at < $3 AND (p.id IS NULL OR s.version < p.version) \
     UNION SELECT c.seq FROM chain JOIN profile_changes AS c ON c.seq = chain.seq \
     WHERE c.version <= chain.version - $4 \
     UNION SELECT seq FROM sizes WHERE is_beyond ORDER BY 1) \
     SELECT json_array((SELECT max(seq) FROM s), \
     (SELECT at FROM s ORDER BY seq DESC LIMIT 1), (SELECT count(*) FROM s), \
     (SELECT json_group_array(seq) FROM due \
     WHERE seq < (SELECT MAX(seq) FROM profile_changes)))",
);

/// Removes the entry `$1` if the one before it is gone, on SQLite: what is left of a history is
/// always found from its latest entry, also to erase it.
static REMOVE: Sql = Sql::new(
    "DELETE FROM profile_changes WHERE seq = $1 AND NOT EXISTS (SELECT 1 \
     FROM profile_changes AS before WHERE before.seq = profile_changes.previous)",
);

/// Removes from the history of the profile `$1` what was written and by whom.
static ERASE: Sql = Sql::pair(
    "UPDATE profile_changes SET patch = '{}', actor = '' WHERE profile_id = $1",
    "WITH chain (seq) AS (SELECT last_change FROM profiles WHERE id = $1 \
     UNION ALL SELECT last_change FROM removed_profiles WHERE id = $1 \
     UNION ALL SELECT c.previous FROM chain JOIN profile_changes AS c ON c.seq = chain.seq \
     WHERE c.previous IS NOT NULL) UPDATE profile_changes SET patch = '{}', actor = '' \
     WHERE seq IN (SELECT seq FROM chain)",
);

/// Lets the history of the profile `$1`, which is about to be removed, be found later, on SQLite.
static ARCHIVE: Sql = Sql::new(
    "INSERT INTO removed_profiles (id, last_change) \
     SELECT id, last_change FROM profiles WHERE id = $1 AND last_change IS NOT NULL \
     ON CONFLICT (id) DO UPDATE SET last_change = excluded.last_change",
);

impl FromRow for Change {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        Ok(Self {
            seq: row.number("seq")?,
            profile_id: row.parse("profile_id")?,
            version: row.number("version")?,
            at: row.time("at")?,
            actor: row.text("actor")?,
            dialect: row.text("dialect")?,
            api_version: row.text_or_none("api_version")?,
            request_id: row.text("request_id")?,
            patch: PatchDocument::from_stored(row.text("patch")?),
        })
    }
}

/// Writes `patch` into the history of `profile`, whose entry before is `previous`, on SQLite.
pub(crate) fn record(
    profile: &Profile,
    patch: &PatchDocument,
    provenance: &Provenance,
    previous: Option<i64>,
) -> Statement {
    let change = [
        Parameter::document(patch),
        profile.id.into(),
        profile.version.into(),
    ];
    let parameters = change.into_iter().chain(origin(provenance));
    RECORD.with(parameters.chain([previous.into()]))
}

pub(crate) fn find(seq: i64) -> Statement {
    FIND.with([seq.into()])
}

pub(crate) fn feed(after: i64, last: i64, tenant: Option<TenantId>, limit: u32) -> Statement {
    FEED.with([after.into(), last.into(), tenant.into(), limit.into()])
}

pub(crate) fn last(after: i64) -> Statement {
    LAST.with([after.into()])
}

pub(crate) fn writers() -> Statement {
    WRITERS.with([])
}

pub(crate) fn list(id: ProfileId, limit: u32) -> Statement {
    LIST.with([id.into(), limit.into()])
}

/// See [`read_trimmed`].
pub(crate) fn trim(retention: &Retention, after: i64) -> Statement {
    let Retention {
        entries,
        bytes,
        since,
    } = retention;
    TRIM.with([
        after.into(),
        BATCH.into(),
        (*since).into(),
        (*entries).into(),
        (*bytes).into(),
        SMALL.into(),
        (bytes / SMALL).into(),
    ])
}

/// Removes the entry `seq` if it is the oldest of its history, on SQLite.
pub(crate) fn remove(seq: i64) -> Statement {
    REMOVE.with([seq.into()])
}

pub(crate) fn erase(id: ProfileId) -> Statement {
    ERASE.with([id.into()])
}

/// Lets the history be found after the removal of the profile, on SQLite.
pub(crate) fn archive(id: ProfileId) -> Statement {
    ARCHIVE.with([id.into()])
}

/// Reads the rows of [`trim`], with what was or is to be removed.
pub(crate) fn read_trimmed<T: DeserializeOwned>(rows: &[String]) -> Result<(TrimmedHistory, T)> {
    let row = rows.first().map_or("[null,null,0,null]", |row| row);
    let (last, at, count, removed): (Option<i64>, Option<i64>, u32, T) =
        serde_json::from_str(row).map_err(unreadable)?;
    let at = at.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let trimmed = TrimmedHistory {
        removed: 0,
        // With fewer than were asked for, the end is reached.
        last: last.filter(|_| count == BATCH),
        at,
    };
    Ok((trimmed, removed))
}
