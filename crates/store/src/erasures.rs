//! The table `erasures`: the receipts of erasures.

use std::sync::LazyLock;

use diesel::deserialize::Result as RowResult;
use manyface_core::{Erasure, ErasureReceipt, Profile, ProfileId, RemovedCounts, TenantId};
use uuid::Uuid;

use crate::{
    database::{Columns, FromRow},
    history::NEXT_CHANGE,
    sql::{Flavour, Parameter, Sql, Statement, origin},
};

/// Adds the receipt `$2` of the erasure of the profile `$1`, at `$3` by `$4` in the request `$5`,
/// with `$6` identities, `$7` external ids, `$8` images and `$9` files.
static ADD: Sql = Sql::pair(
    "INSERT INTO erasures (id, profile_id, tenant_id, at, actor, request_id, identities, \
     external_ids, overrides, changes, images, files) SELECT $2, p.id, p.tenant_id, $3, $4, $5, \
     $6, $7, \
     (SELECT count(*) FROM profile_overrides AS o WHERE o.profile_id = p.id), \
     (SELECT count(*) FROM profile_changes AS c WHERE c.profile_id = p.id), $8, $9 \
     FROM profiles AS p WHERE p.id = $1",
    "WITH chain (seq) AS (SELECT last_change FROM profiles WHERE id = $1 \
     UNION ALL SELECT c.previous FROM chain JOIN profile_changes AS c ON c.seq = chain.seq \
     WHERE c.previous IS NOT NULL) \
     INSERT INTO erasures (id, profile_id, tenant_id, at, actor, request_id, identities, \
     external_ids, overrides, changes, images, files) SELECT $2, p.id, p.tenant_id, $3, $4, $5, \
     $6, $7, \
     (SELECT count(*) FROM profile_overrides AS o WHERE o.profile_id = p.id), \
     (SELECT count(*) FROM chain JOIN profile_changes AS c ON c.seq = chain.seq), $8, $9 \
     FROM profiles AS p WHERE p.id = $1",
);

/// Adds the entry `$1` to the history of the profile `$2`; `$3` to `$7` are where it comes from.
static RECORD: LazyLock<Sql> = LazyLock::new(|| {
    Sql::composed(|flavour| match flavour {
        Flavour::Postgres => "INSERT INTO profile_changes \
             (profile_id, version, at, actor, dialect, api_version, request_id, patch) \
             SELECT p.id, p.version + 1, $3, $4, $5, $6, $7, $1 FROM profiles AS p WHERE p.id = $2"
            .to_owned(),
        Flavour::Sqlite => format!(
            "INSERT INTO profile_changes (seq, previous, profile_id, version, at, actor, dialect, \
             api_version, request_id, patch) SELECT {NEXT_CHANGE}, p.last_change, p.id, \
             p.version + 1, $3, $4, $5, $6, $7, $1 FROM profiles AS p WHERE p.id = $2"
        ),
    })
});

/// Links the profile `$1` to the last entry, on SQLite.
static LINK: Sql = Sql::new(
    "UPDATE profiles SET last_change = (SELECT MAX(seq) FROM profile_changes) WHERE id = $1",
);

/// Reads `$3` receipts after the receipt `$1`, of the tenant `$2`.
static LIST: Sql = Sql::new(
    "SELECT e.id::text AS id, e.profile_id::text AS profile_id, e.tenant_id::text AS tenant_id, \
     e.at AS at, e.actor AS actor, e.request_id AS request_id, e.identities AS identities, \
     e.external_ids AS external_ids, e.overrides AS overrides, e.changes AS changes, \
     e.images AS images, e.files AS files FROM erasures AS e \
     WHERE ($1 IS NULL OR e.id > $1) AND ($2 IS NULL OR e.tenant_id = $2) \
     ORDER BY e.id LIMIT $3",
);

impl FromRow for ErasureReceipt {
    fn from_row(row: &dyn Columns) -> RowResult<Self> {
        let count = |name| {
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                u64::try_from(row.number(name)?).unwrap_or(0),
            )
        };
        Ok(Self {
            id: row.parse("id")?,
            user: ProfileId(row.parse("profile_id")?),
            tenant_id: TenantId(row.parse("tenant_id")?),
            at: row.time("at")?,
            actor: row.text("actor")?,
            request_id: row.text("request_id")?,
            removed: RemovedCounts {
                identities: count("identities")?,
                external_ids: count("external_ids")?,
                overrides: count("overrides")?,
                changes: count("changes")?,
                images: count("images")?,
                files: count("files")?,
            },
        })
    }
}

/// Returns the statements that add the receipt of an erasure and its history entry.
pub(crate) fn record(profile: &Profile, identities: usize, erasure: &Erasure) -> [Statement; 2] {
    let id = profile.id;
    let count = |count: usize| Parameter::from(u32::try_from(count).unwrap_or(u32::MAX));
    let provenance = &erasure.provenance;
    let receipt = ADD.with([
        id.into(),
        ProfileId(erasure.id).into(),
        provenance.at().into(),
        (&*provenance.actor).into(),
        (&*provenance.request_id).into(),
        count(identities),
        count(profile.external_ids.len()),
        erasure.images.into(),
        erasure.files.into(),
    ]);
    let document = [Parameter::document(&Erasure::document()), id.into()];
    let entry = RECORD.with(document.into_iter().chain(origin(provenance)));
    [receipt, entry]
}

pub(crate) fn link(id: ProfileId) -> Statement {
    LINK.with([id.into()])
}

pub(crate) fn list(tenant: Option<TenantId>, after: Option<Uuid>, limit: u32) -> Statement {
    LIST.with([after.map(ProfileId).into(), tenant.into(), limit.into()])
}
