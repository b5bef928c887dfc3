//! Statements about the history of profiles.
//!
//! On PostgreSQL an index finds the entries of a profile, and other statements write them. On
//! SQLite the profile names its latest entry and each entry the one before it: an index would be
//! one more page to write for each change.

use std::sync::LazyLock;

use super::{Flavour, Named, Texts, answer, tenants::served};

/// The number of the next entry, on SQLite. Entries are never removed.
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
