//! Writing images, without anything but their pixels.

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

/// How much of a JPEG is kept, of 100.
const JPEG_QUALITY: u8 = 88;

/// Writes an image in sRGB as a PNG or a JPEG.
pub(crate) fn encode(picture: &DynamicImage, format: ImageFormat) -> Result<Image, Rejection> {
    let mut bytes = Cursor::new(Vec::new());
    let (media_type, written) = if format == ImageFormat::Jpeg {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        ("image/jpeg", picture.write_with_encoder(encoder))
    } else {
        let (compression, filter) = (CompressionType::Default, FilterType::Adaptive);
        let encoder = PngEncoder::new_with_quality(&mut bytes, compression, filter);
        ("image/png", picture.write_with_encoder(encoder))
    };
    // Memory takes all that is written.
    written.map_err(|_| Rejection::Broken)?;
    Ok(Image {
        media_type,
        bytes: bytes.into_inner(),
    })
}

/// The type of a file that this module wrote.
pub(crate) fn media_type(file: &[u8]) -> &'static str {
    if file.starts_with(b"\xff\xd8") {
        "image/jpeg"
    } else {
        "image/png"
    }
}
