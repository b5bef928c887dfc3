//! The end of the feed of changes.
//!
//! The numbers of entries are drawn from a sequence, so an entry may be committed after one with a
//! greater number. A reader must not go beyond an entry that may still be added.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use manyface_core::Result;
use tokio::time::{Instant, sleep};

use super::Postgres;
use crate::{
    database::{Database, unreadable},
    history,
};

/// The first pause between queries of the open transactions, and the maximum time of all queries.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const MAX_WAIT: Duration = Duration::from_millis(500);

/// The end of the feed as this process has seen it.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// No entry up to this one can be added any more.
    last_final: AtomicI64,
}

impl Postgres {
    /// Returns the number of an entry up to which no entry can be added any more: the last entry if
    /// the transactions that are open now end soon, else an earlier one.
    pub(super) async fn last_final_change(&self, after: i64) -> Result<i64> {
        let last: Option<String> = self.read_one(history::last(after)).await?;
        let Some(last) = last else {
            return Ok(after);
        };
        let last: i64 = last.parse().map_err(unreadable)?;
        let (begun, mut pause) = (Instant::now(), FIRST_PAUSE);
        // A smaller number was drawn by a transaction that writes now, if its entry is missing.
        let mut writers = self.history_writers().await?;
        while !writers.is_empty() {
            if begun.elapsed() > MAX_WAIT {
                return Ok(self.feed.last_final.load(Ordering::Relaxed));
            }
            sleep(pause).await;
            pause *= 2;
            let open = self.history_writers().await?;
            writers.retain(|writer| open.contains(writer));
        }
        self.feed.last_final.fetch_max(last, Ordering::Relaxed);
        Ok(last)
    }

    async fn history_writers(&self) -> Result<Vec<String>> {
        self.read(history::writers()).await
    }
}
