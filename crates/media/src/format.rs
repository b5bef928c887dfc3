//! Detection of the format, and extraction of the first frame.

mod gif;
mod jpeg;
mod png;
mod webp;

use image::metadata::Orientation;

pub(crate) use self::jpeg::{JpegCoding, JpegColors};
use crate::Rejection;

/// The maximum length of an ICC profile, in bytes.
const MAX_PROFILE: usize = 4 * 1024 * 1024;
/// The prefix of Exif data in JPEG, which some programs also write to PNG and WebP.
const EXIF_PREFIX: &[u8] = b"Exif\0\0";

/// A file with only the data that the pixels of its first frame need.
///
/// Decoders read it instead of the upload, so metadata, animations, extensions and stray bytes
/// cannot confuse or exhaust them.
#[derive(Debug)]
pub(crate) struct Still {
    pub(crate) format: StillFormat,
    /// The rewritten file.
    pub(crate) file: Vec<u8>,
    /// The rotation to apply to the image.
    pub(crate) orientation: Orientation,
    /// The ICC profile.
    pub(crate) profile: Option<Vec<u8>>,
}

/// The format of a [`Still`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StillFormat {
    Png,
    Jpeg(JpegCoding),
    Gif,
    WebP,
}

/// Extracts the first frame of a file.
///
/// Decoders tolerate truncated files. Here they are rejected, unless only data after the first frame
/// is missing.
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

/// Reads the orientation from Exif data. Damaged metadata is ignored.
fn orientation(exif: Option<&[u8]>) -> Orientation {
    let tiff = exif.map(|exif| exif.strip_prefix(EXIF_PREFIX).unwrap_or(exif));
    let orientation = tiff.and_then(Orientation::from_exif_chunk);
    orientation.unwrap_or(Orientation::NoTransforms)
}
