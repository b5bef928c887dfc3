//! An image store that does not decode images.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Creator, Error, Image, ImageId, ImageSize, Images, Result, Violation};

/// Stores images in memory without decoding them, for the tests of dialects. Files with the
/// signature of PNG or JPEG are accepted, and every size is the whole file.
#[derive(Debug, Default)]
pub struct TestImages(Mutex<BTreeMap<ImageId, Image>>);

impl TestImages {
    fn stored(&self) -> MutexGuard<'_, BTreeMap<ImageId, Image>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Images for TestImages {
    async fn put(&self, upload: Vec<u8>, _: &Creator, _: Timestamp) -> Result<ImageId> {
        let media_type = if upload.starts_with(b"\x89PNG\r\n\x1a\n") {
            "image/png"
        } else if upload.starts_with(b"\xff\xd8\xff") {
            "image/jpeg"
        } else {
            let message = "must be a PNG, JPEG, GIF or WebP picture";
            return Err(Error::Invalid(vec![Violation::not_an_image(message)]));
        };
        let id = digest(&upload);
        let image = Image {
            media_type,
            bytes: upload,
        };
        self.stored().insert(id.clone(), image);
        Ok(id)
    }

    async fn read(&self, id: &ImageId, _: ImageSize) -> Result<Option<Image>> {
        Ok(self.stored().get(id).cloned())
    }

    async fn reuse(&self, id: &ImageId, _: Timestamp) -> Result<bool> {
        Ok(self.stored().contains_key(id))
    }
}

/// Returns a digest that is not cryptographic, which suffices for tests.
fn digest(bytes: &[u8]) -> ImageId {
    let mut digest = [0; 32];
    for (chunk, part) in digest.chunks_mut(8).enumerate() {
        let start = 0xcbf2_9ce4_8422_2325_u64.wrapping_add(chunk as u64);
        let hash = bytes.iter().fold(start, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        part.copy_from_slice(&hash.to_be_bytes());
    }
    ImageId::of_digest(digest)
}
