//! Statements about who holds a user name.
//!
//! A claim is the SHA-256 of a skeleton of a name, of which each name has one or two, so that nothing of the name of a removed user
//! is left. A claim that was released rests: for some time, only its former holder can take it.

use std::sync::LazyLock;

use super::{Flavour, Texts, now};

/// How many claims of a profile rest, beside the one that is released by the same statement.
const MAX_RESTING: usize = 9;

/// Reads the ids of the profiles that the name with the key `$1` and the digests in `$2` belongs to; a
/// claim rests for `$3` microseconds.
pub(crate) static USERNAME_HOLDERS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (id, profile_id) = match flavour {
            Flavour::Postgres => ("id::text", "profile_id::text"),
            Flavour::Sqlite => ("id", "profile_id"),
        };
        let (now, digests) = (now(flavour), texts(flavour, "$2"));
        format!(
            ") SELECT {id} FROM profiles WHERE username_key = $1 UNION \
             SELECT {profile_id} FROM username_claims WHERE digest IN ({digests}) \
             AND (released_at IS NULL OR released_at > {now} - $3)"
        )
    })
});

/// Claims the digests in `$1` for the profile `$2`, on SQLite, where the writer has read
/// [`USERNAME_HOLDERS`] before in the same transaction.
pub(crate) static CLAIM_USERNAME: LazyLock<Texts> = LazyLock::new(|| {
    let digests = texts(Flavour::Sqlite, "$1");
    Texts::of_sqlite(&format!(
        ") INSERT INTO username_claims (digest, profile_id) SELECT d.value, $2 \
         FROM ({digests}) AS d WHERE TRUE ON CONFLICT (digest) \
         DO UPDATE SET profile_id = excluded.profile_id, released_at = NULL"
    ))
});

/// Forgets the oldest claims of the profile `$2` that rest, but for the digests in `$1`, on SQLite.
pub(crate) static FORGET_USERNAMES: LazyLock<Texts> = LazyLock::new(|| {
    let digests = texts(Flavour::Sqlite, "$1");
    Texts::of_sqlite(&format!(
        ") DELETE FROM username_claims WHERE profile_id = $2 AND released_at IS NOT NULL \
         AND digest NOT IN ({digests}) AND digest NOT IN (SELECT digest FROM username_claims \
         WHERE profile_id = $2 AND released_at IS NOT NULL \
         ORDER BY released_at DESC, digest LIMIT {MAX_RESTING})"
    ))
});

/// Releases the claims of the profile `$2` but for the digests in `$1`, on SQLite, whose clock counts
/// milliseconds: a claim that is released later has a later time, so that the oldest is known.
pub(crate) static RELEASE_USERNAMES: LazyLock<Texts> = LazyLock::new(|| {
    let (now, digests) = (now(Flavour::Sqlite), texts(Flavour::Sqlite, "$1"));
    Texts::of_sqlite(&format!(
        ") UPDATE username_claims SET released_at = max({now}, 1 + COALESCE((SELECT \
         max(other.released_at) FROM username_claims AS other WHERE other.profile_id = $2), 0)) \
         WHERE profile_id = $2 AND digest NOT IN ({digests}) AND released_at IS NULL"
    ))
});

/// Removes the claims that have rested for `$1` microseconds.
pub(crate) static PURGE_USERNAMES: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let now = now(flavour);
        format!(") DELETE FROM username_claims WHERE released_at <= {now} - $1 RETURNING digest")
    })
});

/// Adds the claims in `$1` (arrays of digest and profile) whose digests are free and whose profiles
/// are still there.
pub(crate) static ADD_CLAIMS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let (each, id) = match flavour {
            Flavour::Postgres => ("jsonb_array_elements", "(item.value ->> 1)::uuid"),
            Flavour::Sqlite => ("json_each", "item.value ->> 1"),
        };
        format!(
            ") INSERT INTO username_claims (digest, profile_id) SELECT item.value ->> 0, {id} \
             FROM {each}($1) AS item WHERE EXISTS (SELECT 1 FROM profiles AS holder WHERE holder.id = {id}) \
             ON CONFLICT DO NOTHING RETURNING digest"
        )
    })
});

/// Releases the claims of profiles that are not there.
pub(crate) static RELEASE_ORPHANS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|flavour| {
        let now = now(flavour);
        format!(
            ") UPDATE username_claims SET released_at = {now} WHERE released_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM profiles AS holder WHERE holder.id = profile_id) RETURNING digest"
        )
    })
});

/// Reads what a migration left to the program.
pub(crate) static PENDING_WORK: LazyLock<Texts> =
    LazyLock::new(|| Texts::of(|_| ") SELECT name FROM pending_work".to_owned()));

/// Notes that the work `$1` was done.
pub(crate) static WORK_DONE: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(|_| ") DELETE FROM pending_work WHERE name = $1 RETURNING name".to_owned())
});

/// The statements of PostgreSQL that claim the digests in the parameter `digests` for the new or
/// renamed profile `p`, and release its other claims; a claim rests for `rest` microseconds. They
/// fail if one of them belongs to another profile, because no claim can be without a profile.
/// Nothing happens if there are no digests or `p` had the name before.
pub(super) fn claim(digests: &str, rest: &str) -> String {
    let (now, each) = (now(Flavour::Postgres), texts(Flavour::Postgres, digests));
    // The statement does not see its own update: `old` is the profile as it was.
    let is_new = format!(
        "{digests} <> '[]' AND NOT EXISTS (SELECT 1 FROM profiles AS old \
         WHERE old.id = p.id AND old.username = p.username)"
    );
    format!(
        ", claimed AS (INSERT INTO username_claims AS c (digest, profile_id) \
         SELECT d.value, p.id FROM p CROSS JOIN ({each}) AS d WHERE {is_new} ORDER BY d.value \
         ON CONFLICT (digest) DO UPDATE \
         SET profile_id = CASE WHEN c.profile_id = excluded.profile_id \
         OR c.released_at <= {now} - {rest} THEN excluded.profile_id END, released_at = NULL), \
         released AS (UPDATE username_claims AS c SET released_at = {now} FROM p \
         WHERE c.profile_id = p.id AND c.digest NOT IN ({each}) AND c.released_at IS NULL \
         AND {is_new}), \
         forgotten AS (DELETE FROM username_claims AS c USING p \
         WHERE c.profile_id = p.id AND c.digest NOT IN ({each}) AND c.released_at IS NOT NULL \
         AND c.digest NOT IN (SELECT other.digest FROM username_claims AS other, p \
         WHERE other.profile_id = p.id AND other.released_at IS NOT NULL \
         ORDER BY other.released_at DESC, other.digest LIMIT {MAX_RESTING}) AND {is_new})"
    )
}

/// The texts of the JSON array that is a parameter.
fn texts(flavour: Flavour, parameter: &str) -> String {
    match flavour {
        Flavour::Postgres => format!("SELECT value FROM jsonb_array_elements_text({parameter})"),
        Flavour::Sqlite => format!("SELECT value FROM json_each({parameter})"),
    }
}

/// The statement of PostgreSQL that releases the claims of the removed profile `p`.
pub(super) fn release() -> String {
    let now = now(Flavour::Postgres);
    format!(
        "UPDATE username_claims AS c SET released_at = {now} FROM p \
         WHERE c.profile_id = p.id AND c.released_at IS NULL"
    )
}
