//! The upload that a write makes an avatar.

use diesel::sqlite::SqliteConnection;
use manyface_core::{Avatar, Result};

use super::{execute, load};
use crate::{row::UploadRow, statement};

/// Checks that the upload `id` may be made the avatar of who shows `current`.
pub(super) fn check_upload(
    database: &mut SqliteConnection,
    id: Option<&str>,
    current: Option<&Avatar>,
) -> Result<()> {
    let Some(id) = id else {
        return Ok(());
    };
    let rows: Vec<UploadRow> = load(database, statement::find_upload(id))?;
    let upload = rows.into_iter().next().map(|row| row.0);
    manyface_core::check_upload(upload.as_ref(), current)
}

/// Marks the upload `id` as used.
pub(super) fn use_upload(database: &mut SqliteConnection, id: Option<&str>) -> Result<()> {
    match id {
        Some(id) => execute(database, statement::use_upload(id)),
        None => Ok(()),
    }
}
