//! The tokens of operators, and the port of their store.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Result, TenantId};

/// A token of an operator, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorToken {
    /// The public id, which is not the token itself.
    pub id: String,
    /// The name of the operator, for the history.
    pub name: String,
    /// The permitted operations.
    pub role: OperatorRole,
    /// The tenant that the operator is limited to; `None` for the whole deployment.
    pub tenant_id: Option<TenantId>,
    /// The creation time, in microseconds.
    pub created_at: Timestamp,
    /// The revocation time, in microseconds.
    pub revoked_at: Option<Timestamp>,
}

/// The operations that a token permits.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum OperatorRole {
    /// To read.
    Read,
    /// To read and write.
    Write,
}

/// The store of operator tokens. It stores the SHA-256 digest of a token, never the token.
#[async_trait]
pub trait OperatorTokens: Send + Sync {
    /// Returns the token with this digest; `None` if it does not exist, is revoked, or belongs to a
    /// suspended tenant.
    async fn find_operator_token(&self, digest: &[u8; 32]) -> Result<Option<OperatorToken>>;

    /// Adds a token.
    ///
    /// [`crate::Error::Invalid`] if the tenant does not exist.
    async fn add_operator_token(&self, token: &OperatorToken, digest: &[u8; 32]) -> Result<()>;

    /// Returns all tokens, including revoked ones, in the order of their creation.
    async fn operator_tokens(&self) -> Result<Vec<OperatorToken>>;

    /// Revokes a token immediately and permanently, and returns whether it exists. A revoked token
    /// keeps its revocation time.
    async fn revoke_operator_token(&self, id: &str, at: Timestamp) -> Result<bool>;
}
