//! The table `uploads`.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{
    Avatar, Creator, Error, ImageId, ProfileId, Quota, Result, TenantId, Upload, UploadState,
    Uploads, check_upload,
};

use crate::{
    database::{Columns, Database, FromRow, Repository},
    sql::{Parameter, Sql, Statement},
};

/// Adds an upload, unless its creator already has `$13` open ones. The creator is the profile `$2`,
/// or the program `$3` of the tenant `$14`.
///
/// On PostgreSQL a function counts under a lock, because the snapshot of this statement may be too
/// old. The profile is locked against removal; no row is added if it has been removed.
static ADD: Sql = Sql::pair(
    "INSERT INTO uploads (id, profile_id, account, filename, media_type, announced_size, \
     is_public, state, image, size, created_at, expires_at, is_used, tenant_id) \
     SELECT $1, $2, $3, $4, $5, $6, $7 = 1, $8, $9, $10, $11, $12, FALSE, \
     COALESCE($14, (SELECT tenant_id FROM profiles WHERE id = $2)) \
     WHERE ($3 IS NOT NULL OR lock_profile($2)) \
     AND open_uploads($2, $3, $14, $11) < $13 RETURNING id",
    "INSERT INTO uploads (id, profile_id, account, filename, media_type, announced_size, \
     is_public, state, image, size, created_at, expires_at, is_used, tenant_id) \
     SELECT $1, $2, $3, $4, $5, $6, $7 = 1, $8, $9, $10, $11, $12, FALSE, \
     COALESCE($14, (SELECT tenant_id FROM profiles WHERE id = $2)) \
     WHERE ($3 IS NOT NULL OR EXISTS (SELECT 1 FROM profiles WHERE id = $2)) \
     AND (SELECT count(*) FROM uploads AS u \
     WHERE (u.profile_id = $2 OR (u.account = $3 AND u.tenant_id = $14)) \
     AND NOT u.is_used AND u.expires_at > $11) < $13 RETURNING id",
);

/// Reads when the first open upload of the profile `$1`, or of the program `$2` of the tenant `$4`,
/// expires after `$3`. Returns no row if the profile does not exist.
static FIRST_EXPIRY: Sql = Sql::new(
    "SELECT COALESCE((SELECT min(u.expires_at) FROM uploads AS u \
     WHERE (u.profile_id = $1 OR (u.account = $2 AND u.tenant_id = $4)) \
     AND NOT u.is_used AND u.expires_at > $3), $3) AS at \
     WHERE $2 IS NOT NULL OR EXISTS (SELECT 1 FROM profiles WHERE id = $1)",
);

/// Excludes uploads of suspended tenants.
static FIND: Sql = Sql::new(
    "SELECT id, profile_id::text, account, tenant_id::text, filename, media_type, \
     announced_size, is_public, state, image, size, created_at, expires_at, is_used \
     FROM uploads AS u WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM tenants AS t \
     WHERE t.id = u.tenant_id AND t.suspended_at IS NOT NULL)",
);

static ADVANCE: Sql = Sql::new(
    "UPDATE uploads SET state = $2, image = $3, size = $4 \
     WHERE id = $1 AND state IN ('pending', 'processing') RETURNING id",
);

/// SQLite only; on PostgreSQL the update of the profile does it.
static MARK_USED: Sql = Sql::new("UPDATE uploads SET is_used = TRUE WHERE id = $1");

static REMOVE_EXPIRED: Sql = Sql::new(
    "DELETE FROM uploads WHERE id IN (SELECT u.id FROM uploads AS u \
     WHERE u.expires_at < $1 ORDER BY u.expires_at LIMIT $2) RETURNING id",
);

static REMOVE_PROFILE: Sql = Sql::new("DELETE FROM uploads WHERE profile_id = $1");

pub(crate) fn find(id: &str) -> Statement {
    FIND.with([id.into()])
}

pub(crate) fn mark_used(id: &str) -> Statement {
    MARK_USED.with([id.into()])
}

/// Removes the uploads of a profile.
pub(crate) fn remove_profile(id: ProfileId) -> Statement {
    REMOVE_PROFILE.with([id.into()])
}

/// Returns the profile, or the name and the tenant of the program.
fn creator_parameters(creator: &Creator) -> [Parameter; 3] {
    let (profile, account, tenant) = match creator {
        Creator::Profile(id) => (Some(*id), None, None),
        Creator::Program(tenant, name) => (None, Some(name.clone()), Some(*tenant)),
    };
    [profile.into(), account.into(), tenant.into()]
}

/// Returns the state, the image and the size.
fn state_parameters(state: &UploadState) -> [Parameter; 3] {
    let (name, image, size) = match state {
        UploadState::Pending => ("pending", None, None),
        UploadState::Processing => ("processing", None, None),
        UploadState::Failed => ("failed", None, None),
        UploadState::Ready { image, size } => ("ready", Some(image), Some(*size)),
    };
    [
        name.into(),
        image.map(|image| image.as_str().to_owned()).into(),
        size.and_then(|size| i64::try_from(size).ok()).into(),
    ]
}

impl FromRow for Upload {
    fn from_row(row: &dyn Columns) -> diesel::deserialize::Result<Self> {
        let profile = row.text_or_none("profile_id")?;
        let creator = match (profile, row.text_or_none("account")?) {
            (Some(id), None) => Creator::Profile(ProfileId(id.parse()?)),
            (None, Some(account)) => Creator::Program(TenantId(row.parse("tenant_id")?), account),
            (Some(_), Some(_)) | (None, None) => return Err("an upload has one creator".into()),
        };
        let image = row.text_or_none("image")?;
        let state = match (&*row.text("state")?, image, row.number_or_none("size")?) {
            ("pending", _, _) => UploadState::Pending,
            ("processing", _, _) => UploadState::Processing,
            ("failed", _, _) => UploadState::Failed,
            ("ready", Some(image), Some(size)) => UploadState::Ready {
                image: ImageId::from_stored(image),
                size: size.try_into()?,
            },
            _ => return Err("unknown state of an upload".into()),
        };
        let announced_size = row.number_or_none("announced_size")?;
        Ok(Self {
            id: row.text("id")?,
            creator,
            filename: row.text("filename")?,
            media_type: row.text("media_type")?,
            announced_size: announced_size.map(u64::try_from).transpose()?,
            is_public: row.boolean("is_public")?,
            state,
            created_at: row.time("created_at")?,
            expires_at: row.time("expires_at")?,
            is_used: row.boolean("is_used")?,
        })
    }
}

#[async_trait]
impl<D: Database> Uploads for Repository<D> {
    async fn add(&self, upload: &Upload, max_open: u32) -> Result<()> {
        let Upload {
            id,
            creator,
            filename,
            media_type,
            announced_size,
            is_public,
            state,
            created_at,
            expires_at,
            is_used: _,
        } = upload;
        let [profile, account, tenant] = creator_parameters(creator);
        let [state, image, size] = state_parameters(state);
        let announced_size = announced_size.and_then(|size| i64::try_from(size).ok());
        let add = ADD.with([
            (&**id).into(),
            profile,
            account,
            (&**filename).into(),
            (&**media_type).into(),
            announced_size.into(),
            (*is_public).into(),
            state,
            image,
            size,
            (*created_at).into(),
            (*expires_at).into(),
            max_open.into(),
            tenant,
        ]);
        if self.0.count(add).await? > 0 {
            return Ok(());
        }
        let [profile, account, tenant] = creator_parameters(creator);
        let first = FIRST_EXPIRY.with([profile, account, (*created_at).into(), tenant]);
        let Some(until) = self.0.read_one(first).await? else {
            return Err(Error::NotFound);
        };
        Err(Quota::OpenUploads.exceeded_until(until, *created_at))
    }

    async fn find(&self, id: &str) -> Result<Option<Upload>> {
        self.0.read_one(find(id)).await
    }

    async fn advance(&self, id: &str, state: &UploadState) -> Result<bool> {
        let parameters = [id.into()].into_iter().chain(state_parameters(state));
        Ok(self.0.count(ADVANCE.with(parameters)).await? > 0)
    }

    async fn purge_expired(&self, instant: Timestamp, limit: u32) -> Result<u32> {
        let remove = REMOVE_EXPIRED.with([instant.into(), limit.into()]);
        let removed = self.0.count(remove).await?;
        Ok(u32::try_from(removed).unwrap_or(limit))
    }
}

/// Checks that the upload `id` may replace the avatar `current`.
pub(crate) async fn check_usable(
    database: &impl Database,
    id: Option<&str>,
    current: Option<&Avatar>,
) -> Result<()> {
    let Some(id) = id else {
        return Ok(());
    };
    let upload: Option<Upload> = database.read_one(find(id)).await?;
    check_upload(upload.as_ref(), current)
}
