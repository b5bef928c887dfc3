//! The format of a file by its content, and the parts of its first frame.

mod gif;
mod jpeg;
mod png;
mod webp;

use image::metadata::Orientation;

pub(crate) use self::jpeg::{JpegCoding, JpegColors};
use crate::Rejection;

/// The longest ICC profile that is read, in bytes.
const MAX_PROFILE: usize = 4 * 1024 * 1024;
/// The prefix of Exif data in JPEG, also written by some writers of PNG and WebP.
const EXIF_PREFIX: &[u8] = b"Exif\0\0";

/// A file with nothing but what the pixels of its first frame need.
///
/// Decoders see this instead of the upload. They need not understand metadata, animations,
/// extensions or stray bytes, and cannot be made to inflate them.
#[derive(Debug)]
pub(crate) struct Still {
    pub(crate) format: StillFormat,
    /// The file, written anew.
    pub(crate) file: Vec<u8>,
    /// How the image has to be turned.
    pub(crate) orientation: Orientation,
    /// The ICC profile.
    pub(crate) profile: Option<Vec<u8>>,
}

/// How a [`Still`] is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StillFormat {
    Png,
    Jpeg(JpegCoding),
    Gif,
    WebP,
}

/// Finds the first frame of a file.
///
/// Decoders make the best of files that end early. An upload that was cut off is rejected instead,
/// unless only what follows the first frame is missing.
pub(crate) fn read_still(file: &[u8]) -> Result<Still, Rejection> {
    if file.starts_with(png::SIGNATURE) {
        png::read(file)
    } else if file.starts_with(b"\xff\xd8\xff") {
        jpeg::read(file)
    } else if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") {
        gif::read(file).ok_or(Rejection::Broken)
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        webp::read(file).ok_or(Rejection::Broken)
    } else {
        Err(Rejection::UnknownFormat)
    }
}

/// Reads the orientation of Exif data. Damaged metadata does not make a damaged image.
fn orientation(exif: Option<&[u8]>) -> Orientation {
    let tiff = exif.map(|exif| exif.strip_prefix(EXIF_PREFIX).unwrap_or(exif));
    let orientation = tiff.and_then(Orientation::from_exif_chunk);
    orientation.unwrap_or(Orientation::NoTransforms)
}
