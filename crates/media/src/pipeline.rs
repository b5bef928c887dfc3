//! The conversion of an uploaded file to the stored sizes of an image.

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

/// An image in its stored sizes.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The hash of the full size.
    pub(crate) id: ImageId,
    /// The sizes in ascending order, the full size last. Sizes that are not smaller than the full one
    /// are absent.
    pub(crate) sizes: Vec<(ImageSize, Image)>,
}

/// Checks a file and creates all its sizes, deterministically.
///
/// It takes up to 300 MB of memory and several seconds, so it must not run on a thread that serves
/// requests.
pub(crate) fn prepare(file: &[u8]) -> Result<Prepared, Rejection> {
    // A decoder may panic on an unforeseen file. It leaves no state behind.
    let prepared = catch_unwind(AssertUnwindSafe(|| prepare_uncaught(file)));
    prepared.unwrap_or_else(|_| {
        tracing::warn!(
            bytes = file.len(),
            "an image decoder panicked; the file is rejected"
        );
        Err(Rejection::Broken)
    })
}

fn prepare_uncaught(file: &[u8]) -> Result<Prepared, Rejection> {
    if file.len() > MAX_FILE {
        return Err(Rejection::TooLong);
    }
    let still = read_still(file)?;
    let (format, orientation) = (still.format, still.orientation);
    let mut full = fit(decode(still)?, MAX_STORED_SIDE);
    full.apply_orientation(orientation);
    let is_opaque = !full.color().has_alpha();
    // Opaque photographs are stored as JPEG.
    let is_photograph = matches!(format, StillFormat::Jpeg(_) | StillFormat::WebP);
    let encoding = if is_photograph && is_opaque {
        ImageFormat::Jpeg
    } else {
        ImageFormat::Png
    };
    let full_image = encode(&full, encoding)?;
    let id = ImageId::of_digest(sha256(&full_image.bytes));
    let mut sizes = Vec::new();
    let side = full.width().max(full.height());
    let mut larger = full;
    for size in ImageSize::ALL {
        if let Some(pixels) = size.pixels().filter(|pixels| *pixels < side) {
            // The next larger size is at least twice as large, so no quality is lost.
            larger = fit(larger, pixels);
            sizes.push((size, encode(&larger, encoding)?));
        }
    }
    sizes.reverse();
    sizes.push((ImageSize::Full, full_image));
    Ok(Prepared { id, sizes })
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
