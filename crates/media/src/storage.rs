//! Where the bytes are: a folder, a bucket, or memory.

use std::{
    fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path as FilePath, sync::Arc, time::Duration,
};

use futures_util::{StreamExt, TryStreamExt};
use manyface_core::{Error, Result};
use object_store::{
    ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder,
    local::LocalFileSystem, memory::InMemory, path::Path, prefix::PrefixStore,
};

use crate::{OpenError, S3Settings};

/// How long one request to a bucket is tried.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the bytes are. Names are made here, never by a client.
#[derive(Clone, Debug)]
pub struct Storage(Arc<dyn ObjectStore>);

impl Storage {
    /// A folder, made for the eyes of its owner alone if it is missing. What is put there is on the
    /// disk when it has been put.
    pub fn folder(path: &FilePath) -> Result<Self, OpenError> {
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(path);
        made.map_err(|source| OpenError::Folder {
            path: path.to_owned(),
            source,
        })?;
        let folder = LocalFileSystem::new_with_prefix(path).map_err(OpenError::Storage)?;
        Ok(Self(Arc::new(folder.with_fsync(true))))
    }

    /// A bucket. No connection is made yet.
    pub fn s3(settings: &S3Settings) -> Result<Self, OpenError> {
        let retry = RetryConfig {
            max_retries: 3,
            retry_timeout: PATIENCE,
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
            return Ok(Self(Arc::new(bucket)));
        }
        let store = PrefixStore::new(bucket, settings.prefix.as_str());
        Ok(Self(Arc::new(store)))
    }

    /// Memory, gone with the process.
    pub fn memory() -> Self {
        Self(Arc::new(InMemory::new()))
    }

    /// Keeps `bytes`, in place of what has that name.
    pub(crate) async fn put(&self, name: &Path, bytes: Vec<u8>) -> Result<()> {
        let put = self.0.put(name, bytes.into()).await;
        put.map(|_| ()).map_err(fault)
    }

    pub(crate) async fn get(&self, name: &Path) -> Result<Option<Vec<u8>>> {
        let read = async { self.0.get(name).await?.bytes().await };
        Ok(found(read.await)?.map(|bytes| bytes.to_vec()))
    }

    pub(crate) async fn has(&self, name: &Path) -> Result<bool> {
        Ok(found(self.0.head(name).await)?.is_some())
    }

    /// Removes what has that name, if anything does.
    pub(crate) async fn remove(&self, name: &Path) -> Result<()> {
        found(self.0.delete(name).await).map(|_| ())
    }

    /// What is kept in a folder, in no order.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<ObjectMeta>> {
        self.0
            .list(Some(folder))
            .boxed()
            .try_collect()
            .await
            .map_err(fault)
    }
}

fn found<T>(answer: object_store::Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

/// A full disk, a bucket that cannot be reached, rights that are missing: an operator mends all of
/// them, and the same request then works.
fn fault(error: object_store::Error) -> Error {
    Error::Unavailable(Some(error.into()))
}
