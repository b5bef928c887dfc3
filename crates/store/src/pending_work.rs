//! What migrations leave to the program, because SQL cannot do it.

use manyface_core::{Registry, Result};

use crate::{catalogue::Texts, sqlite::Sqlite, statement};

/// How many profiles are read at a time.
const PAGE: u32 = 500;

/// Does what is pending. Several processes may do so at once.
pub(crate) async fn run(
    registry: &dyn Registry,
    database: &dyn Texts,
    sqlite: Option<&Sqlite>,
) -> Result<()> {
    for name in database.read(statement::pending_work()).await? {
        match (name.as_str(), sqlite) {
            ("username_claims", _) => claim_usernames(registry, database).await?,
            // If another process holds on to the file, the next start does it.
            ("overwrite_deleted", Some(sqlite)) if sqlite.overwrite_deleted().await.is_err() => {
                continue;
            }
            ("overwrite_deleted", Some(_)) => {}
            // A newer program's.
            _ => continue,
        }
        database.write(statement::work_done(&name)).await?;
    }
    Ok(())
}

/// Claims the names of all profiles. Of names that look alike, the oldest profile's is claimed; the
/// others keep theirs until they change it.
async fn claim_usernames(registry: &dyn Registry, database: &dyn Texts) -> Result<()> {
    let mut after = None;
    loop {
        let page = registry.list(after, PAGE).await?;
        let Some(last) = page.last() else {
            database.write(statement::release_orphans()).await?;
            return Ok(());
        };
        after = Some(last.id);
        database.write(statement::add_claims(&page)).await?;
    }
}
