//! The settings of a store.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use manyface_core::{SignedDuration, Username, bounded};
use serde::Deserialize;

/// The settings of a store. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// The maximum number of PostgreSQL connections, in addition to the two of each
    /// [`crate::Store::repository`]. Default: 16.
    #[serde(deserialize_with = "bounded::<1, 10_000, _, _>")]
    pub max_connections: NonZeroUsize,
    /// The maximum time until a statement starts: for a connection to PostgreSQL, or in the queue
    /// of SQLite. Also the connect timeout. Default: 3,000.
    #[serde(deserialize_with = "bounded::<1, 3_600_000, _, _>")]
    pub acquire_timeout_ms: NonZeroU32,
    /// The statement timeout of PostgreSQL. Default: 10,000.
    #[serde(deserialize_with = "bounded::<1, 86_400_000, _, _>")]
    pub statement_timeout_ms: NonZeroU32,
    /// The maximum time that SQLite waits for another writing process. Default: 5,000.
    #[serde(deserialize_with = "bounded::<0, 3_600_000, _, _>")]
    pub busy_timeout_ms: u32,
    /// The maximum number of waiting writes, and of waiting reads. Default: 1,024.
    #[serde(deserialize_with = "bounded::<1, 1_000_000, _, _>")]
    pub queue: NonZeroUsize,
    /// The number of SQLite reader threads. Default: 2.
    #[serde(deserialize_with = "bounded::<1, 256, _, _>")]
    pub readers: NonZeroUsize,
    /// The reservation period of a released user name, in which only its former owner can use it
    /// again. Set by the deployment, not in the configuration of the database. Default:
    /// [`Username::REST`].
    #[serde(skip)]
    pub username_rest: SignedDuration,
}

impl Default for StoreSettings {
    fn default() -> Self {
        let size = |number| NonZeroUsize::new(number).expect("is not zero");
        let time = |number| NonZeroU32::new(number).expect("is not zero");
        Self {
            max_connections: size(16),
            acquire_timeout_ms: time(3_000),
            statement_timeout_ms: time(10_000),
            busy_timeout_ms: 5_000,
            queue: size(1_024),
            readers: size(2),
            username_rest: Username::REST,
        }
    }
}

impl StoreSettings {
    pub(crate) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms.get().into())
    }

    pub(crate) fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms.get().into())
    }
}
