//! Who holds a user name.

use diesel::sqlite::SqliteConnection;
use manyface_core::{Error, Field, ProfileId, Result, Username};

use super::{execute, load};
use crate::{row::TextRow, statement};

/// Rejects a name that belongs to another profile than `own`. A name rests for `rest` microseconds.
pub(super) fn check(
    database: &mut SqliteConnection,
    own: Option<ProfileId>,
    name: &Username,
    rest: i64,
) -> Result<()> {
    let holders: Vec<TextRow> = load(database, statement::username_holders(name, rest))?;
    for holder in holders {
        if Some(holder.profile_id()?) != own {
            return Err(Error::Taken(Field::Username));
        }
    }
    Ok(())
}

/// Claims a name that was checked, and releases the profile's other names.
pub(super) fn claim(database: &mut SqliteConnection, id: ProfileId, name: &Username) -> Result<()> {
    let statements = statement::claim_username(id, name);
    statements
        .into_iter()
        .try_for_each(|statement| execute(database, statement))
}
