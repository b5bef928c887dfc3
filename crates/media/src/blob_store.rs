//! Files in storage.

use async_trait::async_trait;
use jiff::SignedDuration;
use manyface_core::{BlobKey, BlobKind, Blobs, Error, Result, StoredFile};
use object_store::path::Path;

use crate::Storage;

const FOLDER: &str = "blobs";
/// The name of an empty object that is written to read the clock of the storage.
const CLOCK: &str = "clock";

/// A store of files, byte for byte.
#[derive(Clone, Debug)]
pub struct BlobStore(Storage);

impl BlobStore {
    /// Creates a store for files in `storage`.
    pub fn new(storage: Storage) -> Self {
        Self(storage)
    }
}

#[async_trait]
impl Blobs for BlobStore {
    async fn put(&self, kind: BlobKind, bytes: Vec<u8>) -> Result<BlobKey> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| Error::Storage(error.into()))?;
        let key = BlobKey::of_random(random);
        self.0.put(&name(kind, &key), bytes).await?;
        Ok(key)
    }

    async fn get(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<Vec<u8>>> {
        self.0.get(&name(kind, key)).await
    }

    async fn open(&self, kind: BlobKind, key: &BlobKey) -> Result<Option<StoredFile>> {
        let object = self.0.open(&name(kind, key)).await?;
        Ok(object.map(StoredFile::from))
    }

    async fn remove(&self, kind: BlobKind, key: &BlobKey) -> Result<()> {
        self.0.remove(&name(kind, key)).await
    }

    async fn older_than(
        &self,
        kind: BlobKind,
        age: SignedDuration,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobKey>> {
        let all = self.0.list(&folder(kind)).await?;
        let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
        let cutoff = self.0.now(&Path::from_iter([FOLDER, CLOCK])).await?;
        let cutoff = cutoff.saturating_sub(age);
        let old = all
            .into_iter()
            .filter(|object| object.last_modified.timestamp_micros() <= cutoff);
        let keys = old.filter_map(|object| object.location.filename()?.parse().ok());
        let mut keys: Vec<BlobKey> = keys
            .filter(|key| after.is_none_or(|after| key > after))
            .collect();
        keys.sort_unstable();
        keys.truncate(limit);
        Ok(keys)
    }
}

fn folder(kind: BlobKind) -> Path {
    Path::from_iter([FOLDER, kind.as_str()])
}

pub(crate) fn name(kind: BlobKind, key: &BlobKey) -> Path {
    let digits = key.as_str();
    let folder = digits.get(..2).unwrap_or(digits);
    Path::from_iter([FOLDER, kind.as_str(), folder, digits])
}
