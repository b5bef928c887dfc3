//! The store of files in memory, and the store without files.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::{BlobKey, BlobKind, Blobs, Error, Result};

/// Stores files in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryBlobs(Mutex<BTreeMap<(BlobKind, BlobKey), MemoryBlob>>);

#[derive(Debug)]
struct MemoryBlob {
    bytes: Vec<u8>,
    stored_at: Instant,
}

impl MemoryBlobs {
    fn files(&self) -> MutexGuard<'_, BTreeMap<(BlobKind, BlobKey), MemoryBlob>> {
        // A panic leaves no partial change: every change is one insertion or removal.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, kind: BlobKind, bytes: Vec<u8>) -> Result<BlobKey> {
        let random = [(); 2].map(|()| RandomState::new().hash_one("a new name"));
        let random = u128::from(random[0]) << 64 | u128::from(random[1]);
        let key = BlobKey::of_random(random.to_be_bytes());
        let stored_at = Instant::now();
        let blob = MemoryBlob { bytes, stored_at };
        self.files().insert((kind, key.clone()), blob);
        Ok(key)
    }

    async fn get(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<Vec<u8>>> {
        let files = self.files();
        let found = files.get(&(kind, key.clone()));
        Ok(found.map(|blob| blob.bytes.clone()))
    }

    async fn remove(&self, kind: BlobKind, key: &BlobKey) -> Result<()> {
        self.files().remove(&(kind, key.clone()));
        Ok(())
    }

    async fn older_than(
        &self,
        kind: BlobKind,
        age: SignedDuration,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobKey>> {
        let files = self.files();
        let old = files.iter().filter(|((stored_kind, key), blob)| {
            let blob_age = SignedDuration::try_from(blob.stored_at.elapsed());
            let is_old = blob_age.is_ok_and(|blob_age| blob_age >= age);
            *stored_kind == kind && is_old && after.is_none_or(|after| key > after)
        });
        Ok(old.take(limit).map(|((_, key), _)| key.clone()).collect())
    }
}

/// A store without files, which rejects every file.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBlobs;

#[async_trait]
impl Blobs for NoBlobs {
    async fn put(&self, _: BlobKind, _: Vec<u8>) -> Result<BlobKey> {
        Err(Error::Storage("this deployment stores no files".into()))
    }

    async fn get(&self, _: BlobKind, _: &BlobKey) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn remove(&self, _: BlobKind, _: &BlobKey) -> Result<()> {
        Ok(())
    }

    async fn older_than(
        &self,
        _: BlobKind,
        _: SignedDuration,
        _: Option<&BlobKey>,
        _: usize,
    ) -> Result<Vec<BlobKey>> {
        Ok(Vec::new())
    }
}
