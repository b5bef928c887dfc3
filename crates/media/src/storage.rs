//! Object storage: a folder, a bucket, or memory.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path as FilePath, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use manyface_core::{Error, FileParts, Result, StoredFile};
use object_store::{
    GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, local::LocalFileSystem, memory::InMemory,
    path::Path,
};

use tokio::sync::Semaphore;

#[cfg(feature = "s3")]
use crate::S3Settings;
use crate::{OpenError, StorageMetrics};

/// The number of bytes that are read from a file at a time.
const PART: u64 = 64 * 1024;
/// The maximum number of concurrent reads.
const MAX_READS: usize = 32;

/// Object storage. The server chooses all object names, never a client.
#[derive(Clone, Debug)]
pub struct Storage {
    objects: Arc<dyn ObjectStore>,
    reads: Arc<Semaphore>,
    metrics: Arc<StorageMetrics>,
}

impl Storage {
    fn of(objects: impl ObjectStore) -> Self {
        Self {
            objects: Arc::new(objects),
            reads: Arc::new(Semaphore::new(MAX_READS)),
            metrics: Arc::default(),
        }
    }

    /// Opens a folder, which is created with mode 0700 if it does not exist. Objects are on disk when
    /// a write returns.
    pub fn folder(path: &FilePath) -> Result<Self, OpenError> {
        let mut builder = DirBuilder::new();
        let created = builder.recursive(true).mode(0o700).create(path);
        created.map_err(|source| OpenError::Folder {
            path: path.to_owned(),
            source,
        })?;
        let folder = LocalFileSystem::new_with_prefix(path).map_err(OpenError::Storage)?;
        Ok(Self::of(folder.with_fsync(true)))
    }

    /// Opens a bucket, without connecting to it.
    #[cfg(feature = "s3")]
    pub fn s3(settings: &S3Settings) -> Result<Self, OpenError> {
        use object_store::{RetryConfig, aws::AmazonS3Builder, prefix::PrefixStore};

        let retry = RetryConfig {
            max_retries: 3,
            retry_timeout: std::time::Duration::from_secs(10),
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&settings.bucket)
            .with_retry(retry);
        if let Some(region) = &settings.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &settings.endpoint {
            let is_plain = endpoint.starts_with("http://");
            builder = builder.with_endpoint(endpoint).with_allow_http(is_plain);
        }
        let bucket = builder.build().map_err(OpenError::Storage)?;
        if settings.prefix.is_empty() {
            return Ok(Self::of(bucket));
        }
        Ok(Self::of(PrefixStore::new(bucket, settings.prefix.as_str())))
    }

    /// Creates storage in memory.
    pub fn memory() -> Self {
        Self::of(InMemory::new())
    }

    /// Returns the counts of the storage.
    pub fn metrics(&self) -> &StorageMetrics {
        &self.metrics
    }

    /// Converts a missing object to `None`, and counts other errors.
    fn found<T>(&self, result: object_store::Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.unavailable(error)),
        }
    }

    /// Counts the error. Treats all errors as temporary: an operator can fix a full disk, an
    /// unreachable bucket or missing permissions, and the same request then succeeds.
    fn unavailable(&self, error: object_store::Error) -> Error {
        self.metrics.errors.increment();
        Error::Unavailable(Some(error.into()))
    }

    /// Stores `bytes`, replacing an existing object.
    pub(crate) async fn put(&self, name: &Path, bytes: Vec<u8>) -> Result<()> {
        let put = self.objects.put(name, bytes.into()).await;
        put.map(|_| ()).map_err(|error| self.unavailable(error))
    }

    pub(crate) async fn get(&self, name: &Path) -> Result<Option<Vec<u8>>> {
        let read = async { self.objects.get(name).await?.bytes().await };
        Ok(self.found(read.await)?.map(|bytes| bytes.to_vec()))
    }

    /// Opens an object and reads its first part.
    pub(crate) async fn open(&self, name: &Path) -> Result<Option<OpenObject>> {
        let part = match self.found(self.part(name, 0).await) {
            // An empty object has no part.
            Err(_) if self.length(name).await? == Some(0) => Some((0, Bytes::new())),
            part => part?,
        };
        let Some((length, first)) = part else {
            return Ok(None);
        };
        Ok(Some(OpenObject {
            storage: self.clone(),
            name: name.clone(),
            length,
            first,
            position: 0,
        }))
    }

    /// Reads a part from `start` on, and returns it with the length of the object.
    async fn part(&self, name: &Path, start: u64) -> object_store::Result<(u64, Bytes)> {
        // Held only while reading, so that a slow client blocks no other read.
        let _permit = self.reads.acquire().await;
        let options = GetOptions::new().with_range(Some(start..start + PART));
        let read = self.objects.get_opts(name, options).await?;
        let length = read.meta.size;
        Ok((length, read.bytes().await?))
    }

    /// Returns the length of an object in bytes, or `None` if it does not exist.
    pub(crate) async fn length(&self, name: &Path) -> Result<Option<u64>> {
        let found = self.found(self.objects.head(name).await)?;
        Ok(found.map(|object| object.size))
    }

    pub(crate) async fn exists(&self, name: &Path) -> Result<bool> {
        Ok(self.length(name).await?.is_some())
    }

    /// Removes an object if it exists.
    pub(crate) async fn remove(&self, name: &Path) -> Result<()> {
        self.found(self.objects.delete(name).await).map(|_| ())
    }

    /// Returns the time of the storage's clock, in microseconds since 1970, by writing the object
    /// `name`.
    pub(crate) async fn now(&self, name: &Path) -> Result<i64> {
        self.put(name, Vec::new()).await?;
        let written = self.objects.head(name).await;
        let written = written.map_err(|error| self.unavailable(error))?;
        Ok(written.last_modified.timestamp_micros())
    }

    /// Lists a folder, in no particular order.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<ObjectMeta>> {
        self.objects
            .list(Some(folder))
            .boxed()
            .try_collect()
            .await
            .map_err(|error| self.unavailable(error))
    }
}

/// An object that is read in parts. Objects do not change while they exist.
pub(crate) struct OpenObject {
    storage: Storage,
    name: Path,
    length: u64,
    first: Bytes,
    position: u64,
}

impl OpenObject {
    /// Returns the first part.
    pub(crate) fn first(&self) -> &[u8] {
        &self.first
    }
}

impl From<OpenObject> for StoredFile {
    fn from(object: OpenObject) -> Self {
        Self {
            length: object.length,
            parts: Box::new(object),
        }
    }
}

#[async_trait]
impl FileParts for OpenObject {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.position >= self.length {
            return Ok(None);
        }
        let part = if self.position == 0 {
            std::mem::take(&mut self.first)
        } else {
            let part = self.storage.part(&self.name, self.position).await;
            let (_, part) = part.map_err(|error| self.storage.unavailable(error))?;
            part
        };
        if part.is_empty() {
            return Err(Error::Unavailable(Some(
                "the stored file became shorter while it was read".into(),
            )));
        }
        self.position += part.len() as u64;
        Ok(Some(part.into()))
    }
}
