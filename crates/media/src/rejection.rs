//! The limits of images, and the reasons why a file is rejected.

use manyface_core::{Error, Field, Violation};

/// The maximum length of an image file, in bytes.
pub const MAX_FILE: usize = 16 * 1024 * 1024;
/// The maximum number of pixels of an upload: 24 times 1,048,576.
pub const MAX_PIXELS: u64 = 24 * 1024 * 1024;
/// The maximum width and height of an upload, in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// The maximum number of bytes of decoded pixels: five for each of [`MAX_PIXELS`], rounded up.
pub const MAX_DECODED: u64 = 128 * 1024 * 1024;
/// The maximum width and height of a stored image, in pixels.
pub const MAX_STORED_SIDE: u32 = 2_048;

/// The reason why a file is rejected. Its text follows the name of the field in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The file is too long.
    #[error("must be at most {MAX_FILE} bytes")]
    TooLong,
    /// The content has no supported format.
    #[error("must be a PNG, JPEG, GIF or WebP picture")]
    UnknownFormat,
    /// The file is truncated or damaged.
    #[error("must be a whole and undamaged picture")]
    Broken,
    /// The file uses an unsupported feature.
    #[error("must not use {0}, which is not supported")]
    Unsupported(&'static str),
    /// There are too many pixels, or none.
    #[error(
        "must have at least one and at most {MAX_PIXELS} pixels, and at most {MAX_SIDE} a side"
    )]
    Dimensions,
    /// The decoded pixels take too much memory.
    #[error("must have at most {MAX_DECODED} bytes when it is decompressed")]
    TooDeep,
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        let message = rejection.to_string();
        Self::Invalid(vec![match rejection {
            Rejection::UnknownFormat | Rejection::Broken => Violation::not_an_image(message),
            Rejection::TooLong
            | Rejection::Unsupported(_)
            | Rejection::Dimensions
            | Rejection::TooDeep => Violation::new(Field::Avatar, message),
        }])
    }
}
