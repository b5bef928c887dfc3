//! API keys of accounts and apps, and the port of their store.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Result, TenantId};

/// A stored API key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// The public id, which is not the key itself.
    pub id: String,
    /// The dialect that accepts the key.
    pub dialect: String,
    /// The app that the key belongs to; `None` for the key of an account.
    pub app: Option<String>,
    /// The accounts that the key grants access to: its own, or those that installed the app.
    pub accounts: Vec<String>,
    /// The tenant that the key belongs to.
    pub tenant_id: TenantId,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The API version of requests that specify none.
    pub api_version: Option<String>,
    /// The creation time, in microseconds.
    pub created_at: Timestamp,
    /// The revocation time, in microseconds.
    pub revoked_at: Option<Timestamp>,
}

/// The store of API keys. It stores the SHA-256 digest of a key, never the key.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Returns the key of `dialect` with this digest; `None` if it does not exist, is revoked, or
    /// belongs to a suspended tenant.
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>>;

    /// Adds a key.
    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()>;

    /// Returns all keys, including revoked ones, in the order of their creation.
    async fn list(&self) -> Result<Vec<ApiKey>>;

    /// Revokes a key immediately and permanently, and returns whether it exists. A revoked key
    /// keeps its revocation time.
    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool>;
}
