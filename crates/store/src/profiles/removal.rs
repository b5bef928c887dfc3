//! The removal of a profile from all tables.

use manyface_core::ProfileId;

use crate::{
    catalogue, history, images,
    sql::{Sql, Statement},
    uploads, usernames,
};

/// Locks the profile `$1`, so that later statements see the writes of previous holders of the lock.
/// PostgreSQL only.
static LOCK: Sql = Sql::new("SELECT id::text FROM profiles WHERE id = $1 FOR UPDATE");

/// Removes the profile `$1` and, by foreign key, its overrides.
static REMOVE: Sql = Sql::new("DELETE FROM profiles WHERE id = $1 RETURNING id::text");

static REMOVE_EXTERNAL_IDS: Sql = Sql::new("DELETE FROM external_ids WHERE profile_id = $1");

static REMOVE_IDENTITIES: Sql = Sql::new("DELETE FROM identities WHERE profile_id = $1");

pub(crate) fn lock(id: ProfileId) -> Statement {
    LOCK.with([id.into()])
}

/// Returns the statements that remove a profile from all tables in one transaction.
///
/// Its history entries remain without content, and so do the reservations of its names. The last
/// statement returns a row if the profile existed.
pub(crate) fn statements(id: ProfileId) -> Vec<Statement> {
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
