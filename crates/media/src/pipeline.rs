//! From an uploaded file to the forms in which an image is kept.

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_lc_rs::digest::{SHA256, digest};
use image::ImageFormat;
use manyface_core::{Image, ImageId, ImageSize};

use crate::{
    Rejection,
    decode::decode,
    encode::encode,
    format::{StillFormat, read_still},
    rejection::{MAX_FILE, MAX_STORED_SIDE},
    resize::fit,
};

/// An image as it is kept.
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
    // A decoder may panic on an unforeseen file; it has no state that outlives it.
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
    let still = read_still(file)?;
    let (format, orientation) = (still.format, still.orientation);
    let mut full = fit(decode(still)?, MAX_STORED_SIDE);
    full.apply_orientation(orientation);
    let is_opaque = !full.color().has_alpha();
    // What came in one of the formats for photographs goes out as one.
    let is_photograph = matches!(format, StillFormat::Jpeg(_) | StillFormat::WebP);
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

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
