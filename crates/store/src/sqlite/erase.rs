//! Leaving nothing of a removed profile in the files of the database.

use std::time::Duration;

use super::Sqlite;

/// How often it is tried to empty the log while others read from it, and how long apart.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(50);

impl Sqlite {
    /// Empties the log, in which the pages stay as they were before. If readers hold on to it, it is
    /// overwritten later: at the latest when the last connection is closed.
    pub(super) async fn empty_log(&self) {
        for _ in 0..ATTEMPTS {
            let opener = self.opener.clone();
            let emptied = tokio::task::spawn_blocking(move || opener.empty_log()).await;
            if matches!(emptied, Ok(Ok(true))) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
