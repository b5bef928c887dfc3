//! The table `operator_tokens`.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{OperatorToken, OperatorTokens, Result, TenantId, text::to_hex};

use crate::{
    database::{Columns, Database, FromRow, Repository},
    sql::Sql,
};

static ADD: Sql = Sql::new(
    "INSERT INTO operator_tokens (id, digest, name, role, tenant_id, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
);

/// Excludes revoked tokens and those of suspended tenants.
static FIND: Sql = Sql::new(
    "SELECT id, name, role, tenant_id::text, created_at, revoked_at FROM operator_tokens \
     WHERE digest = $1 AND revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM tenants AS t \
     WHERE t.id = operator_tokens.tenant_id AND t.suspended_at IS NOT NULL)",
);

static LIST: Sql = Sql::new(
    "SELECT id, name, role, tenant_id::text, created_at, revoked_at FROM operator_tokens \
     ORDER BY created_at, id",
);

static REVOKE: Sql = Sql::new(
    "UPDATE operator_tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 RETURNING id",
);

impl FromRow for OperatorToken {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        let tenant_id = row.text_or_none("tenant_id")?;
        let tenant_id = tenant_id.map(|id| id.parse()).transpose()?;
        Ok(Self {
            id: row.text("id")?,
            name: row.text("name")?,
            role: row.parse("role")?,
            tenant_id: tenant_id.map(TenantId),
            created_at: row.time("created_at")?,
            revoked_at: row.time_or_none("revoked_at")?,
        })
    }
}

#[async_trait]
impl<D: Database> OperatorTokens for Repository<D> {
    async fn find_operator_token(&self, digest: &[u8; 32]) -> Result<Option<OperatorToken>> {
        let digest = to_hex(digest);
        self.0.read_one(FIND.with([(&*digest).into()])).await
    }

    async fn add_operator_token(&self, token: &OperatorToken, digest: &[u8; 32]) -> Result<()> {
        let OperatorToken {
            id,
            name,
            role,
            tenant_id,
            created_at,
            revoked_at: _,
        } = token;
        let role: &str = role.into();
        let add = ADD.with([
            (&**id).into(),
            (&*to_hex(digest)).into(),
            (&**name).into(),
            role.into(),
            (*tenant_id).into(),
            (*created_at).into(),
        ]);
        self.0.count(add).await.map(|_| ())
    }

    async fn operator_tokens(&self) -> Result<Vec<OperatorToken>> {
        self.0.read(LIST.with([])).await
    }

    async fn revoke_operator_token(&self, id: &str, at: Timestamp) -> Result<bool> {
        Ok(self.0.count(REVOKE.with([id.into(), at.into()])).await? > 0)
    }
}
