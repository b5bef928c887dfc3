//! Counts of the use of operations and fields, by client.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Caller, Field, Result};

/// The use of an operation, or of a field, by a client. A string is empty if it is unknown or does
/// not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UsageKey {
    /// The dialect.
    pub dialect: String,
    /// The operation's id in the contract; empty for a field.
    pub operation: String,
    /// The API version of the operation, in dialects with versions.
    pub api_version: String,
    /// The canonical field that writes name; empty for an operation.
    pub field: String,
    /// The client: `client_id` or `azp` of the token, or the id of the API key.
    pub client: String,
    /// The family of the user agent, such as `okhttp`; empty for a field.
    pub agent: String,
}

/// The count of a [`UsageKey`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageCount {
    /// The counted use.
    #[serde(flatten)]
    pub key: UsageKey,
    /// The number of successful requests.
    pub requests: u64,
    /// The time of the first one, in microseconds.
    pub first_seen: Timestamp,
    /// The time of the last one, in microseconds.
    pub last_seen: Timestamp,
}

/// The conditions of [`UsageStore::usage`]; all given ones apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageFilter {
    /// The dialect.
    pub dialect: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// The client.
    pub client: Option<String>,
}

/// The store of usage counts.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Adds `counts` to the stored ones, in one durable transaction.
    async fn add_usage(&self, counts: &[UsageCount]) -> Result<()>;

    /// Returns the counts, in the order of their keys.
    async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageCount>>;

    /// Removes the counts of uses that were last seen before `at`, and returns their number.
    async fn purge_usage(&self, at: Timestamp) -> Result<u64>;
}

/// A receiver of the fields that successful writes name.
pub trait FieldUsage: Send + Sync {
    /// Counts `fields` of a write by `caller` through `dialect`.
    fn count_fields(&self, dialect: &str, caller: &Caller, fields: &[Field], at: Timestamp);
}
