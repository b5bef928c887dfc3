//! How images and files are kept.

use std::{fmt, num::NonZeroUsize, path::PathBuf};

use manyface_core::bounded;
use serde::Deserialize;

/// How images and files are kept.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaSettings {
    /// The folder. Default: `media` in the data folder.
    pub folder: Option<PathBuf>,
    /// A bucket, in place of the folder.
    pub s3: Option<S3Settings>,
    /// How many threads decode images of any size; each takes up to some 300 MB while it does. One
    /// more decodes small images only. Default: 1.
    #[serde(deserialize_with = "bounded::<1, 256, _, _>")]
    pub decoders: NonZeroUsize,
    /// How many images may wait to be decoded; then 503. Default: 32.
    #[serde(deserialize_with = "bounded::<1, 100_000, _, _>")]
    pub queue: NonZeroUsize,
    /// How many images of one user or API key may wait or be decoded; then 503. Default: 4.
    #[serde(deserialize_with = "bounded::<1, 100_000, _, _>")]
    pub queue_per_user: NonZeroUsize,
    /// How long an image is kept that no profile uses, in hours. Default: 24.
    #[serde(deserialize_with = "bounded::<1, 876_000, _, _>")]
    pub grace_hours: NonZeroUsize,
    /// The time between two collections of what no profile uses, in minutes. Default: 60.
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

/// A bucket of S3, or of a compatible service.
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
    /// The service's URL, where it is not Amazon's.
    pub endpoint: Option<String>,
}

/// Why the place for images and files could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made.
    #[error("{path} cannot be made")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The storage cannot be used as it is configured.
    #[error("the storage cannot be used as it is configured")]
    Storage(#[source] object_store::Error),
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] std::io::Error),
}

impl fmt::Display for S3Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.prefix)
    }
}
