//! Statements about the history of profiles.
//!
//! On PostgreSQL an index finds the entries of a profile, and other statements write them. On
//! SQLite the profile names its latest entry and each entry the one before it: an index would be
//! one more page to write for each change.

use std::sync::LazyLock;

use super::{Flavour, Named, Texts, answer, tenants::served};

/// The number of the next entry, on SQLite. The last entry is never removed.
pub(super) const NEXT_CHANGE: &str = "(SELECT COALESCE(MAX(seq), 0) + 1 FROM profile_changes)";

/// The entries of the profile `$1`, the latest first, on SQLite; also of one that is removed.
const CHAIN: &str = "chain (seq) AS (\
     SELECT last_change FROM profiles WHERE id = $1 \
     UNION ALL SELECT last_change FROM removed_profiles WHERE id = $1 \
     UNION ALL SELECT c.previous FROM chain JOIN profile_changes AS c ON c.seq = chain.seq \
     WHERE c.previous IS NOT NULL";

/// Reads the profile that the parameters name and the number of its latest entry, on SQLite.
pub(crate) static FIND_WITH_LAST_CHANGE: LazyLock<Named> = LazyLock::new(|| {
    Named::of_sqlite(1, |id| {
        let columns = answer();
        format!(") SELECT {columns}, p.last_change FROM profiles AS p WHERE p.id = {id}")
    })
});

/// As [`FIND_WITH_LAST_CHANGE`] from `$2`, among the profiles of the tenant `$1` where that is not
/// null, and where the profile is served.
pub(crate) static FIND_TO_UPDATE: LazyLock<Named> = LazyLock::new(|| {
    Named::of_sqlite(2, |id| {
        let (columns, served) = (answer(), served(Flavour::Sqlite));
        format!(
            ") SELECT {columns}, p.last_change FROM profiles AS p \
             WHERE p.id = {id} AND ($1 IS NULL OR p.tenant_id = $1) AND {served}"
        )
    })
});

/// Writes the document `$1` into the history of profile `$2`, which is at version `$3`, after the
/// entry `$9`, on SQLite; `$4` to `$8` are where the change comes from.
pub(crate) static RECORD: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(&format!(
        ") INSERT INTO profile_changes \
         (seq, previous, profile_id, version, at, actor, dialect, api_version, request_id, patch) \
         VALUES ({NEXT_CHANGE}, $9, $2, $3, $4, $5, $6, $7, $8, $1)"
    ))
});

/// Reads the latest `$2` changes of profile `$1`.
pub(crate) static HISTORY: LazyLock<Texts> = LazyLock::new(|| {
    const COLUMNS: &str = "version, at, actor, dialect, api_version, request_id";
    Texts::of(|flavour| match flavour {
        Flavour::Postgres => format!(
            ") SELECT {COLUMNS}, patch::text FROM profile_changes WHERE profile_id = $1::uuid \
             ORDER BY version DESC, seq DESC LIMIT $2"
        ),
        Flavour::Sqlite => format!(
            "), {CHAIN} LIMIT $2) SELECT {COLUMNS}, patch FROM profile_changes \
             WHERE seq IN (SELECT seq FROM chain) ORDER BY seq DESC"
        ),
    })
});

/// Which of the entries `s` that were looked at are too old (`$3`), and how many entries of a
/// profile `p` are kept (`$4`). The latest entry of a profile stays.
const IS_OLD: &str = "s.at < $3 AND (p.id IS NULL OR s.version < p.version)";

/// Looks at `$2` entries after the entry `$1`, removes those that are too old and those that are too
/// many, and returns an array: the last entry that was looked at, when it was made, how many there
/// were and how many were removed. On PostgreSQL.
pub(crate) static TRIM_HISTORY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_postgres(format!(
        "), s AS MATERIALIZED (SELECT seq, profile_id, version, at FROM profile_changes \
         WHERE seq > $1 ORDER BY seq LIMIT $2), \
         due AS (SELECT s.seq FROM s LEFT JOIN profiles AS p ON p.id = s.profile_id WHERE {IS_OLD} \
         UNION SELECT c.seq FROM (SELECT DISTINCT s.profile_id FROM s) AS s \
         JOIN profiles AS p ON p.id = s.profile_id CROSS JOIN LATERAL \
         (SELECT c.seq FROM profile_changes AS c WHERE c.profile_id = p.id \
         AND c.version <= p.version - $4 ORDER BY c.version LIMIT $2) AS c LIMIT $2), \
         gone AS (DELETE FROM profile_changes AS c USING due WHERE c.seq = due.seq \
         RETURNING c.seq) \
         SELECT json_build_array((SELECT max(seq) FROM s), \
         (SELECT at FROM s ORDER BY seq DESC LIMIT 1), (SELECT count(*) FROM s), \
         (SELECT count(*) FROM gone))::text"
    ))
});

/// As [`TRIM_HISTORY`], on SQLite, where nothing is removed yet: the last member of the array is an
/// array of the entries to remove.
///
/// The very last entry stays, whosever it is: numbers are never used twice.
pub(crate) static DUE_HISTORY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(&format!(
        "), s AS MATERIALIZED (SELECT seq, profile_id, version, at FROM profile_changes \
         WHERE seq > $1 ORDER BY seq LIMIT $2), \
         chain (seq, version) AS (SELECT p.last_change, p.version \
         FROM (SELECT DISTINCT s.profile_id FROM s) AS s JOIN profiles AS p ON p.id = s.profile_id \
         WHERE p.version > $4 UNION ALL SELECT c.previous, chain.version FROM chain \
         JOIN profile_changes AS c ON c.seq = chain.seq WHERE c.previous IS NOT NULL), \
         due AS (SELECT s.seq FROM s LEFT JOIN profiles AS p ON p.id = s.profile_id WHERE {IS_OLD} \
         UNION SELECT c.seq FROM chain JOIN profile_changes AS c ON c.seq = chain.seq \
         WHERE c.version <= chain.version - $4 ORDER BY 1) \
         SELECT json_array((SELECT max(seq) FROM s), \
         (SELECT at FROM s ORDER BY seq DESC LIMIT 1), (SELECT count(*) FROM s), \
         (SELECT json_group_array(seq) FROM due \
         WHERE seq < (SELECT MAX(seq) FROM profile_changes)))"
    ))
});

/// Removes the entry `$1` if the one before it is gone, on SQLite: what is left of a history is
/// always found from its latest entry, also to erase it.
pub(crate) static REMOVE_CHANGE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(
        ") DELETE FROM profile_changes WHERE seq = $1 AND NOT EXISTS (SELECT 1 \
         FROM profile_changes AS before WHERE before.seq = profile_changes.previous)",
    )
});

/// Takes out of the history of profile `$1` what was written and by whom, on SQLite.
pub(crate) static ERASE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(&format!(
        "), {CHAIN}) UPDATE profile_changes SET patch = '{{}}', actor = '' \
         WHERE seq IN (SELECT seq FROM chain)"
    ))
});

/// Keeps the history of profile `$1`, which is about to be removed, to be found, on SQLite.
pub(crate) static BURY: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of_sqlite(
        ") INSERT INTO removed_profiles (id, last_change) \
         SELECT id, last_change FROM profiles WHERE id = $1 AND last_change IS NOT NULL",
    )
});
