//! The tables `api_keys` and `deployment_secrets`. Digests and secrets are stored as hexadecimal
//! digits.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{ApiKey, ApiKeys, Result, TenantId, text::to_hex};

use crate::{
    database::{Columns, Database, FromRow, Repository, unreadable},
    sql::{Parameter, Sql},
};

static ADD: Sql = Sql::new(
    "INSERT INTO api_keys \
     (id, digest, dialect, app, accounts, tenant_id, scopes, api_version, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
);

/// Excludes revoked keys and those of suspended tenants.
static FIND: Sql = Sql::new(
    "SELECT id, dialect, app, accounts::text, tenant_id::text, scopes::text, api_version, \
     created_at, revoked_at FROM api_keys WHERE digest = $2 AND dialect = $1 AND revoked_at IS NULL \
     AND NOT EXISTS (SELECT 1 FROM tenants AS t \
     WHERE t.id = api_keys.tenant_id AND t.suspended_at IS NOT NULL)",
);

static LIST: Sql = Sql::new(
    "SELECT id, dialect, app, accounts::text, tenant_id::text, scopes::text, api_version, \
     created_at, revoked_at FROM api_keys ORDER BY created_at, id",
);

static REVOKE: Sql = Sql::new(
    "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 RETURNING id",
);

static ADD_SECRET: Sql = Sql::new(
    "INSERT INTO deployment_secrets (name, secret) VALUES ($1, $2) \
     ON CONFLICT DO NOTHING RETURNING name",
);

static FIND_SECRET: Sql = Sql::new("SELECT secret FROM deployment_secrets WHERE name = $1");

impl FromRow for ApiKey {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            id: row.text("id")?,
            dialect: row.text("dialect")?,
            app: row.text_or_none("app")?,
            accounts: row.json("accounts")?,
            tenant_id: TenantId(row.parse("tenant_id")?),
            scopes: row.json("scopes")?,
            api_version: row.text_or_none("api_version")?,
            created_at: row.time("created_at")?,
            revoked_at: row.time_or_none("revoked_at")?,
        })
    }
}

#[async_trait]
impl<D: Database> ApiKeys for Repository<D> {
    async fn find(&self, dialect: &str, digest: &[u8; 32]) -> Result<Option<ApiKey>> {
        let find = FIND.with([dialect.into(), (&*to_hex(digest)).into()]);
        self.0.read_one(find).await
    }

    async fn add(&self, key: &ApiKey, digest: &[u8; 32]) -> Result<()> {
        let ApiKey {
            id,
            dialect,
            app,
            accounts,
            tenant_id,
            scopes,
            api_version,
            created_at,
            revoked_at: _,
        } = key;
        let add = ADD.with([
            (&**id).into(),
            (&*to_hex(digest)).into(),
            (&**dialect).into(),
            app.clone().into(),
            Parameter::json(accounts),
            (*tenant_id).into(),
            Parameter::json(scopes),
            api_version.clone().into(),
            (*created_at).into(),
        ]);
        self.0.count(add).await.map(|_| ())
    }

    async fn list(&self) -> Result<Vec<ApiKey>> {
        self.0.read(LIST.with([])).await
    }

    async fn revoke(&self, id: &str, at: Timestamp) -> Result<bool> {
        Ok(self.0.count(REVOKE.with([id.into(), at.into()])).await? > 0)
    }
}

impl<D: Database> Repository<D> {
    /// Returns the secret `name`, and stores `candidate` first if the secret is missing.
    pub(crate) async fn secret(&self, name: &str, candidate: &[u8; 32]) -> Result<[u8; 32]> {
        let add = ADD_SECRET.with([name.into(), (&*to_hex(candidate)).into()]);
        self.0.count(add).await?;
        let found: Option<String> = self.0.read_one(FIND_SECRET.with([name.into()])).await?;
        let secret = found.as_deref().and_then(from_hex);
        secret.ok_or_else(|| unreadable("a secret is not 64 hexadecimal digits"))
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, start) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[start..start + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_round_trip() {
        let mut secret = [0; 32];
        for (index, byte) in secret.iter_mut().enumerate() {
            *byte = u8::try_from(index * 7).unwrap();
        }
        assert_eq!(from_hex(&to_hex(&secret)), Some(secret));
        assert_eq!(from_hex("00"), None);
        assert_eq!(from_hex(&"g".repeat(64)), None);
        assert_eq!(from_hex(&"\u{e9}".repeat(32)), None);
    }
}
