//! Updates of profiles in SQLite.

use diesel::sqlite::SqliteConnection;
use manyface_core::{
    CatalogueId, Error, Field, PatchDocument, Profile, ProfileId, ProfilePatch, ProfileRef,
    ProfileUpdate, Replacement, Result, SignedDuration, Username, check_update,
};

use super::{check_upload, execute, first_chained, first_profile, record, rows, use_upload};
use crate::{
    batch::JobOutcome,
    catalogue::{
        add_new_entries, check_room, find_new_entries, surplus, taken_ids, use_found_entries,
    },
    profiles::{self, ChainedRow},
    usernames,
};

/// Reads the profile, checks the guards, and writes the named columns and a history entry. Looks
/// the profile up by the cached `id` first. A released user name stays reserved for `rest`.
///
/// The write lock is held since before the read, so the checks are as safe as guards in the
/// statement, and cheaper.
pub(super) fn run(
    database: &mut SqliteConnection,
    id: Option<ProfileRef>,
    mut update: ProfileUpdate,
    rest: SignedDuration,
) -> JobOutcome<Option<Profile>> {
    let row = match find(database, id, &update) {
        Ok(Some(row)) => row,
        Ok(None) => return JobOutcome::Ok(None),
        Err(error) => return JobOutcome::FailedPartway(error),
    };
    let mut profile = match row.profile.read() {
        Ok(profile) => profile,
        Err(error) => return JobOutcome::Failed(error),
    };
    if !update.patch.new_entries.is_empty()
        && let Err(error) = refresh_new_entries(database, &profile, &mut update.patch)
    {
        return JobOutcome::Failed(error);
    }
    match check_update(&profile, &update) {
        Ok(true) => {}
        Ok(false) => return JobOutcome::Ok(Some(profile)),
        Err(Error::NotFound) => return JobOutcome::Ok(None),
        Err(error) => return JobOutcome::Failed(error),
    }
    let checked = check_upload(database, update.upload.as_deref(), profile.avatar.as_ref());
    if let Err(error) = checked.and_then(|()| check_entries(database, &profile, &update)) {
        return JobOutcome::Failed(error);
    }
    let ProfileUpdate {
        tenant,
        patch,
        upload,
        provenance,
        ..
    } = update;
    let document = PatchDocument::from(&patch);
    let username = patch.username.clone();
    let username = username.filter(|username| *username != profile.username);
    if let Some(username) = &username
        && let Err(error) = check_username(database, Some(profile.id), username, rest)
    {
        return JobOutcome::Failed(error);
    }
    let write = profiles::patch(profile.id, tenant, &patch, provenance.at());
    match execute(database, write) {
        Ok(()) => {}
        // A constraint violation undoes only its own statement.
        Err(error @ Error::Taken(_)) => return JobOutcome::Failed(error),
        // Other errors may end the transaction.
        Err(error) => return JobOutcome::FailedPartway(error),
    }
    if let Err(error) = use_upload(database, upload.as_deref()) {
        return JobOutcome::FailedPartway(error);
    }
    if let Some(username) = &username
        && let Err(error) = set_username(database, profile.id, username)
    {
        return JobOutcome::FailedPartway(error);
    }
    if !patch.new_entries.is_empty() {
        let add = add_new_entries(&profile, &patch, provenance.at());
        if let Err(error) = execute(database, add) {
            return JobOutcome::FailedPartway(error);
        }
    }
    patch.apply(&mut profile);
    profile.version += 1;
    profile.updated_at = provenance.at();
    match record(database, &profile, &document, &provenance, row.last_change) {
        Ok(()) => JobOutcome::Ok(Some(profile)),
        Err(error) => JobOutcome::FailedPartway(error),
    }
}

/// Replaces a profile if it has the expected revision. A released user name stays reserved for
/// `rest`.
pub(super) fn replace(
    database: &mut SqliteConnection,
    replacement: &Replacement,
    rest: SignedDuration,
) -> Result<Option<Profile>> {
    let id = replacement.profile.id;
    let find = profiles::find_with_last_change(&ProfileRef::Id(id));
    let Some(row) = first_chained(database, find)? else {
        return Ok(None);
    };
    let before = row.profile.read()?;
    if before.revision() != replacement.profile.revision() {
        return Ok(None);
    }
    let username = &replacement.profile.username;
    if *username != before.username {
        check_username(database, Some(id), username, rest)?;
        set_username(database, id, username)?;
    }
    let removed = profiles::remove_identities(id, &replacement.removed_identities);
    execute(database, removed)?;
    let added = profiles::add_identities(id, &replacement.added_identities);
    execute(database, added)?;
    if replacement.tenant != replacement.profile.tenant_id {
        execute(database, profiles::remove_overrides(&before))?;
    }
    let replaced = first_profile(database, profiles::replace(replacement, rest))?;
    if let Some(profile) = &replaced {
        let Replacement {
            document,
            provenance,
            ..
        } = replacement;
        record(database, profile, document, provenance, row.last_change)?;
    }
    Ok(replaced)
}

/// Makes a patch use the entries that the profile's tenant sees now, and gives the new ones unused
/// ids. The write lock prevents others from adding entries meanwhile.
fn refresh_new_entries(
    database: &mut SqliteConnection,
    profile: &Profile,
    patch: &mut ProfilePatch,
) -> Result<()> {
    let found = rows(database, find_new_entries(profile.tenant_id, patch))?;
    use_found_entries(patch, &found);
    let ids: Vec<_> = patch.new_entries.iter().map(|new| new.id).collect();
    let taken: Vec<String> = rows(database, taken_ids(&ids))?;
    let is_taken = |id: CatalogueId| taken.iter().any(|taken| *taken == id.0.to_string());
    patch.renumber_new_entries(is_taken);
    Ok(())
}

/// Checks that the profile may add the new entries of an update.
fn check_entries(
    database: &mut SqliteConnection,
    profile: &Profile,
    update: &ProfileUpdate,
) -> Result<()> {
    let Some(room) = update.entry_room() else {
        return Ok(());
    };
    check_room(room, &rows(database, surplus(profile.id, room))?)
}

fn find(
    database: &mut SqliteConnection,
    id: Option<ProfileRef>,
    update: &ProfileUpdate,
) -> Result<Option<ChainedRow>> {
    let ProfileUpdate { who, tenant, .. } = update;
    if let Some(id) = id {
        let found = first_chained(database, profiles::find_to_update(*tenant, &id))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    first_chained(database, profiles::find_to_update(*tenant, who))
}

/// Returns an error if the user name belongs to another profile than `own`. A released name stays
/// reserved for `rest`.
pub(super) fn check_username(
    database: &mut SqliteConnection,
    own: Option<ProfileId>,
    name: &Username,
    rest: SignedDuration,
) -> Result<()> {
    let holders: Vec<ProfileId> = rows(database, usernames::holders(name, rest))?;
    if holders.into_iter().any(|holder| Some(holder) != own) {
        return Err(Error::Taken(Field::Username));
    }
    Ok(())
}

/// Gives a profile a user name that has been checked, and releases its other names.
pub(super) fn set_username(
    database: &mut SqliteConnection,
    id: ProfileId,
    name: &Username,
) -> Result<()> {
    let statements = usernames::set(id, name);
    statements
        .into_iter()
        .try_for_each(|statement| execute(database, statement))
}
