//! The table `usage_counts`.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{Result, UsageCount, UsageFilter, UsageKey, UsageStore};

use crate::{
    database::{Columns, Database, FromRow, Repository},
    sql::{Parameter, Sql},
};

/// Adds the counts of the array `$1`, each an array of the columns. Times are microseconds since
/// 1970. The order of the keys avoids deadlocks.
static ADD: Sql = Sql::pair(
    "INSERT INTO usage_counts AS u (dialect, operation, api_version, field, client, agent, requests, \
     first_seen_at, last_seen_at) SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, \
     e.value ->> 4, e.value ->> 5, (e.value ->> 6)::bigint, \
     timestamptz 'epoch' + (e.value ->> 7)::bigint * interval '1 microsecond', \
     timestamptz 'epoch' + (e.value ->> 8)::bigint * interval '1 microsecond' \
     FROM jsonb_array_elements($1) AS e (value) ORDER BY 1, 2, 3, 4, 5, 6 \
     ON CONFLICT (dialect, operation, api_version, field, client, agent) DO UPDATE SET \
     requests = u.requests + excluded.requests, \
     first_seen_at = least(u.first_seen_at, excluded.first_seen_at), \
     last_seen_at = greatest(u.last_seen_at, excluded.last_seen_at)",
    "INSERT INTO usage_counts (dialect, operation, api_version, field, client, agent, requests, \
     first_seen_at, last_seen_at) SELECT e.value ->> 0, e.value ->> 1, e.value ->> 2, e.value ->> 3, \
     e.value ->> 4, e.value ->> 5, e.value ->> 6, e.value ->> 7, e.value ->> 8 \
     FROM json_each($1) AS e WHERE TRUE \
     ON CONFLICT (dialect, operation, api_version, field, client, agent) DO UPDATE SET \
     requests = usage_counts.requests + excluded.requests, \
     first_seen_at = min(usage_counts.first_seen_at, excluded.first_seen_at), \
     last_seen_at = max(usage_counts.last_seen_at, excluded.last_seen_at)",
);

static LIST: Sql = Sql::new(
    "SELECT dialect, operation, api_version, field, client, agent, requests, first_seen_at, last_seen_at \
     FROM usage_counts WHERE ($1 IS NULL OR dialect = $1) AND ($2 IS NULL OR field = $2) \
     AND ($3 IS NULL OR client = $3) \
     ORDER BY dialect, operation, api_version, field, client, agent",
);

static PURGE: Sql = Sql::new("DELETE FROM usage_counts WHERE last_seen_at < $1 RETURNING dialect");

impl FromRow for UsageCount {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            key: UsageKey {
                dialect: row.text("dialect")?,
                operation: row.text("operation")?,
                api_version: row.text("api_version")?,
                field: row.text("field")?,
                client: row.text("client")?,
                agent: row.text("agent")?,
            },
            requests: u64::try_from(row.number("requests")?)?,
            first_seen: row.time("first_seen_at")?,
            last_seen: row.time("last_seen_at")?,
        })
    }
}

#[async_trait]
impl<D: Database> UsageStore for Repository<D> {
    async fn add_usage(&self, counts: &[UsageCount]) -> Result<()> {
        let rows = counts.iter().map(|count| {
            let UsageKey {
                dialect,
                operation,
                api_version,
                field,
                client,
                agent,
            } = &count.key;
            let times = [count.first_seen, count.last_seen].map(Timestamp::as_microsecond);
            let numbers = (count.requests, times[0], times[1]);
            (
                dialect,
                operation,
                api_version,
                field,
                client,
                agent,
                numbers.0,
                numbers.1,
                numbers.2,
            )
        });
        let rows = Parameter::json(&rows.collect::<Vec<_>>());
        self.0.count(ADD.with([rows])).await.map(drop)
    }

    async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageCount>> {
        let UsageFilter {
            dialect,
            field,
            client,
        } = filter.clone();
        let list = LIST.with([dialect.into(), field.into(), client.into()]);
        self.0.read(list).await
    }

    async fn purge_usage(&self, at: Timestamp) -> Result<u64> {
        Ok(self.0.count(PURGE.with([at.into()])).await? as u64)
    }
}
