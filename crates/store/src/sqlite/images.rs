//! The records of images in SQLite.

use async_trait::async_trait;
use diesel::sqlite::SqliteConnection;
use manyface_core::{ImageId, ImageRecords, ImageUpload, Lease, ProfileId, Result, SignedDuration};

use super::{Sqlite, execute, load};
use crate::{
    row::TextRow,
    statement::{self, Statement},
    uploads::check_quota,
};

#[async_trait]
impl ImageRecords for Sqlite {
    async fn claim(&self, id: &ImageId) -> Result<bool> {
        let claimed = self.change(statement::claim_image(id, true)).await?;
        Ok(!claimed.is_empty())
    }

    async fn claim_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool> {
        let (id, owner) = (id.clone(), upload.owner.clone());
        let (bytes, quota) = (upload.bytes, upload.quota);
        let work = move |database: &mut SqliteConnection| {
            let upload = ImageUpload {
                owner: &owner,
                bytes,
                quota,
            };
            let unused = load(database, statement::unused_uploads(&id, &owner))?;
            check_quota(&upload, unused)?;
            let claimed: Vec<TextRow> = load(database, statement::claim_image(&id, false))?;
            if !claimed.is_empty() {
                execute(database, statement::add_image_upload(&id, &owner, bytes))?;
            }
            Ok(!claimed.is_empty())
        };
        self.threads.write(work).await
    }

    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>> {
        // Looked for by a thread that reads: writers do not wait for that.
        let unused = statement::unused_images(grace, expiry, limit);
        let unused = names(self.read_rows(unused).await?);
        if unused.is_empty() {
            return Ok(unused);
        }
        let mark = statement::mark_images(lease, grace, expiry, &unused);
        self.change(mark).await
    }

    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>> {
        self.change(statement::mark_erased(lease, grace, ids)).await
    }

    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool> {
        let renew = statement::renew_lease(lease, expiry, id);
        let rows: Vec<TextRow> = self.write_rows(renew).await?;
        Ok(rows.iter().any(|row| !row.0.is_empty()))
    }

    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()> {
        let finish = statement::finish_images(lease, ids);
        let forget = statement::forget_images(lease, ids);
        let work = move |database: &mut SqliteConnection| {
            let _: Vec<TextRow> = load(database, finish)?;
            execute(database, forget)
        };
        self.threads.write(work).await
    }

    async fn adopt(&self, ids: &[ImageId]) -> Result<()> {
        let adopt = statement::adopt_images(ids);
        self.change(adopt).await.map(|_| ())
    }

    async fn forget_removed(&self, age: SignedDuration) -> Result<()> {
        let forget = statement::forget_removed_images(age);
        self.change(forget).await.map(|_| ())
    }

    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>> {
        let find = statement::images_of(profile);
        Ok(names(self.read_rows(find).await?))
    }
}

impl Sqlite {
    /// Runs a statement that writes, and returns the images that it names.
    async fn change(&self, statement: Statement) -> Result<Vec<ImageId>> {
        Ok(names(self.write_rows(statement).await?))
    }
}

fn names(rows: Vec<TextRow>) -> Vec<ImageId> {
    let ids = rows.into_iter().map(|row| ImageId::from_stored(row.0));
    ids.collect()
}
