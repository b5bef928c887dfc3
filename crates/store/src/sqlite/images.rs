//! What SQLite knows of pictures.

use async_trait::async_trait;
use diesel::sqlite::SqliteConnection;
use jiff::Timestamp;
use manyface_core::{ImageId, ImageRecords, ImageUpload, Result};

use super::{Sqlite, execute, load};
use crate::{
    row::TextRow,
    statement::{self, Statement},
    uploads::check_quota,
};

#[async_trait]
impl ImageRecords for Sqlite {
    async fn claim(&self, id: &ImageId, at: Timestamp) -> Result<bool> {
        let claimed = self.change(statement::claim_image(id, at)).await?;
        Ok(!claimed.is_empty())
    }

    async fn claim_upload(
        &self,
        id: &ImageId,
        upload: &ImageUpload<'_>,
        at: Timestamp,
    ) -> Result<bool> {
        let (id, owner) = (id.clone(), upload.owner.clone());
        let (bytes, quota) = (upload.bytes, upload.quota);
        let work = move |database: &mut SqliteConnection| {
            let upload = ImageUpload {
                owner: &owner,
                bytes,
                quota,
            };
            let unused = load(database, statement::unused_uploads(&id, &owner))?;
            check_quota(&upload, unused, at)?;
            let claimed: Vec<TextRow> = load(database, statement::claim_image(&id, at))?;
            if !claimed.is_empty() {
                execute(database, statement::add_image_upload(&id, &owner, bytes))?;
            }
            Ok(!claimed.is_empty())
        };
        self.threads.write(work).await
    }

    async fn doom(
        &self,
        unclaimed_since: Timestamp,
        doomed_since: Timestamp,
        at: Timestamp,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        // Looked for by a thread that reads: writers do not wait for that.
        let unused = statement::unused_images(unclaimed_since, doomed_since, limit);
        let unused = names(self.read_rows(unused).await?);
        if unused.is_empty() {
            return Ok(unused);
        }
        let doom = statement::doom_images(unclaimed_since, doomed_since, at, &unused);
        self.change(doom).await
    }

    async fn forget(&self, ids: &[ImageId], at: Timestamp) -> Result<()> {
        let forgotten = self.change(statement::forget_images(ids, at)).await;
        forgotten.map(|_| ())
    }

    async fn adopt(&self, ids: &[ImageId], at: Timestamp) -> Result<()> {
        let adopted = self.change(statement::adopt_images(ids, at)).await;
        adopted.map(|_| ())
    }
}

impl Sqlite {
    /// Runs a statement that writes, and answers the pictures that it names.
    async fn change(&self, statement: Statement) -> Result<Vec<ImageId>> {
        Ok(names(self.write_rows(statement).await?))
    }
}

fn names(rows: Vec<TextRow>) -> Vec<ImageId> {
    let ids = rows.into_iter().map(|row| ImageId::from_stored(row.0));
    ids.collect()
}
