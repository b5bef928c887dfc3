//! Files that are uploaded before a request refers to them, and their ports.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Avatar, Error, Field, ImageId, ProfileId, Result, TenantId, Violation};

/// The creator of an upload, who alone can read and use it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Creator {
    /// A user.
    Profile(ProfileId),
    /// An account or an app of a tenant, through an API key ([`crate::ApiKeyHolder::name`]).
    Program(TenantId, String),
}

/// The state of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// The file has not arrived.
    Pending,
    /// The file has arrived and is being checked.
    Processing,
    /// The file is stored as an image.
    Ready {
        /// The image.
        image: ImageId,
        /// The size of the uploaded file in bytes.
        size: u64,
    },
    /// The file is not a valid image.
    Failed,
}

/// One upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The id in the dialect.
    pub id: String,
    /// The creator.
    pub creator: Creator,
    /// The name of the file, visible to the creator only.
    pub filename: String,
    /// The required media type of the file.
    pub media_type: String,
    /// The required size of the file in bytes, if the creator declared it.
    pub announced_size: Option<u64>,
    /// Whether the creator requested a URL without a signature.
    pub is_public: bool,
    /// The state.
    pub state: UploadState,
    /// The creation time, in microseconds.
    pub created_at: Timestamp,
    /// The time from which the upload cannot be used any more, in microseconds.
    pub expires_at: Timestamp,
    /// Whether it was used as an avatar ([`crate::ProfileUpdate::upload`]).
    pub is_used: bool,
}

/// Checks that `upload` may replace the avatar `current`. An upload can be used once. A retry that
/// sets an avatar to the image that it already has is allowed and changes nothing.
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
    /// [`Error::QuotaExceeded`] if its creator has `max_open` uploads that are neither used nor
    /// expired, even if several are added concurrently; [`Error::NotFound`] if its creator is a
    /// profile that does not exist.
    async fn add(&self, upload: &Upload, max_open: u32) -> Result<()>;

    /// Reads an upload; returns `None` if it does not exist, or the tenant of its creator is
    /// suspended.
    async fn find(&self, id: &str) -> Result<Option<Upload>>;

    /// Changes the state of an upload that is neither ready nor failed, and returns whether it
    /// exists.
    async fn advance(&self, id: &str, state: &UploadState) -> Result<bool>;

    /// Removes up to `limit` uploads that expired before `instant`, and returns their number.
    async fn purge_expired(&self, instant: Timestamp, limit: u32) -> Result<u32>;
}

/// Signs strings, so that they cannot be forged.
pub trait Signer: Send + Sync {
    /// Signs `text`. The signature is valid for `purpose` only.
    fn sign(&self, purpose: &str, text: &str) -> [u8; 32];

    /// Verifies a signature in constant time.
    fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool;
}

/// A store without uploads, which rejects every upload.
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

/// Rejects every signature.
impl Signer for NoUploads {
    fn sign(&self, _: &str, _: &str) -> [u8; 32] {
        [0; 32]
    }

    fn is_signed(&self, _: &str, _: &str, _: &[u8]) -> bool {
        false
    }
}
