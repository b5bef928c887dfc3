//! Settings for images and files.

use std::{fmt, num::NonZeroUsize, path::PathBuf};

use manyface_core::bounded;
use serde::Deserialize;

/// Settings for images and files.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaSettings {
    /// The folder. Default: `media` in the data folder.
    pub folder: Option<PathBuf>,
    /// A bucket that replaces the folder.
    pub s3: Option<S3Settings>,
    /// The number of threads that decode images of any size; each takes up to 300 MB. One more thread
    /// decodes small images only. Default: 1.
    #[serde(deserialize_with = "bounded::<1, 256, _, _>")]
    pub decoders: NonZeroUsize,
    /// The maximum number of images that wait to be decoded; more get a 503. Default: 32.
    #[serde(deserialize_with = "bounded::<1, 100_000, _, _>")]
    pub queue: NonZeroUsize,
    /// The maximum number of images of one user or API key that wait or are decoded; more get a 503.
    /// Default: 4.
    #[serde(deserialize_with = "bounded::<1, 100_000, _, _>")]
    pub queue_per_user: NonZeroUsize,
    /// The time that an unused image is kept, in hours. Default: 24.
    #[serde(deserialize_with = "bounded::<1, 876_000, _, _>")]
    pub grace_hours: NonZeroUsize,
    /// The time between two collections of unused images and files, in minutes. Default: 60.
    #[serde(deserialize_with = "bounded::<1, 525_600, _, _>")]
    pub collect_every_minutes: NonZeroUsize,
}

impl Default for MediaSettings {
    fn default() -> Self {
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self {
            folder: None,
            s3: None,
            decoders: number(1),
            queue: number(32),
            queue_per_user: number(4),
            grace_hours: number(24),
            collect_every_minutes: number(60),
        }
    }
}

/// A bucket of S3 or of a compatible service.
///
/// The keys come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_SESSION_TOKEN`), a web identity, or the machine's role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Settings {
    /// The bucket's name.
    pub bucket: String,
    /// The prefix of all object names. Default: empty.
    #[serde(default)]
    pub prefix: String,
    /// The region. Default: `AWS_REGION`, or `us-east-1`.
    pub region: Option<String>,
    /// The URL of the service. Default: Amazon's.
    pub endpoint: Option<String>,
}

/// The reason why the storage or the decoders cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be created.
    #[error("cannot create the folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The configuration of the storage is invalid.
    #[error("the configuration of the storage is invalid")]
    Storage(#[source] object_store::Error),
    /// A thread cannot be started.
    #[error("cannot start a decoder thread")]
    Thread(#[source] std::io::Error),
}

impl fmt::Display for S3Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}
