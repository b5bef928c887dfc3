//! Images, and the ports of their storage.

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{Creator, Error, Field, ProfileId, Quota, Result, StoredFile, Violation};

/// The id of a stored image: a hash of 256 bits as 64 lower-case hexadecimal digits. It cannot be
/// guessed without the image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImageId(String);

/// The error for a string that is not an [`ImageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 lower-case hexadecimal digits")]
pub struct NotAnImageId;

impl ImageId {
    /// Creates the id of a digest.
    pub fn of_digest(digest: [u8; 32]) -> Self {
        // Each digit is four bits.
        let digits = digest.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digit = |four| char::from(b"0123456789abcdef"[usize::from(four)]);
        Self(digits.map(digit).collect())
    }

    /// Wraps a stored id without validation.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the digits.
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

/// A size in which every stored image is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageSize {
    /// The full size.
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
    /// All sizes, the largest first.
    pub const ALL: [Self; 5] = [Self::Full, Self::Px512, Self::Px192, Self::Px96, Self::Px48];

    /// Returns the maximum width and height in pixels; `None` for the full size.
    pub fn pixels(self) -> Option<u32> {
        match self {
            Self::Full => None,
            Self::Px512 => Some(512),
            Self::Px192 => Some(192),
            Self::Px96 => Some(96),
            Self::Px48 => Some(48),
        }
    }

    /// Returns the size with the maximum `pixels`.
    pub fn of_pixels(pixels: u32) -> Option<Self> {
        let limits = |size: &Self| size.pixels() == Some(pixels);
        Self::ALL.into_iter().find(limits)
    }
}

/// An image file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}

/// An image file that is read in parts.
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
    /// Checks the file `upload`, detects its type, creates every [`ImageSize`] and stores them
    /// durably.
    ///
    /// An image that no profile refers to is removed later. The work is counted against the decoder
    /// quota of `owner`.
    ///
    /// [`Error::Invalid`] for [`Field::Avatar`] if the file is not a supported image;
    /// [`Error::Unavailable`] if the queue of the decoders or the share of `owner` is full, or if
    /// storage is unavailable.
    async fn put(&self, upload: Vec<u8>, owner: &Creator, at: Timestamp) -> Result<ImageId>;

    /// Reads an image; returns `None` if it does not exist.
    async fn read(&self, id: &ImageId, size: ImageSize) -> Result<Option<Image>>;

    /// Opens an image for reading in parts; returns `None` if it does not exist.
    async fn open(&self, id: &ImageId, size: ImageSize) -> Result<Option<OpenImage>> {
        let image = self.read(id, size).await?;
        Ok(image.map(OpenImage::from))
    }

    /// Returns the length of an image in bytes, without reading it; `None` if it does not exist.
    async fn length(&self, id: &ImageId, size: ImageSize) -> Result<Option<u64>> {
        let image = self.open(id, size).await?;
        Ok(image.map(|image| image.file.length))
    }

    /// Reserves a stored image for another use, as [`Images::put`] does, and returns whether it
    /// exists.
    async fn reuse(&self, id: &ImageId, at: Timestamp) -> Result<bool>;

    /// Draws the placeholder with the given `seed` for a profile without an image
    /// ([`crate::MediaUrls::placeholder`]); `None` if placeholders are not supported.
    async fn placeholder(&self, seed: u64, size: ImageSize) -> Result<Option<Image>> {
        let (_, _) = (seed, size);
        Ok(None)
    }

    /// Reads an image in the largest size of at most `limit` bytes; returns `None` if every size is
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

    /// Returns whether `file` equals a stored image in any size: an image that a client has read
    /// and sends back is not a new image.
    async fn is_form_of(&self, id: &ImageId, file: &[u8]) -> Result<bool> {
        for size in ImageSize::ALL {
            match self.length(id, size).await? {
                // Only a size of the same length can be equal.
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

/// A store without images, which rejects every image.
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

/// The quota of an owner for uploaded images that no profile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageQuota {
    /// The maximum number of images.
    pub images: u32,
    /// The maximum storage size of these images in bytes.
    pub bytes: u64,
    /// The time after its last reservation for which an unused image is kept.
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
    /// Returns the error of the exceeded quota; `oldest` is the earliest reservation of the owner's
    /// unused images.
    pub fn exceeded(&self, oldest: Timestamp, at: Timestamp) -> Error {
        // The collector does not run exactly then.
        let until = (oldest + self.grace).max(at + SignedDuration::from_mins(1));
        Quota::UnusedImages.exceeded_until(until, at)
    }
}

/// An uploaded image, for the quota of its owner.
#[derive(Clone, Copy, Debug)]
pub struct ImageUpload<'a> {
    /// The owner.
    pub owner: &'a Creator,
    /// The storage size in bytes.
    pub bytes: u64,
    /// The quota of the owner.
    pub quota: ImageQuota,
}

/// The lease of a collector: until it expires, only this collector removes the images that it
/// marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease(String);

impl Lease {
    /// Creates a unique lease from random bytes.
    pub fn of_random(random: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(random)))
    }

    /// Returns the lease as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The records of stored images, which prevent the removal of images in use.
///
/// An image is *reserved* before its bytes are written, and *marked* by a collector before they are
/// removed. A marked or removed image cannot be reserved, because a slow collector might still
/// remove its bytes. The same content is then stored under another id.
///
/// All times are measured by the store's clock, so that a wrong clock of a host does not cause
/// removals.
#[async_trait]
pub trait ImageRecords: Send + Sync {
    /// Reserves `id`, which the request did not upload. Returns false if the image is marked or was
    /// removed.
    async fn reserve(&self, id: &ImageId) -> Result<bool>;

    /// Reserves `id` like [`ImageRecords::reserve`], for an uploaded image, which counts against
    /// its owner's quota while no profile shows it. If the owner was removed in the meantime, the
    /// upload is not recorded.
    ///
    /// [`Error::QuotaExceeded`] if the owner's unused images exceed the quota, even if several are
    /// reserved concurrently. Nothing is recorded then.
    async fn reserve_upload(&self, id: &ImageId, upload: &ImageUpload<'_>) -> Result<bool>;

    /// Marks up to `limit` images without references for removal under `lease`, and returns them:
    /// images whose last reservation is at least `grace` ago, and images with a mark that is at
    /// least `expiry` old.
    async fn mark(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        expiry: SignedDuration,
        limit: u32,
    ) -> Result<Vec<ImageId>>;

    /// Marks those of `ids` without references and without a mark, after the removal of a user, and
    /// returns them. Images that another user has uploaded, or that
    /// [`ImageRecords::reserve`] reserved within `grace`, are not marked, because a request may be
    /// about to refer to them.
    async fn mark_erased(
        &self,
        lease: &Lease,
        grace: SignedDuration,
        ids: &[ImageId],
    ) -> Result<Vec<ImageId>>;

    /// Renews `lease` on `id`, and returns whether `id` may be removed now. Call it before each
    /// removal from storage.
    ///
    /// Returns false if the lease is older than `expiry`, if another collector has marked the image
    /// since, or if something refers to the image; the latter also removes the mark.
    async fn renew(&self, lease: &Lease, expiry: SignedDuration, id: &ImageId) -> Result<bool>;

    /// Records the removal of those of `ids` that are still marked under `lease`.
    async fn finish(&self, lease: &Lease, ids: &[ImageId]) -> Result<()>;

    /// Adds records of those of `ids` without one, as reserved now. Their bytes were found in
    /// storage.
    async fn import(&self, ids: &[ImageId]) -> Result<()>;

    /// Deletes the records of images that were removed at least `age` ago, so that their ids can be
    /// reserved again.
    async fn purge_removed(&self, age: SignedDuration) -> Result<()>;

    /// Returns the images that a profile, its overrides and its uploads refer to, and those that
    /// the user uploaded.
    async fn images_of(&self, profile: ProfileId) -> Result<Vec<ImageId>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_64_lower_case_hexadecimal_digits() {
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
