//! The keys of the programs of accounts and apps, and the port through which they are kept.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Result, TenantId};

/// A stored API key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// The key's public name, by which it is listed and revoked.
    pub id: String,
    /// The dialect that takes it.
    pub dialect: String,
    /// The app whose program holds it; `None` for the program of an account.
    pub app: Option<String>,
    /// The accounts for which it may be used: its own, or those that installed the app.
    pub accounts: Vec<String>,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// The dialect's version for requests that name none.
    pub api_version: Option<String>,
    /// When it was made, in microseconds.
    pub created_at: Timestamp,
    /// When it was revoked, in microseconds.
    pub revoked_at: Option<Timestamp>,
}

/// The store of API keys: by the SHA-256 of the key, never the key.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Returns the key with this digest that the dialect takes, unless it is revoked or its tenant
    /// is suspended.
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>>;

    /// Adds a key.
    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()>;

    /// All keys, those that were revoked too, in the order in which they were made.
    async fn list(&self) -> Result<Vec<ApiKey>>;

    /// Revokes a key at once, for good; whether there is one of that name. One that is revoked
    /// already stays as it is.
    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool>;
}
