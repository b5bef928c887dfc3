//! What PostgreSQL knows of pictures.

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{ImageId, ImageRecords, ImageUpload, Result};

use super::{Effect, Postgres};
use crate::{
    row::TextRow,
    statement::{self, Statement},
    uploads::check_quota,
};

#[async_trait]
impl ImageRecords for Postgres {
    async fn claim(&self, id: &ImageId, at: Timestamp) -> Result<bool> {
        let claim = statement::claim_image(id, at);
        let claimed = self.names(Effect::Write, &claim).await?;
        Ok(!claimed.is_empty())
    }

    async fn claim_upload(
        &self,
        id: &ImageId,
        upload: &ImageUpload<'_>,
        at: Timestamp,
    ) -> Result<bool> {
        let claim = statement::claim_upload(id, upload, at);
        if !self.names(Effect::Write, &claim).await?.is_empty() {
            return Ok(true);
        }
        let unused = statement::unused_uploads(id, upload.owner);
        check_quota(upload, self.run(Effect::Read, &unused).await?, at)?;
        Ok(false)
    }

    async fn doom(
        &self,
        unclaimed_since: Timestamp,
        doomed_since: Timestamp,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        let unused = statement::unused_images(unclaimed_since, doomed_since, limit);
        let unused = self.names(Effect::Read, &unused).await?;
        if unused.is_empty() {
            return Ok(unused);
        }
        // Checks again: a claim in between moves the time, and one that runs at the same moment
        // waits for this statement, or this one for it and then sees what it wrote.
        let doom = statement::doom_images(unclaimed_since, doomed_since, at, &unused);
        self.names(Effect::Write, &doom).await
    }

    async fn forget(&self, ids: &[ImageId], at: Timestamp) -> Result<()> {
        let forget = statement::forget_images(ids, at);
        self.names(Effect::Write, &forget).await.map(|_| ())
    }

    async fn adopt(&self, ids: &[ImageId], at: Timestamp) -> Result<()> {
        let adopt = statement::adopt_images(ids, at);
        self.names(Effect::Write, &adopt).await.map(|_| ())
    }
}

impl Postgres {
    /// Runs a statement, and answers the pictures that it names.
    async fn names(&self, effect: Effect, statement: &Statement) -> Result<Vec<ImageId>> {
        let rows: Vec<TextRow> = self.run(effect, statement).await?;
        let ids = rows.into_iter().map(|row| ImageId::from_stored(row.0));
        Ok(ids.collect())
    }
}
