//! Claims of the names that profiles had before there were claims.

use manyface_core::{Registry, Result};

use crate::{catalogue::Texts, statement};

/// How many profiles are read at a time.
const PAGE: u32 = 500;

/// Claims the names of all profiles, if that is still to be done. Of names that look alike, the
/// oldest profile's is claimed; the others keep theirs until they change it.
pub(crate) async fn claim_all(registry: &dyn Registry, database: &dyn Texts) -> Result<()> {
    if database.read(statement::claims_pending()).await?.is_empty() {
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = registry.list(after, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.id);
        database.write(statement::add_claims(&page)).await?;
    }
    database.write(statement::claims_added()).await?;
    Ok(())
}
