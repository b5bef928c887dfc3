//! Files kept in memory, and not at all.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::{BlobKey, BlobKind, Blobs, Error, Result};

/// Files kept in memory, gone with the process: for tests.
#[derive(Debug, Default)]
pub struct MemoryBlobs(Mutex<BTreeMap<(BlobKind, BlobKey), Kept>>);

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    at: Instant,
}

impl MemoryBlobs {
    fn files(&self) -> MutexGuard<'_, BTreeMap<(BlobKind, BlobKey), Kept>> {
        // Every change is one insertion or one removal.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, kind: BlobKind, bytes: Vec<u8>) -> Result<BlobKey> {
        let random = [(); 2].map(|()| RandomState::new().hash_one("a new name"));
        let random = u128::from(random[0]) << 64 | u128::from(random[1]);
        let key = BlobKey::of_random(random.to_be_bytes());
        let at = Instant::now();
        let kept = Kept { bytes, at };
        self.files().insert((kind, key.clone()), kept);
        Ok(key)
    }

    async fn get(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<Vec<u8>>> {
        let files = self.files();
        let found = files.get(&(kind, key.clone()));
        Ok(found.map(|kept| kept.bytes.clone()))
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
        let old = files.iter().filter(|((of, key), kept)| {
            let is_old = SignedDuration::try_from(kept.at.elapsed()).is_ok_and(|now| now >= age);
            *of == kind && is_old && after.is_none_or(|after| key > after)
        });
        Ok(old.take(limit).map(|((_, key), _)| key.clone()).collect())
    }
}

/// No files: each is rejected, and none exists.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBlobs;

#[async_trait]
impl Blobs for NoBlobs {
    async fn put(&self, _: BlobKind, _: Vec<u8>) -> Result<BlobKey> {
        Err(Error::Storage("no files are kept here".into()))
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
