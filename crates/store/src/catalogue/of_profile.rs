//! The catalogue entries that a profile adds and refers to.

use std::sync::LazyLock;

use jiff::Timestamp;
use manyface_core::{
    CatalogueId, EntryRoom, NewEntry, Profile, ProfileId, ProfilePatch, Result, TenantId,
};

use super::{BY_NAMES, EntryByKey};
use crate::sql::{Parameter, Sql, Statement};

/// Reads when the profile `$1` added the entry at offset `$3` of those added after `$2`, newest first.
static SURPLUS: Sql = Sql::new(
    "SELECT created_at AS at FROM catalogue \
     WHERE created_by = $1 AND created_at > $2 \
     ORDER BY catalogue.created_at DESC LIMIT 1 OFFSET $3",
);

/// Adds the entries in `$4` (arrays of id, list, name and key) for the profile `$2` of the tenant
/// `$1`, at `$3`. SQLite only; on PostgreSQL the update of the profile adds them.
static ADD_NEW: Sql = Sql::new(
    "INSERT INTO catalogue (id, tenant_id, kind, name, name_key, created_by, created_at) \
     SELECT e.value ->> 0, $1, e.value ->> 1, e.value ->> 2, e.value ->> 3, $2, $3 \
     FROM json_each($4) AS e",
);

/// Reads which of the ids in `$1` are taken. SQLite only.
static TAKEN_IDS: Sql = Sql::new(
    "SELECT CAST(id AS TEXT) FROM catalogue WHERE id IN (SELECT value FROM json_each($1))",
);

/// Removes the entries that the profile `$1` added or refers to, of its tenant, unless another
/// profile or a merged entry refers to them. Reads the lists of the tenant's other profiles once.
static REMOVE_ENTRIES: LazyLock<Sql> = LazyLock::new(|| Sql::composed(|_| remove_entries_text()));

/// Removes the profile `$1` from its remaining entries.
static REMOVE_CREATOR: Sql =
    Sql::new("UPDATE catalogue SET created_by = NULL WHERE created_by = $1");

/// Finds the entries that `tenant` sees for the names of a patch's new entries.
pub(crate) fn find_new_entries(tenant: TenantId, patch: &ProfilePatch) -> Statement {
    let new = patch.new_entries.iter();
    let names: Vec<_> = new.map(|new| (new.kind, new.name.key())).collect();
    BY_NAMES.with([tenant.into(), Parameter::json(&names)])
}

/// Replaces new entries of a patch by those that [`find_new_entries`] found.
pub(crate) fn use_found_entries(patch: &mut ProfilePatch, found: &[EntryByKey]) {
    patch.use_existing_entries(|new| {
        let mut found = found.iter();
        let is_same = |row: &&EntryByKey| row.1.kind == new.kind && row.0 == new.name.key();
        found.find(is_same).map(|row| row.1.id)
    });
}

/// Returns the new entries of a patch, as the parameter of the statement that adds them.
pub(crate) fn new_entries(entries: &[NewEntry]) -> Parameter {
    let items = entries.iter().map(|entry| {
        let NewEntry { id, kind, name } = entry;
        (id, kind.as_str(), name.as_str(), name.key())
    });
    Parameter::json(&items.collect::<Vec<_>>())
}

/// Adds the new entries of a patch to the catalogue of the profile's tenant. SQLite only.
pub(crate) fn add_new_entries(profile: &Profile, patch: &ProfilePatch, at: Timestamp) -> Statement {
    ADD_NEW.with([
        profile.tenant_id.into(),
        profile.id.into(),
        at.into(),
        new_entries(&patch.new_entries),
    ])
}

/// Reads which of `ids` are taken. SQLite only.
pub(crate) fn taken_ids(ids: &[CatalogueId]) -> Statement {
    TAKEN_IDS.with([Parameter::json(ids)])
}

/// Reads when the profile `creator` added the first entry that exceeds the quota: see
/// [`check_room`].
pub(crate) fn surplus(creator: ProfileId, room: EntryRoom) -> Statement {
    SURPLUS.with([creator.into(), room.since.into(), room.others.max(0).into()])
}

/// Checks the quota of new entries, given the rows of [`surplus`].
pub(crate) fn check_room(room: EntryRoom, surplus: &[Timestamp]) -> Result<()> {
    room.check(surplus.first().copied())
}

fn remove_entries_text() -> String {
    let lists = |profile: &str, condition: &str| {
        let lists = "skills investment_interests technical_interests focus_area".split(' ');
        let each = lists.map(|list| {
            format!(
                "SELECT e.value::integer AS id FROM {profile}, \
                 jsonb_array_elements_text({list}::jsonb) AS e (value) {condition}"
            )
        });
        each.collect::<Vec<_>>().join(" UNION ALL ")
    };
    let own = lists("p", "");
    let others = lists(
        "profiles AS other",
        "WHERE other.tenant_id = (SELECT tenant_id FROM p) AND other.id <> (SELECT id FROM p) \
         AND e.value::integer IN (SELECT id FROM own)",
    );
    format!(
        "WITH p AS (SELECT * FROM profiles WHERE id = $1) \
         DELETE FROM catalogue WHERE id IN (WITH own AS MATERIALIZED (SELECT c.id \
         FROM catalogue AS c WHERE c.tenant_id = (SELECT tenant_id FROM p) AND c.id IN \
         (SELECT added.id FROM catalogue AS added WHERE added.created_by = (SELECT id FROM p) \
         UNION ALL {own}) \
         AND NOT EXISTS (SELECT 1 FROM catalogue AS merged WHERE merged.merged_into = c.id)) \
         SELECT id FROM own EXCEPT SELECT id FROM ({others}) AS others)"
    )
}

/// Removes the entries that only the profile `id` uses, and its id from the others.
pub(crate) fn remove_profile(id: ProfileId) -> [Statement; 2] {
    [
        REMOVE_ENTRIES.with([id.into()]),
        REMOVE_CREATOR.with([id.into()]),
    ]
}
