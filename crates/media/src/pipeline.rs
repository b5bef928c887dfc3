//! From an uploaded file to the forms in which a picture is kept.

#[cfg(test)]
mod tests;

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use aws_lc_rs::digest::{SHA256, digest};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, metadata::Orientation};
use manyface_core::{Image, ImageId, ImageSize};

use crate::{Rejection, color, encode::encode, format::recognise, resize::fit};

/// The longest file, in bytes.
pub const MAX_FILE: usize = 16 * 1024 * 1024;
/// The most pixels of an upload: 24 times 1,048,576.
pub const MAX_PIXELS: u64 = 24 * 1024 * 1024;
/// The most pixels of an upload in width and in height.
pub const MAX_SIDE: u32 = 16_384;
/// The most bytes of an upload's pixels: five bytes for each of the most pixels, and a bit.
pub const MAX_DECODED: u64 = 128 * 1024 * 1024;
/// The most memory that a decoder may ask for beside that, in bytes.
const MAX_ALLOCATION: u64 = 2 * MAX_DECODED;
/// The most pixels in width and in height of what is kept.
pub const MAX_KEPT_SIDE: u32 = 2_048;

/// A picture as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The hash of its full form.
    pub(crate) id: ImageId,
    /// Its forms, the smallest first, the full one last. A form that would be as large as the full
    /// one is left out.
    pub(crate) forms: Vec<(ImageSize, Image)>,
}

/// Checks a file and makes all forms of it. The same file makes the same forms.
///
/// Takes up to some 300 MB of memory and some seconds of time: never on a thread that serves.
pub(crate) fn prepare(file: &[u8]) -> Result<Prepared, Rejection> {
    // A decoder may panic on a file that nobody thought of; it has no state that outlives it.
    let prepared = catch_unwind(AssertUnwindSafe(|| prepare_or_panic(file)));
    prepared.unwrap_or_else(|_| {
        tracing::warn!(bytes = file.len(), "a decoder panicked");
        Err(Rejection::Broken)
    })
}

fn prepare_or_panic(file: &[u8]) -> Result<Prepared, Rejection> {
    if file.len() > MAX_FILE {
        return Err(Rejection::TooLong);
    }
    let format = recognise(file)?;
    let (picture, orientation) = decode(file, format)?;
    let mut full = fit(picture, MAX_KEPT_SIDE);
    full.apply_orientation(orientation);
    let is_opaque = !full.color().has_alpha();
    // What came in one of the formats for photographs goes out as one.
    let is_photograph = matches!(format, ImageFormat::Jpeg | ImageFormat::WebP);
    let encoding = if is_photograph && is_opaque {
        ImageFormat::Jpeg
    } else {
        ImageFormat::Png
    };
    let whole = encode(&full, encoding)?;
    let id = ImageId::of_digest(sha256(&whole.bytes));
    let mut forms = Vec::new();
    let side = full.width().max(full.height());
    let mut larger = full;
    for size in ImageSize::ALL {
        if let Some(pixels) = size.pixels().filter(|pixels| *pixels < side) {
            // Each from the next larger one, which is at least twice as large: nothing is lost.
            larger = fit(larger, pixels);
            forms.push((size, encode(&larger, encoding)?));
        }
    }
    forms.reverse();
    forms.push((ImageSize::Full, whole));
    Ok(Prepared { id, forms })
}

/// The first frame, in 8-bit sRGB with or without alpha, and how it is to be turned.
fn decode(file: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), Rejection> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Rejection::Broken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS || width.max(height) > MAX_SIDE {
        return Err(Rejection::Dimensions);
    }
    if decoder.total_bytes() > MAX_DECODED {
        return Err(Rejection::TooDeep);
    }
    // Damaged metadata does not make a damaged picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| Rejection::Broken)?;
    let picture = without_idle_alpha(picture);
    Ok((color::to_srgb(picture, profile.as_deref()), orientation))
}

/// With eight bits a channel, and with alpha only where some pixel is not opaque.
fn without_idle_alpha(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let picture = picture.into_rgba8();
    if picture.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(picture).into_rgb8());
    }
    DynamicImage::ImageRgba8(picture)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
