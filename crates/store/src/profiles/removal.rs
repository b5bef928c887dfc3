//! The removal of a profile from all tables.

use manyface_core::{Erasure, Profile, ProfileId};

use crate::{
    catalogue, erasures, history, images,
    sql::{Sql, Statement},
    uploads, usernames,
};

/// Locks the profile `$1` if it is one of the tenant `$2`, at version `$3` and time `$4`, so that
/// later statements see the writes of previous holders of the lock. PostgreSQL only.
static LOCK: Sql = Sql::new(
    "SELECT id::text FROM profiles WHERE id = $1 AND ($2 IS NULL OR tenant_id = $2) \
     AND ($3 IS NULL OR (version = $3 AND updated_at = $4)) FOR UPDATE",
);

/// Removes the profile `$1` and, by foreign key, its overrides.
static REMOVE: Sql = Sql::new("DELETE FROM profiles WHERE id = $1 RETURNING id::text");

static REMOVE_EXTERNAL_IDS: Sql = Sql::new("DELETE FROM external_ids WHERE profile_id = $1");

static REMOVE_IDENTITIES: Sql = Sql::new("DELETE FROM identities WHERE profile_id = $1");

pub(crate) fn lock(id: ProfileId, erasure: &Erasure) -> Statement {
    let expected = erasure.expected.as_ref();
    LOCK.with([
        id.into(),
        erasure.tenant.into(),
        expected.map(|state| state.version).into(),
        expected.map(|state| state.updated_at).into(),
    ])
}

/// Returns the statements that add the receipt of the erasure of a profile with this number of
/// identities, remove the content of the history and add the entry of the erasure, before the
/// [`statements`].
pub(crate) fn record(profile: &Profile, identities: usize, erasure: &Erasure) -> [Statement; 3] {
    let [receipt, entry] = erasures::record(profile, identities, erasure);
    [receipt, history::erase(profile.id), entry]
}

/// Returns the statements that remove a profile from all tables in one transaction.
///
/// Its history entries and the reservations of its names remain. The last statement returns a row if
/// the profile existed.
pub(crate) fn statements(id: ProfileId) -> Vec<Statement> {
    let [entries, creator] = catalogue::remove_profile(id);
    let [names, reservations] = usernames::remove_profile(id);
    vec![
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
