//! Why a file is no image that can be kept.

use manyface_core::{Error, Field, Violation};

use crate::pipeline::{MAX_DECODED, MAX_FILE, MAX_PIXELS, MAX_SIDE};

/// Why a file is no image that can be kept, as the end of a sentence that begins with the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The file is too long.
    #[error("must be at most {MAX_FILE} bytes")]
    TooLong,
    /// The content is that of no format that is taken.
    #[error("must be a PNG, JPEG, GIF or WebP picture")]
    UnknownFormat,
    /// The file ends early, or is damaged.
    #[error("must be a whole and undamaged picture")]
    Broken,
    /// The file uses a feature that is not decoded.
    #[error("must not use {0}, which is not supported")]
    Unsupported(&'static str),
    /// There are too many pixels, or none.
    #[error(
        "must have at least one and at most {MAX_PIXELS} pixels, and at most {MAX_SIDE} a side"
    )]
    Dimensions,
    /// A pixel of it takes too much memory.
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
