//! Images to send.

use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// A JPEG of 4,000 by 3,000 pixels, a bit below a megabyte: what fits into a data URL.
pub(super) fn photograph(seed: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(4_000, 3_000, |x, y| {
        let noise = noise(x / 8 + seed * 1_000, y / 8) % 24;
        let shade = |at: u32, of: u32| u8::try_from(at * 200 / of + noise).unwrap_or(u8::MAX);
        Rgb([shade(x, 4_000), shade(y, 3_000), shade(x + y, 7_000)])
    });
    let mut bytes = Vec::new();
    let written = picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 80));
    written.expect("memory takes all that is written");
    bytes
}

/// A PNG of about 256 KB.
pub(super) fn drawing(seed: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(340, 256, |x, y| {
        let [a, b, c, _] = noise(x + seed * 1_000, y).to_be_bytes();
        Rgb([a, b, c])
    });
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png);
    written.expect("memory takes all that is written");
    bytes.into_inner()
}

/// A request that sets an image.
pub(super) fn body(picture: &[u8]) -> Vec<u8> {
    let data = STANDARD.encode(picture);
    format!(r#"{{"avatarUrl":"data:image/png;base64,{data}"}}"#).into_bytes()
}

fn noise(x: u32, y: u32) -> u32 {
    let mixed = (x ^ y.rotate_left(16)).wrapping_mul(0x85eb_ca6b);
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xc2b2_ae35);
    mixed ^ (mixed >> 16)
}
