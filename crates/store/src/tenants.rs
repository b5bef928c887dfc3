//! The table `tenants`.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{Error, Field, Result, Tenant, TenantId, Tenants, Violation};

use crate::{
    database::{Columns, Database, FromRow, Repository, unreadable},
    sql::{Sql, Statement},
};

static ADD: Sql = Sql::new(
    "INSERT INTO tenants (id, name, is_default, created_at, suspended_at) \
     VALUES ($1, $2, FALSE, $3, $4) ON CONFLICT (id) DO NOTHING RETURNING id::text",
);

static FIND: Sql = Sql::new(
    "SELECT id::text, name, is_default, created_at, suspended_at FROM tenants WHERE id = $1",
);

/// Reads up to `$2` tenants after the id `$1`, or from the first one if that is null.
static LIST: Sql = Sql::new(
    "SELECT id::text, name, is_default, created_at, suspended_at FROM tenants \
     WHERE ($1 IS NULL OR id > $1) ORDER BY id LIMIT $2",
);

static COUNT_PROFILES: Sql =
    Sql::new("SELECT CAST(count(*) AS text) FROM profiles WHERE tenant_id = $1");

/// Suspends a tenant since `$2`, or resumes it if that is null.
static SUSPEND: Sql = Sql::new(
    "UPDATE tenants SET suspended_at = \
     CASE WHEN $2 IS NULL THEN NULL ELSE COALESCE(suspended_at, $2) END \
     WHERE id = $1 RETURNING id::text, name, is_default, created_at, suspended_at",
);

static REMOVE: Sql = Sql::new(
    "DELETE FROM tenants WHERE id = $1 AND NOT is_default \
     AND NOT EXISTS (SELECT 1 FROM profiles AS p WHERE p.tenant_id = $1) \
     AND NOT EXISTS (SELECT 1 FROM api_keys AS k WHERE k.tenant_id = $1) \
     RETURNING id::text",
);

static FIND_DEFAULT: Sql = Sql::new("SELECT id::text FROM tenants WHERE is_default");

/// Adds the default tenant unless it exists.
static ADD_DEFAULT: Sql = Sql::new(
    "INSERT INTO tenants (id, name, is_default, created_at) \
     VALUES ($1, 'default', TRUE, $2) ON CONFLICT DO NOTHING",
);

pub(crate) fn find_default() -> Statement {
    FIND_DEFAULT.with([])
}

pub(crate) fn add_default(id: TenantId, at: Timestamp) -> Statement {
    ADD_DEFAULT.with([id.into(), at.into()])
}

impl FromRow for TenantId {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self(row.parse("id")?))
    }
}

impl FromRow for Tenant {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            id: TenantId(row.parse("id")?),
            name: row.text("name")?,
            is_default: row.boolean("is_default")?,
            created_at: row.time("created_at")?,
            suspended_at: row.time_or_none("suspended_at")?,
        })
    }
}

#[async_trait]
impl<D: Database> Tenants for Repository<D> {
    async fn add_tenant(&self, tenant: &Tenant) -> Result<()> {
        let Tenant {
            id,
            name,
            is_default: _,
            created_at,
            suspended_at,
        } = tenant;
        let parameters = [
            (*id).into(),
            (&**name).into(),
            (*created_at).into(),
            (*suspended_at).into(),
        ];
        match self.0.count(ADD.with(parameters)).await? {
            0 => Err(Error::Taken(Field::TenantId)),
            _ => Ok(()),
        }
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        self.0.read_one(FIND.with([id.into()])).await
    }

    async fn tenants(&self, after: Option<TenantId>, limit: u32) -> Result<Vec<Tenant>> {
        self.0.read(LIST.with([after.into(), limit.into()])).await
    }

    async fn count_profiles(&self, id: TenantId) -> Result<u64> {
        let count: Option<String> = self.0.read_one(COUNT_PROFILES.with([id.into()])).await?;
        count.unwrap_or_default().parse().map_err(unreadable)
    }

    async fn suspend_tenant(
        &self,
        id: TenantId,
        since: Option<Timestamp>,
    ) -> Result<Option<Tenant>> {
        let rows = self.0.write(SUSPEND.with([id.into(), since.into()]));
        Ok(rows.await?.into_iter().next())
    }

    async fn remove_tenant(&self, id: TenantId) -> Result<bool> {
        let removed = self.0.count(REMOVE.with([id.into()])).await;
        if removed.map_err(in_use_if_referenced)? > 0 {
            return Ok(true);
        }
        match self.tenant(id).await? {
            None => Ok(false),
            Some(Tenant {
                is_default: true, ..
            }) => Err(rejected("is the default tenant")),
            Some(_) => Err(rejected(IN_USE)),
        }
    }
}

const IN_USE: &str = "has users or API keys";

/// A concurrently added profile breaks a foreign key, which is reported as a missing tenant.
fn in_use_if_referenced(error: Error) -> Error {
    if matches!(error, Error::Invalid(_)) {
        rejected(IN_USE)
    } else {
        error
    }
}

fn rejected(message: &str) -> Error {
    Error::Invalid(vec![Violation::new(Field::TenantId, message)])
}
