//! The table `catalogue`, and the résumés of profiles.

mod of_profile;

use async_trait::async_trait;
use manyface_core::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner,
    CatalogueStore, Result, ResumeRecords, TenantId,
};

pub(crate) use self::of_profile::{
    add_new_entries, check_room, find_new_entries, new_entries, remove_profile, surplus, taken_ids,
    use_found_entries,
};
use crate::{
    database::{Columns, Database, FromRow, Repository},
    sql::{Parameter, Sql, Statement},
};

/// The maximum number of attempts to add names whose random ids are taken.
const ATTEMPTS: u32 = 8;

/// Reads the entries with the ids in `$2` that the tenant `$1` sees. For a merged entry, reads its
/// target.
static BY_IDS: Sql = Sql::new(
    "SELECT named.id::bigint AS named_id, entry.id::bigint AS id, entry.tenant_id::text AS tenant_id, \
     entry.kind AS kind, entry.name AS name, entry.description AS description \
     FROM catalogue AS named \
     JOIN catalogue AS entry ON entry.id = COALESCE(named.merged_into, named.id) \
     WHERE named.id IN (SELECT value::bigint FROM jsonb_array_elements_text($2)) \
     AND (named.tenant_id = $1 OR named.tenant_id IS NULL)",
);

/// Reads the entries with the names in `$2` (arrays of list and key) that the tenant `$1` sees, its
/// own before the shared ones.
static BY_NAMES: Sql = Sql::new(
    "SELECT named.name_key AS name_key, entry.id::bigint AS id, entry.tenant_id::text AS tenant_id, \
     entry.kind AS kind, entry.name AS name, entry.description AS description \
     FROM catalogue AS named \
     JOIN catalogue AS entry ON entry.id = COALESCE(named.merged_into, named.id) \
     JOIN jsonb_array_elements($2) AS wanted \
     ON named.kind = wanted.value ->> 0 AND named.name_key = wanted.value ->> 1 \
     WHERE named.tenant_id = $1 OR named.tenant_id IS NULL \
     ORDER BY named.tenant_id IS NULL",
);

/// Adds the names in `$3` (arrays of id, name, key and description) to the list `$2` of the owner
/// `$1`, except those that the owner already sees. The order by key avoids deadlocks between
/// statements that add the same names.
static ADD: Sql = Sql::pair(
    "INSERT INTO catalogue (id, tenant_id, kind, name, name_key, description) \
     SELECT CAST(item.value ->> 0 AS integer), $1, $2, item.value ->> 1, item.value ->> 2, \
     item.value ->> 3 FROM jsonb_array_elements($3) WITH ORDINALITY AS item(value, place) \
     WHERE NOT EXISTS (SELECT 1 FROM catalogue AS shared WHERE shared.tenant_id IS NULL \
     AND shared.kind = $2 AND shared.name_key = item.value ->> 2) \
     ORDER BY item.value ->> 2, item.place ON CONFLICT DO NOTHING RETURNING id",
    "INSERT INTO catalogue (id, tenant_id, kind, name, name_key, description) \
     SELECT CAST(item.value ->> 0 AS integer), $1, $2, item.value ->> 1, item.value ->> 2, \
     item.value ->> 3 FROM json_each($3) AS item \
     WHERE NOT EXISTS (SELECT 1 FROM catalogue AS shared WHERE shared.tenant_id IS NULL \
     AND shared.kind = $2 AND shared.name_key = item.value ->> 2) \
     ORDER BY item.value ->> 2, item.key ON CONFLICT DO NOTHING RETURNING id",
);

/// Waits for other writers of the table, and blocks new ones. PostgreSQL only.
static LOCK: Sql = Sql::new("LOCK TABLE catalogue IN SHARE ROW EXCLUSIVE MODE");

/// Merges the tenants' entries of the list `$1` with the keys in `$2` into the shared entries with
/// the same keys.
static MERGE_INTO_SHARED: Sql = Sql::new(
    "WITH pairs AS (SELECT own.id AS own_id, \
     COALESCE(shared.merged_into, shared.id) AS shared_id \
     FROM catalogue AS own JOIN catalogue AS shared \
     ON shared.kind = own.kind AND shared.name_key = own.name_key \
     WHERE own.kind = $1 AND own.name_key IN (SELECT value FROM jsonb_array_elements_text($2)) \
     AND own.tenant_id IS NOT NULL AND own.merged_into IS NULL AND shared.tenant_id IS NULL) \
     UPDATE catalogue SET merged_into = pairs.shared_id FROM pairs \
     WHERE pairs.own_id IN (catalogue.id, catalogue.merged_into) RETURNING id",
);

/// Reads up to `$5` entries after the id `$4`, in the order of ids: of the list `$3`, or of all
/// lists if that is null; of the owner `$2`, or of all owners if `$1` is 1.
static LIST: Sql = Sql::new(
    "SELECT id::bigint, tenant_id::text, kind, name, description FROM catalogue \
     WHERE merged_into IS NULL AND ($1 = 1 OR tenant_id = $2 \
     OR ($2 IS NULL AND tenant_id IS NULL)) \
     AND ($3 IS NULL OR kind = $3) AND id > COALESCE($4, 0) ORDER BY id LIMIT $5",
);

static FIND: Sql = Sql::new(
    "SELECT id::bigint, tenant_id::text, kind, name, description FROM catalogue \
     WHERE id = $1 AND merged_into IS NULL",
);

/// Renames the entry `$1` to `$2` with the key `$3`, unless its owner sees another entry of the
/// list with that key.
static RENAME: Sql = Sql::new(
    "UPDATE catalogue SET name = $2, name_key = $3 \
     WHERE id = $1 AND merged_into IS NULL AND NOT EXISTS (SELECT 1 \
     FROM catalogue AS other WHERE other.kind = catalogue.kind \
     AND (other.tenant_id = catalogue.tenant_id OR other.tenant_id IS NULL) \
     AND other.name_key = $3 AND other.id <> $1) RETURNING id",
);

/// Merges the entry `$1` into the entry `$2`, which must belong to the same owner or be shared.
static MERGE: Sql = Sql::new(
    "UPDATE catalogue SET merged_into = $2 \
     WHERE (id = $1 OR merged_into = $1) AND $1 <> $2 AND EXISTS (SELECT 1 \
     FROM catalogue AS one JOIN catalogue AS other ON other.kind = one.kind \
     AND (other.tenant_id = one.tenant_id OR other.tenant_id IS NULL) \
     WHERE one.id = $1 AND other.id = $2 \
     AND one.merged_into IS NULL AND other.merged_into IS NULL) RETURNING id",
);

/// Reads which of the résumés in `$1` profiles refer to.
static RESUMES_IN_USE: Sql = Sql::new(
    "SELECT DISTINCT resume FROM profiles WHERE resume LIKE 'kept:%' \
     AND resume IN (SELECT value FROM jsonb_array_elements_text($1))",
);

impl FromRow for CatalogueEntry {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        let tenant_id = row.text_or_none("tenant_id")?;
        Ok(Self {
            id: CatalogueId(row.number("id")?.try_into()?),
            tenant_id: tenant_id.map(|id| id.parse().map(TenantId)).transpose()?,
            kind: CatalogueKind::parse(&row.text("kind")?).ok_or("unknown kind of entry")?,
            name: row.text("name")?,
            description: row.text_or_none("description")?,
        })
    }
}

/// An entry, and the id by which it was found.
struct EntryById(CatalogueId, CatalogueEntry);

impl FromRow for EntryById {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        let named = CatalogueId(row.number("named_id")?.try_into()?);
        Ok(Self(named, CatalogueEntry::from_row(row)?))
    }
}

/// An entry, and the key by which it was found.
pub(crate) struct EntryByKey(String, CatalogueEntry);

impl FromRow for EntryByKey {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self(row.text("name_key")?, CatalogueEntry::from_row(row)?))
    }
}

#[async_trait]
impl<D: Database> CatalogueStore for Repository<D> {
    async fn by_ids(
        &self,
        tenant: TenantId,
        ids: &[CatalogueId],
    ) -> Result<Vec<(CatalogueId, CatalogueEntry)>> {
        let find = BY_IDS.with([tenant.into(), Parameter::json(ids)]);
        let rows: Vec<EntryById> = self.0.read(find).await?;
        Ok(rows.into_iter().map(|row| (row.0, row.1)).collect())
    }

    async fn by_keys(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<Vec<(String, CatalogueEntry)>> {
        let names: Vec<_> = keys.iter().map(|key| (kind, *key)).collect();
        let find = BY_NAMES.with([owner.into(), Parameter::json(&names)]);
        // The query returns a tenant's own entries first.
        let mut found: Vec<(String, CatalogueEntry)> = Vec::new();
        for EntryByKey(key, entry) in self.0.read(find).await? {
            if !found.iter().any(|(known, _)| *known == key) {
                found.push((key, entry));
            }
        }
        Ok(found)
    }

    async fn insert(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        names: &[(CatalogueName, Option<String>)],
    ) -> Result<u64> {
        let keys: Vec<_> = names.iter().map(|(name, _)| name.key()).collect();
        let mut added = 0;
        for _ in 0..ATTEMPTS {
            let items = names.iter().map(|(name, description)| {
                let id = CatalogueId::random();
                (id, name.as_str(), name.key(), description)
            });
            let items = Parameter::json(&items.collect::<Vec<_>>());
            let add = ADD.with([owner.into(), kind.as_str().into(), items]);
            let rows = self.write_alone(add).await?;
            added += rows as u64;
            // A name that was not added exists already, unless its random id was taken.
            if rows == names.len() || self.has_all(owner, kind, &keys).await? {
                break;
            }
        }
        if owner.is_none() {
            self.merge_into_shared(kind, &keys).await?;
        }
        Ok(added)
    }

    async fn list(
        &self,
        owner: CatalogueOwner,
        kind: Option<CatalogueKind>,
        after: Option<CatalogueId>,
        limit: u32,
    ) -> Result<Vec<CatalogueEntry>> {
        let (is_any, owner) = match owner {
            CatalogueOwner::Any => (true, None),
            CatalogueOwner::Shared => (false, None),
            CatalogueOwner::Tenant(tenant) => (false, Some(tenant)),
        };
        let list = LIST.with([
            is_any.into(),
            owner.into(),
            kind.map(|kind| kind.as_str().to_owned()).into(),
            after.map(|after| i64::from(after.0)).into(),
            limit.into(),
        ]);
        self.0.read(list).await
    }

    async fn rename(&self, id: CatalogueId, name: &CatalogueName) -> Result<CatalogueChange> {
        let rename = RENAME.with([number(id), name.as_str().into(), name.key().into()]);
        let is_renamed = self.write_alone(rename).await? > 0;
        Ok(match self.entry(id).await? {
            None => CatalogueChange::NoSuchEntry,
            Some(_) if !is_renamed => CatalogueChange::NameTaken,
            Some(entry) => {
                self.merge_into_shared(entry.kind, &[name.key()]).await?;
                CatalogueChange::Done
            }
        })
    }

    async fn merge(&self, from: CatalogueId, into: CatalogueId) -> Result<CatalogueChange> {
        let merge = MERGE.with([number(from), number(into)]);
        Ok(if self.write_alone(merge).await? > 0 {
            CatalogueChange::Done
        } else if self.entry(from).await?.is_some() && self.entry(into).await?.is_some() {
            CatalogueChange::NotAPair
        } else {
            CatalogueChange::NoSuchEntry
        })
    }
}

impl<D: Database> Repository<D> {
    /// Returns the entry `id` of any owner, unless it was merged.
    async fn entry(&self, id: CatalogueId) -> Result<Option<CatalogueEntry>> {
        self.0.read_one(FIND.with([number(id)])).await
    }

    /// Runs a statement as the only writer of the table, and returns the number of rows that it
    /// returned.
    async fn write_alone(&self, statement: Statement) -> Result<usize> {
        let written = self.0.write_locked(LOCK.with([]), vec![statement]);
        let rows: Vec<()> = written.await?;
        Ok(rows.len())
    }

    async fn merge_into_shared(&self, kind: CatalogueKind, keys: &[&str]) -> Result<()> {
        let merge = MERGE_INTO_SHARED.with([kind.as_str().into(), Parameter::json(keys)]);
        self.0.count(merge).await.map(|_| ())
    }

    /// Returns whether `owner` sees an entry for each of `keys`.
    async fn has_all(
        &self,
        owner: Option<TenantId>,
        kind: CatalogueKind,
        keys: &[&str],
    ) -> Result<bool> {
        let found = self.by_keys(owner, kind, keys).await?;
        let is_found = |key: &&str| found.iter().any(|(found, _)| found == key);
        Ok(keys.iter().all(is_found))
    }
}

#[async_trait]
impl<D: Database> ResumeRecords for Repository<D> {
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>> {
        self.0
            .read(RESUMES_IN_USE.with([Parameter::json(resumes)]))
            .await
    }
}

fn number(id: CatalogueId) -> Parameter {
    i64::from(id.0).into()
}
