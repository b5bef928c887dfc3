//! Files that are uploaded first and named in a later request, and the ports this takes.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Avatar, Error, Field, ImageId, ProfileId, Result, TenantId, Violation};

/// The creator of an upload, who alone can see and use it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Creator {
    /// A user's.
    Profile(ProfileId),
    /// That of the program of an account or an app, in a tenant: its API keys have this name there.
    Program(TenantId, String),
}

/// How far an upload has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// The file has not arrived.
    Pending,
    /// The file has arrived and is being checked.
    Processing,
    /// The file is an image that is kept.
    Ready {
        /// The image.
        image: ImageId,
        /// The bytes of the file as it arrived.
        size: u64,
    },
    /// The file was no image that can be kept.
    Failed,
}

/// One upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its name in its dialect.
    pub id: String,
    /// The creator.
    pub creator: Creator,
    /// The name of the file, shown to its creator only.
    pub filename: String,
    /// The type that the file must be sent as.
    pub media_type: String,
    /// The bytes that the file must have, where that was said.
    pub announced_size: Option<u64>,
    /// Whether its creator asked for an address without a signature.
    pub is_public: bool,
    /// How far it has come.
    pub state: UploadState,
    /// When it was asked for, in microseconds.
    pub created_at: Timestamp,
    /// From when on it cannot be named any more, in microseconds.
    pub expires_at: Timestamp,
    /// Whether it was made an avatar: [`crate::ProfileUpdate::upload`] marks it.
    pub is_used: bool,
}

/// Checks that `upload` may be made the avatar of who shows `current`. It may once; to give it again
/// to who shows it already, as a client does that did not receive the response, changes nothing.
pub fn check_upload(upload: Option<&Upload>, current: Option<&Avatar>) -> Result<()> {
    let is_current = |upload: &Upload| match &upload.state {
        UploadState::Ready { image, .. } => current == Some(&Avatar::Stored(image.clone())),
        UploadState::Pending | UploadState::Processing | UploadState::Failed => false,
    };
    if upload.is_some_and(|upload| !upload.is_used || is_current(upload)) {
        return Ok(());
    }
    let violation = Violation::new(Field::Avatar, "must be a file that has not been used yet");
    Err(Error::Invalid(vec![violation]))
}

/// The store of uploads, which are removed with their profile.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// Adds an upload.
    ///
    /// [`Error::QuotaExceeded`] if its creator has `most` that are neither used nor expired, also
    /// where many are added at once; [`Error::NotFound`] if its creator is a profile that does not
    /// exist.
    async fn add(&self, upload: &Upload, most: u32) -> Result<()>;

    /// Reads an upload; returns `None` if it does not exist, or the tenant of its creator is
    /// suspended.
    async fn find(&self, id: &str) -> Result<Option<Upload>>;

    /// Takes an upload that is not ready and has not failed to another state; whether there is
    /// such a one.
    async fn advance(&self, id: &str, state: &UploadState) -> Result<bool>;

    /// Forgets up to `limit` uploads that expired before `instant`; how many there were.
    async fn purge_expired(&self, instant: Timestamp, limit: u32) -> Result<u32>;
}

/// Signs strings, so that they cannot be forged.
pub trait Signer: Send + Sync {
    /// The signature of `text`. One for another `purpose` is another.
    fn sign(&self, purpose: &str, text: &str) -> [u8; 32];

    /// Verifies a signature in constant time.
    fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool;
}

/// No uploads: each is rejected, and none exists.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoUploads;

#[async_trait]
impl Uploads for NoUploads {
    async fn add(&self, _: &Upload, _: u32) -> Result<()> {
        let violation = Violation::new(Field::Upload, "cannot be made here");
        Err(Error::Invalid(vec![violation]))
    }

    async fn find(&self, _: &str) -> Result<Option<Upload>> {
        Ok(None)
    }

    async fn advance(&self, _: &str, _: &UploadState) -> Result<bool> {
        Ok(false)
    }

    async fn purge_expired(&self, _: Timestamp, _: u32) -> Result<u32> {
        Ok(0)
    }
}

/// Signs nothing, and verifies nothing.
impl Signer for NoUploads {
    fn sign(&self, _: &str, _: &str) -> [u8; 32] {
        [0; 32]
    }

    fn is_signed(&self, _: &str, _: &str, _: &[u8]) -> bool {
        false
    }
}
