//! Applying a patch.

use diesel::sqlite::SqliteConnection;
use manyface_core::{Error, PatchDocument, Profile, ProfileRef, ProfileUpdate, Result, verdict};

use super::{
    chained, execute,
    job::Done,
    record,
    upload::{check_upload, use_upload},
};
use crate::{row::ChainedRow, statement};

/// Reads the profile, decides, and writes the columns that the patch names and an entry of the
/// history. The profile is looked for by `alias` first, if there is one.
///
/// Nobody else writes from before the read until the transaction ends, so what is decided here is
/// what a guard in the statement would decide, without SQLite having to evaluate it.
pub(super) fn run(
    database: &mut SqliteConnection,
    alias: Option<ProfileRef>,
    update: ProfileUpdate,
) -> Done<Option<Profile>> {
    let row = match find(database, alias, &update) {
        Ok(Some(row)) => row,
        Ok(None) => return Done::Well(None),
        Err(error) => return Done::HalfWay(error),
    };
    let mut profile = match row.profile.read() {
        Ok(profile) => profile,
        Err(error) => return Done::Badly(error),
    };
    match verdict(&profile, &update) {
        Ok(true) => {}
        Ok(false) => return Done::Well(Some(profile)),
        Err(Error::NotFound) => return Done::Well(None),
        Err(error) => return Done::Badly(error),
    }
    let ProfileUpdate {
        tenant,
        patch,
        upload,
        provenance,
        ..
    } = update;
    if let Err(error) = check_upload(database, upload.as_deref(), profile.avatar.as_ref()) {
        return Done::Badly(error);
    }
    let document = PatchDocument::from(&patch);
    let write = statement::patch(profile.id, tenant, &patch, provenance.at());
    match execute(database, write) {
        Ok(()) => {}
        // A statement that breaks a constraint undoes itself, and nothing else.
        Err(error @ Error::Taken(_)) => return Done::Badly(error),
        // Some other errors end the transaction.
        Err(error) => return Done::HalfWay(error),
    }
    if let Err(error) = use_upload(database, upload.as_deref()) {
        return Done::HalfWay(error);
    }
    patch.apply(&mut profile);
    profile.version += 1;
    profile.updated_at = provenance.at();
    match record(database, &profile, &document, &provenance, row.last_change) {
        Ok(()) => Done::Well(Some(profile)),
        Err(error) => Done::HalfWay(error),
    }
}

fn find(
    database: &mut SqliteConnection,
    alias: Option<ProfileRef>,
    update: &ProfileUpdate,
) -> Result<Option<ChainedRow>> {
    let ProfileUpdate { who, tenant, .. } = update;
    if let Some(id) = alias {
        let found = chained(database, statement::find_to_update(*tenant, &id))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    chained(database, statement::find_to_update(*tenant, who))
}
