//! Erasure of removed profiles from the files of the database.

use std::time::Duration;

use super::Sqlite;

/// The number of attempts to empty the log while readers use it, and the pause between them.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(50);

impl Sqlite {
    /// Empties the write-ahead log, which still contains the old pages. If readers keep it in use,
    /// it is overwritten later, at the latest when the last connection closes.
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
