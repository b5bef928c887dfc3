//! The tables `images`, `image_uploads` and `removed_images`. All times are those of the database's
//! clock.

use async_trait::async_trait;
use diesel::sqlite::SqliteConnection;
use jiff::Timestamp;
use manyface_core::{
    Creator, ImageId, ImageRecords, ImageUpload, Lease, ProfileId, Result, SignedDuration,
};

use crate::{
    database::{Columns, Database, FromRow, Repository},
    postgres::Postgres,
    sql::{Parameter, Sql, Statement},
    sqlite::{self, Sqlite},
};

/// Reserves the image `$1`, unless it is marked or was removed. `$2` is 1 if the request did not
/// upload the image.
static RESERVE: Sql = Sql::new(
    "INSERT INTO images (id, reserved_at, reused_at) \
     SELECT $1, clock_timestamp(), CASE WHEN $2 = 1 \
     THEN clock_timestamp() END \
     WHERE NOT EXISTS (SELECT 1 FROM removed_images AS r WHERE r.id = $1) \
     ON CONFLICT (id) DO UPDATE SET reserved_at = excluded.reserved_at, \
     reused_at = COALESCE(excluded.reused_at, images.reused_at) \
     WHERE images.marked_for_deletion_at IS NULL RETURNING id",
);

/// Like [`RESERVE`] for an upload of `$3` bytes by the owner `$2`, within the quota of `$4` images
/// and `$5` bytes. A profile as the owner is locked against removal; nothing is recorded if it has
/// been removed. PostgreSQL only: SQLite reads [`UNUSED_OF_OWNER`] in the same transaction.
static RESERVE_UPLOAD: Sql = Sql::new(
    "WITH c AS (INSERT INTO images (id, reserved_at) \
     SELECT $1, clock_timestamp() \
     WHERE NOT EXISTS (SELECT 1 FROM removed_images AS r WHERE r.id = $1) \
     AND image_upload_fits($2, $1, $3, $4, $5) \
     ON CONFLICT (id) DO UPDATE SET reserved_at = excluded.reserved_at \
     WHERE images.marked_for_deletion_at IS NULL RETURNING id), \
     u AS (INSERT INTO image_uploads (owner, image, bytes) SELECT $2, c.id, $3 FROM c \
     WHERE CASE WHEN $2 LIKE 'profile %' THEN lock_profile(substr($2, 9)::uuid) ELSE TRUE END \
     ON CONFLICT DO NOTHING) SELECT c.id FROM c",
);

/// Records that the owner `$1` has uploaded the image `$2` of `$3` bytes, unless the owner is a
/// profile that does not exist. SQLite only.
static ADD_UPLOAD: Sql = Sql::new(
    "INSERT INTO image_uploads (owner, image, bytes) SELECT $1, $2, $3 \
     WHERE $1 NOT LIKE 'profile %' \
     OR EXISTS (SELECT 1 FROM profiles AS p WHERE p.id = substr($1, 9)) ON CONFLICT DO NOTHING",
);

/// Removes the records of the owner `$1`'s uploads.
static REMOVE_UPLOADS: Sql = Sql::new("DELETE FROM image_uploads WHERE owner = $1");

/// Counts the images of the owner `$1`, except `$2`, that no profile uses, with their bytes, the
/// time of the oldest reservation and the current time.
static UNUSED_OF_OWNER: Sql = Sql::new(
    "SELECT count(*) AS images, COALESCE(sum(u.bytes), 0)::bigint AS bytes, \
     min(i.reserved_at) AS oldest, clock_timestamp() AS now \
     FROM image_uploads AS u JOIN images AS i ON i.id = u.image \
     WHERE u.owner = $1 AND u.image <> $2 \
     AND NOT EXISTS (SELECT 1 FROM profiles AS used WHERE used.avatar_image = u.image) \
     AND NOT EXISTS (SELECT 1 FROM profile_overrides AS used WHERE used.avatar_image = u.image)",
);

/// Finds up to `$3` unreferenced images that were reserved at least `$1` ago, or marked at least
/// `$2` ago.
static UNUSED: Sql = Sql::new(
    "SELECT i.id FROM images AS i WHERE ((i.marked_for_deletion_at IS NULL AND i.reserved_at \
     <= clock_timestamp() - $1) \
     OR i.marked_for_deletion_at <= clock_timestamp() - $2) \
     AND NOT (EXISTS (SELECT 1 FROM profiles AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM profile_overrides AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM uploads AS used WHERE used.image = i.id)) \
     ORDER BY i.reserved_at LIMIT $3",
);

/// Marks the images in `$4` that [`UNUSED`] would still find, under the lease `$3`.
static MARK: Sql = Sql::new(
    "UPDATE images AS i \
     SET marked_for_deletion_at = clock_timestamp(), lease = $3 \
     WHERE i.id IN (SELECT value AS id FROM jsonb_array_elements_text($4)) \
     AND ((i.marked_for_deletion_at IS NULL AND i.reserved_at \
     <= clock_timestamp() - $1) \
     OR i.marked_for_deletion_at <= clock_timestamp() - $2) \
     AND NOT (EXISTS (SELECT 1 FROM profiles AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM profile_overrides AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM uploads AS used WHERE used.image = i.id)) RETURNING id",
);

/// Marks the unreferenced images in `$3` that no remaining user has uploaded and that were last
/// reused at least `$1` ago, under the lease `$2`.
static MARK_ERASED: Sql = Sql::new(
    "UPDATE images AS i \
     SET marked_for_deletion_at = clock_timestamp(), lease = $2 \
     WHERE i.id IN (SELECT value AS id FROM jsonb_array_elements_text($3)) \
     AND i.marked_for_deletion_at IS NULL \
     AND NOT (EXISTS (SELECT 1 FROM profiles AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM profile_overrides AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM uploads AS used WHERE used.image = i.id)) \
     AND COALESCE(i.reused_at \
     <= clock_timestamp() - $1, TRUE) \
     AND NOT EXISTS (SELECT 1 FROM image_uploads AS u WHERE u.image = i.id) RETURNING id",
);

/// Locks the images in `$1`, so that concurrent uploads of them have been committed or wait.
/// PostgreSQL only.
static LOCK: Sql = Sql::new(
    "SELECT id FROM images WHERE id IN (SELECT value FROM jsonb_array_elements_text($1)) \
     ORDER BY id FOR UPDATE",
);

/// Renews the lease `$2` on the image `$1` if it is younger than `$3`, or removes the mark if the
/// image is referenced. Returns the new lease, or an empty string.
static RENEW_LEASE: Sql = Sql::new(
    "UPDATE images AS i SET marked_for_deletion_at = CASE \
     WHEN EXISTS (SELECT 1 FROM profiles AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM profile_overrides AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM uploads AS used WHERE used.image = i.id) \
     THEN NULL ELSE clock_timestamp() END, lease = CASE \
     WHEN EXISTS (SELECT 1 FROM profiles AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM profile_overrides AS used WHERE used.avatar_image = i.id) \
     OR EXISTS (SELECT 1 FROM uploads AS used WHERE used.image = i.id) \
     THEN NULL ELSE i.lease END WHERE i.id = $1 AND i.lease = $2 \
     AND i.marked_for_deletion_at > clock_timestamp() - $3 \
     RETURNING COALESCE(lease, '')",
);

/// Moves the images in `$1` that are marked under the lease `$2` to the removed ones. On SQLite,
/// [`REMOVE_MARKED`] completes this.
static FINISH: Sql = Sql::pair(
    "WITH gone AS (DELETE FROM images \
     WHERE id IN (SELECT value AS id FROM jsonb_array_elements_text($1)) AND lease = $2 \
     RETURNING id) INSERT INTO removed_images (id, removed_at) \
     SELECT id, clock_timestamp() FROM gone \
     ON CONFLICT (id) DO UPDATE SET removed_at = excluded.removed_at RETURNING id",
    "INSERT INTO removed_images (id, removed_at) \
     SELECT id, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) FROM images \
     WHERE id IN (SELECT value AS id FROM json_each($1)) AND lease = $2 \
     ON CONFLICT (id) DO UPDATE SET removed_at = excluded.removed_at RETURNING id",
);

/// SQLite only.
static REMOVE_MARKED: Sql = Sql::new(
    "DELETE FROM images WHERE id IN (SELECT value AS id FROM json_each($1)) AND lease = $2",
);

/// Adds the unknown images of those in `$1`, reserved now.
static IMPORT: Sql = Sql::new(
    "INSERT INTO images (id, reserved_at) \
     SELECT given.id, clock_timestamp() \
     FROM (SELECT value AS id FROM jsonb_array_elements_text($1)) AS given \
     WHERE TRUE ON CONFLICT DO NOTHING RETURNING id",
);

/// Removes the records of images that were removed at least `$1` ago.
static PURGE_REMOVED: Sql = Sql::new(
    "DELETE FROM removed_images \
     WHERE removed_at <= clock_timestamp() - $1 \
     RETURNING id",
);

/// Reads the images that the profile `$1` refers to or has uploaded.
static OF_PROFILE: Sql = Sql::new(
    "SELECT avatar_image AS id FROM profiles WHERE id = $1 AND avatar_image IS NOT NULL \
     UNION SELECT avatar_image AS id FROM profile_overrides \
     WHERE profile_id = $1 AND avatar_image IS NOT NULL \
     UNION SELECT image AS id FROM uploads WHERE profile_id = $1 AND image IS NOT NULL \
     UNION SELECT image AS id FROM image_uploads WHERE owner = 'profile ' || $1",
);

impl FromRow for ImageId {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self::from_stored(row.text("id")?))
    }
}

/// A row of [`UNUSED_OF_OWNER`].
struct UnusedOfOwner {
    images: u32,
    bytes: u64,
    oldest: Option<Timestamp>,
    now: Timestamp,
}

impl FromRow for UnusedOfOwner {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        Ok(Self {
            images: row.number("images")?.try_into()?,
            bytes: row.number("bytes")?.try_into()?,
            oldest: row.time_or_none("oldest")?,
            now: row.time("now")?,
        })
    }
}

/// Checks the quota of the owner of `upload`.
fn check_quota(upload: &ImageUpload<'_>, unused: Option<UnusedOfOwner>) -> Result<()> {
    let Some(unused) = unused else {
        return Ok(());
    };
    let quota = upload.quota;
    let is_within =
        unused.images < quota.images && unused.bytes.saturating_add(upload.bytes) <= quota.bytes;
    if unused.images == 0 || is_within {
        return Ok(());
    }
    Err(quota.exceeded(unused.oldest.unwrap_or(unused.now), unused.now))
}

fn owner(owner: &Creator) -> Parameter {
    let owner = match owner {
        Creator::Profile(id) => format!("profile {id}"),
        Creator::Program(tenant, name) => format!("program {tenant} {name}"),
    };
    (&*owner).into()
}

pub(crate) fn remove_profile(id: ProfileId) -> Statement {
    REMOVE_UPLOADS.with([owner(&Creator::Profile(id))])
}

fn reserve(id: &ImageId, is_reuse: bool) -> Statement {
    RESERVE.with([id.as_str().into(), is_reuse.into()])
}

fn unused_of_owner(by: &Creator, except: &ImageId) -> Statement {
    UNUSED_OF_OWNER.with([owner(by), except.as_str().into()])
}

/// Operations on images that take one statement on PostgreSQL and one transaction on SQLite.
pub(crate) trait WriteImages: Database {
    /// See [`ImageRecords::reserve_upload`].
    fn reserve_upload(
        &self,
        id: &ImageId,
        upload: &ImageUpload<'_>,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// See [`ImageRecords::finish`].
    fn finish(&self, lease: &Lease, ids: &[ImageId]) -> impl Future<Output = Result<()>> + Send;
}

impl WriteImages for Postgres {
    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        let quota = upload.quota;
        let reserve = RESERVE_UPLOAD.with([
            id.as_str().into(),
            owner(upload.owner),
            upload.bytes.into(),
            quota.images.into(),
            quota.bytes.into(),
        ]);
        if self.count(reserve).await? > 0 {
            return Ok(true);
        }
        let unused = self.read_one(unused_of_owner(upload.owner, id)).await?;
        check_quota(upload, unused)?;
        Ok(false)
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        let finish = FINISH.with([Parameter::json(ids), lease.as_str().into()]);
        self.count(finish).await.map(|_| ())
    }
}

impl WriteImages for Sqlite {
    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        let (id, by) = (id.clone(), upload.owner.clone());
        let (bytes, quota) = (upload.bytes, upload.quota);
        let work = move |database: &mut SqliteConnection| {
            let upload = ImageUpload {
                owner: &by,
                bytes,
                quota,
            };
            let unused = sqlite::rows(database, unused_of_owner(&by, &id))?;
            check_quota(&upload, unused.into_iter().next())?;
            let reserved: Vec<()> = sqlite::rows(database, reserve(&id, false))?;
            let is_reserved = !reserved.is_empty();
            if is_reserved {
                let add = ADD_UPLOAD.with([owner(&by), id.as_str().into(), bytes.into()]);
                sqlite::execute(database, add)?;
            }
            Ok(is_reserved)
        };
        self.transaction(work).await
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        let parameters = || [Parameter::json(ids), lease.as_str().into()];
        let (finish, remove) = (FINISH.with(parameters()), REMOVE_MARKED.with(parameters()));
        let work = move |database: &mut SqliteConnection| {
            sqlite::rows::<()>(database, finish)?;
            sqlite::execute(database, remove)
        };
        self.transaction(work).await
    }
}

#[async_trait]
impl<D: WriteImages> ImageRecords for Repository<D> {
    async fn reserve(&self, id: &ImageId) -> Result<bool> {
        Ok(self.0.count(reserve(id, true)).await? > 0)
    }

    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        self.0.reserve_upload(id, upload).await
    }

    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        // On SQLite a reader thread runs this query, so it does not block writers.
        let find = UNUSED.with([grace.into(), expiry.into(), limit.into()]);
        let unused: Vec<ImageId> = self.0.read(find).await?;
        if unused.is_empty() {
            return Ok(unused);
        }
        // Checks again. A reservation in between changes `reserved_at`; for a concurrent one, the
        // later of the two statements waits and then sees the write of the other.
        let parameters = [
            grace.into(),
            expiry.into(),
            lease.as_str().into(),
            Parameter::json(&unused),
        ];
        self.0.write(MARK.with(parameters)).await
    }

    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>> {
        let parameters = [grace.into(), lease.as_str().into(), Parameter::json(ids)];
        let lock = LOCK.with([Parameter::json(ids)]);
        let mark = MARK_ERASED.with(parameters);
        self.0.write_locked(lock, vec![mark]).await
    }

    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool> {
        let parameters = [id.as_str().into(), lease.as_str().into(), expiry.into()];
        let leases: Vec<String> = self.0.write(RENEW_LEASE.with(parameters)).await?;
        Ok(leases.iter().any(|lease| !lease.is_empty()))
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        self.0.finish(lease, ids).await
    }

    async fn import(&self, ids: &[ImageId]) -> Result<()> {
        let import = IMPORT.with([Parameter::json(ids)]);
        self.0.count(import).await.map(|_| ())
    }

    async fn purge_removed(&self, age: SignedDuration) -> Result<()> {
        let purge = PURGE_REMOVED.with([age.into()]);
        self.0.count(purge).await.map(|_| ())
    }

    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>> {
        self.0.read(OF_PROFILE.with([profile.into()])).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Flavour;

    /// The columns that refer to images.
    const REFERENCES: [(&str, &str); 3] = [
        ("profiles", "avatar_image"),
        ("profile_overrides", "avatar_image"),
        ("uploads", "image"),
    ];

    #[test]
    fn every_statement_checks_every_reference() {
        for sql in [&UNUSED, &MARK, &MARK_ERASED, &RENEW_LEASE] {
            for (table, column) in REFERENCES {
                let used =
                    format!("EXISTS (SELECT 1 FROM {table} AS used WHERE used.{column} = i.id)");
                assert!(sql.text(Flavour::Postgres).contains(&used), "{used}");
            }
        }
        for (table, column) in REFERENCES {
            let of_profile = format!("SELECT {column} AS id FROM {table}");
            assert!(OF_PROFILE.text(Flavour::Postgres).contains(&of_profile));
        }
    }
}
