//! The records of images in PostgreSQL.

use async_trait::async_trait;
use manyface_core::{ImageId, ImageRecords, ImageUpload, Lease, ProfileId, Result, SignedDuration};

use super::{Effect, Postgres};
use crate::{
    row::TextRow,
    statement::{self, Statement},
    uploads::check_quota,
};

#[async_trait]
impl ImageRecords for Postgres {
    async fn claim(&self, id: &ImageId) -> Result<bool> {
        let claim = statement::claim_image(id, true);
        let claimed = self.names(Effect::Write, &claim).await?;
        Ok(!claimed.is_empty())
    }

    async fn claim_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        let claim = statement::claim_upload(id, upload);
        if !self.names(Effect::Write, &claim).await?.is_empty() {
            return Ok(true);
        }
        let unused = statement::unused_uploads(id, upload.owner);
        check_quota(upload, self.run(Effect::Read, &unused).await?)?;
        Ok(false)
    }

    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        let unused = statement::unused_images(grace, expiry, limit);
        let unused = self.names(Effect::Read, &unused).await?;
        if unused.is_empty() {
            return Ok(unused);
        }
        // Checks again: a claim in between moves the time, and one that runs at the same moment
        // waits for this statement, or this one for it and then sees what it wrote.
        let mark = statement::mark_images(lease, grace, expiry, &unused);
        self.names(Effect::Write, &mark).await
    }

    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>> {
        let mark = statement::mark_erased(lease, grace, ids);
        self.names(Effect::Write, &mark).await
    }

    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool> {
        let renew = statement::renew_lease(lease, expiry, id);
        let rows: Vec<TextRow> = self.run(Effect::Write, &renew).await?;
        Ok(rows.iter().any(|row| !row.0.is_empty()))
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        let finish = statement::finish_images(lease, ids);
        self.names(Effect::Write, &finish).await.map(|_| ())
    }

    async fn adopt(&self, ids: &[ImageId]) -> Result<()> {
        let adopt = statement::adopt_images(ids);
        self.names(Effect::Write, &adopt).await.map(|_| ())
    }

    async fn forget_removed(&self, age: SignedDuration) -> Result<()> {
        let forget = statement::forget_removed_images(age);
        self.names(Effect::Write, &forget).await.map(|_| ())
    }

    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>> {
        let find = statement::images_of(profile);
        self.names(Effect::Read, &find).await
    }
}

impl Postgres {
    /// Runs a statement, and returns the images that it names.
    async fn names(&self, effect: Effect, statement: &Statement) -> Result<Vec<ImageId>> {
        let rows: Vec<TextRow> = self.run(effect, statement).await?;
        let ids = rows.into_iter().map(|row| ImageId::from_stored(row.0));
        Ok(ids.collect())
    }
}
