//! Encoding of images, without metadata.

use std::io::Cursor;

use image::{
    DynamicImage, ImageFormat,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
};
use manyface_core::Image;

use crate::Rejection;

/// The quality of JPEG files, of 100.
const JPEG_QUALITY: u8 = 88;

/// Encodes an sRGB image as PNG or JPEG.
pub(crate) fn encode(image: &DynamicImage, format: ImageFormat) -> Result<Image, Rejection> {
    let mut bytes = Cursor::new(Vec::new());
    let (media_type, written) = if format == ImageFormat::Jpeg {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        ("image/jpeg", image.write_with_encoder(encoder))
    } else {
        let (compression, filter) = (CompressionType::Default, FilterType::Adaptive);
        let encoder = PngEncoder::new_with_quality(&mut bytes, compression, filter);
        ("image/png", image.write_with_encoder(encoder))
    };
    // Writing to memory does not fail.
    written.map_err(|_| Rejection::Broken)?;
    Ok(Image {
        media_type,
        bytes: bytes.into_inner(),
    })
}

/// Returns the media type of a file that was written by [`encode`].
pub(crate) fn media_type(file: &[u8]) -> &'static str {
    if file.starts_with(b"\xff\xd8") {
        "image/jpeg"
    } else {
        "image/png"
    }
}
