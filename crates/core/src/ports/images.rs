//! Images: their names, and the ports of their storage.

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{Creator, Error, Field, ProfileId, Quota, Result, StoredFile, Violation};

/// The name of an image that the deployment keeps: a hash of 256 bits as 64 lower-case
/// hexadecimal digits. It cannot be guessed without the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImageId(String);

/// A text that is no [`ImageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 lower-case hexadecimal digits")]
pub struct NotAnImageId;

impl ImageId {
    /// The name that a digest makes.
    pub fn of_digest(digest: [u8; 32]) -> Self {
        // Sixteen values of four bits: each is a digit.
        let digits = digest.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digit = |four| char::from(b"0123456789abcdef"[usize::from(four)]);
        Self(digits.map(digit).collect())
    }

    /// Reads a stored value without checking it again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageId {
    type Err = NotAnImageId;

    fn from_str(text: &str) -> Result<Self, NotAnImageId> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnImageId)
        }
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A form in which every kept image can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageSize {
    /// The stored size.
    Full,
    /// No wider and no higher than 512 pixels.
    Px512,
    /// No wider and no higher than 192 pixels.
    Px192,
    /// No wider and no higher than 96 pixels.
    Px96,
    /// No wider and no higher than 48 pixels.
    Px48,
}

impl ImageSize {
    /// All forms, the largest first.
    pub const ALL: [Self; 5] = [Self::Full, Self::Px512, Self::Px192, Self::Px96, Self::Px48];

    /// The most pixels in width and in height, where the form limits them.
    pub fn pixels(self) -> Option<u32> {
        match self {
            Self::Full => None,
            Self::Px512 => Some(512),
            Self::Px192 => Some(192),
            Self::Px96 => Some(96),
            Self::Px48 => Some(48),
        }
    }

    /// The form that is limited to `pixels`.
    pub fn of_pixels(pixels: u32) -> Option<Self> {
        let limits = |size: &Self| size.pixels() == Some(pixels);
        Self::ALL.into_iter().find(limits)
    }
}

/// An image's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// An image that is read in parts.
#[derive(Debug)]
pub struct OpenImage {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The file.
    pub file: StoredFile,
}

impl From<Image> for OpenImage {
    fn from(image: Image) -> Self {
        Self {
            media_type: image.media_type,
            file: image.bytes.into(),
        }
    }
}

/// The store of images.
#[async_trait]
pub trait Images: Send + Sync {
    /// Checks the file `upload`, whose type is found by its content, makes every [`ImageSize`] of
    /// it and keeps them: they are durable before this returns.
    ///
    /// An image that no profile then uses is collected some time later.
    ///
    /// `owner` is whose share of the decoders the work is counted against.
    ///
    /// [`Error::Invalid`] names [`Field::Avatar`] where the file is no image that can be kept;
    /// [`Error::Unavailable`] when too many images wait already, or too many of this owner, or
    /// storage cannot be reached.
    async fn put(&self, upload: Vec<u8>, owner: &Creator, at: Timestamp) -> Result<ImageId>;

    /// Reads an image; returns `None` if it does not exist.
    async fn read(&self, id: &ImageId, size: ImageSize) -> Result<Option<Image>>;

    /// Opens an image that is read in parts; `None` if it does not exist.
    async fn open(&self, id: &ImageId, size: ImageSize) -> Result<Option<OpenImage>> {
        let image = self.read(id, size).await?;
        Ok(image.map(OpenImage::from))
    }

    /// The length of an image in bytes, without reading it; `None` if it does not exist.
    async fn length(&self, id: &ImageId, size: ImageSize) -> Result<Option<u64>> {
        let image = self.open(id, size).await?;
        Ok(image.map(|image| image.file.length))
    }

    /// Lets an image that is kept already be used once more, as [`Images::put`] would; whether
    /// there is one of that name.
    async fn reuse(&self, id: &ImageId, at: Timestamp) -> Result<bool>;

    /// Draws the image of a profile that has none, the same for the same `seed`
    /// ([`crate::MediaUrls::placeholder`]); `None` for those who draw none.
    async fn placeholder(&self, seed: u64, size: ImageSize) -> Result<Option<Image>> {
        let (_, _) = (seed, size);
        Ok(None)
    }

    /// Reads the largest form of an image that has at most `limit` bytes; returns `None` if each is
    /// larger.
    async fn read_within(&self, id: &ImageId, limit: usize) -> Result<Option<Image>> {
        for size in ImageSize::ALL {
            match self.length(id, size).await? {
                Some(length) if length <= limit as u64 => return self.read(id, size).await,
                Some(_) => {}
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Whether `file` is an image as it is kept, in any form: what a client has read and sends
    /// back is no new image.
    async fn is_form_of(&self, id: &ImageId, file: &[u8]) -> Result<bool> {
        for size in ImageSize::ALL {
            match self.length(id, size).await? {
                // Only a form of the same length can be the same.
                Some(length) if length == file.len() as u64 => {
                    let image = self.read(id, size).await?;
                    if image.is_some_and(|image| image.bytes == file) {
                        return Ok(true);
                    }
                }
                Some(_) => {}
                None => return Ok(false),
            }
        }
        Ok(false)
    }
}

/// No images: every upload is rejected, and none exists.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoImages;

#[async_trait]
impl Images for NoImages {
    async fn put(&self, _: Vec<u8>, _: &Creator, _: Timestamp) -> Result<ImageId> {
        let message = "cannot be an uploaded picture: none are kept here";
        let violation = Violation::new(Field::Avatar, message);
        Err(Error::Invalid(vec![violation]))
    }

    async fn read(&self, _: &ImageId, _: ImageSize) -> Result<Option<Image>> {
        Ok(None)
    }

    async fn reuse(&self, _: &ImageId, _: Timestamp) -> Result<bool> {
        Ok(false)
    }
}

/// How many uploaded images that no profile shows are kept for each owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageQuota {
    /// The most images.
    pub images: u32,
    /// The most bytes that they take in storage.
    pub bytes: u64,
    /// How long after its last claim an unused image is kept.
    pub grace: SignedDuration,
}

/// No limit.
impl Default for ImageQuota {
    fn default() -> Self {
        Self {
            images: u32::MAX,
            bytes: i64::MAX.unsigned_abs(),
            grace: SignedDuration::ZERO,
        }
    }
}

impl ImageQuota {
    /// The error where the oldest of the owner's unused images was last claimed at `oldest`.
    pub fn exceeded(&self, oldest: Timestamp, at: Timestamp) -> Error {
        // The collector does not come at that very moment.
        let until = (oldest + self.grace).max(at + SignedDuration::from_mins(1));
        Quota::UnusedImages.exceeded_until(until, at)
    }
}

/// An uploaded image, as it counts against a quota.
#[derive(Clone, Copy, Debug)]
pub struct ImageUpload<'a> {
    /// The owner.
    pub owner: &'a Creator,
    /// How many bytes it takes in storage.
    pub bytes: u64,
    /// The quota of the owner.
    pub quota: ImageQuota,
}

/// The name of one collector's batch: what it marked is its own to remove until its lease expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease(String);

impl Lease {
    /// A lease that no other collector has, from random bytes.
    pub fn of_random(random: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The records of the images in storage, by which none is removed that is in use.
///
/// An image is *claimed* before its bytes are written, and *marked* by a collector before they are
/// removed. A marked image cannot be claimed, and neither can one that was removed: its bytes would
/// be written under a name that a collector, however slow, may still be removing. The same content
/// is stored under another name then.
///
/// All times are those of the store's own clock, so that a host whose clock is wrong removes no
/// more than others.
#[async_trait]
pub trait ImageRecords: Send + Sync {
    /// Notes that a request wants `id`, which it did not upload. Returns whether it may be relied on:
    /// not if it is marked or was removed.
    async fn reserve(&self, id: &ImageId) -> Result<bool>;

    /// As [`ImageRecords::reserve`], for an image that was uploaded, which counts against its owner's
    /// quota for as long as no profile shows it. If the owner was removed meanwhile, nothing names them.
    ///
    /// [`Error::QuotaExceeded`] if the owner's unused images are over it, also where many are
    /// claimed at once. Then nothing is noted.
    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool>;

    /// Marks up to `limit` images that nothing refers to and that were last claimed `grace` ago or
    /// earlier, and those that another collector marked `expiry` ago and has not removed yet.
    /// Returns them; they are removed under `lease`.
    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>>;

    /// Marks those of `ids` that nothing refers to and that no collector marked, for a user who is
    /// removed, and returns them. An image stays if another user has uploaded it too, or has
    /// claimed it within `grace`: a request may be about to refer to it.
    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>>;

    /// Returns whether `id` may be removed under `lease` now, which then begins anew. Call it before
    /// each removal from storage.
    ///
    /// Not so if the lease is older than `expiry`, if another collector has marked the image since,
    /// or if something refers to it: then it is no longer marked.
    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool>;

    /// Notes that the bytes of those of `ids` that are still marked under `lease` are gone.
    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()>;

    /// Notes those of `ids` that are not known, as if they were claimed now: their bytes were found
    /// in storage.
    async fn import(&self, ids: &[ImageId]) -> Result<()>;

    /// Lets the names of images be claimed again that were removed `age` ago or earlier.
    async fn purge_removed(&self, age: SignedDuration) -> Result<()>;

    /// Returns the images that a profile, its overrides and its uploads refer to, and those that the
    /// user has uploaded.
    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_64_lower_case_digits() {
        let id = ImageId::of_digest([0xAB; 32]);
        assert_eq!(id.as_str(), "ab".repeat(32));
        assert_eq!(id.as_str().parse(), Ok(id));
        for text in ["", "ab", &"AB".repeat(32), &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(text.parse::<ImageId>(), Err(NotAnImageId), "{text}");
        }
    }

    #[test]
    fn sizes_are_found_by_their_pixels() {
        for size in ImageSize::ALL {
            if let Some(pixels) = size.pixels() {
                assert_eq!(ImageSize::of_pixels(pixels), Some(size));
            }
        }
        assert_eq!(ImageSize::of_pixels(0), None);
        assert_eq!(ImageSize::of_pixels(100), None);
    }
}
