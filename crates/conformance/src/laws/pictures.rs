//! The suite's images: small, and each with different pixels.

use std::{io::Cursor, sync::LazyLock};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use manyface_dialect::{read_image_data_url, write_data_url};

/// An image of the suite.
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The extension of its file name.
    pub(super) ending: &'static str,
    pub(super) file: Vec<u8>,
    /// The file as a data URI.
    pub(super) data_url: String,
}

/// The formats that every dialect accepts.
const FORMATS: [(ImageFormat, &str, &str); 4] = [
    (ImageFormat::Png, "png", "image/png"),
    (ImageFormat::Jpeg, "jpg", "image/jpeg"),
    (ImageFormat::Gif, "gif", "image/gif"),
    (ImageFormat::WebP, "webp", "image/webp"),
];

/// The number of images.
pub(super) const COUNT: usize = 8;

static PICTURES: LazyLock<Vec<Picture>> = LazyLock::new(|| (0..COUNT).map(draw).collect());

fn draw(number: usize) -> Picture {
    let (format, ending, media_type) = FORMATS[number % FORMATS.len()];
    let shade = u8::try_from(number * 30).unwrap_or(u8::MAX);
    let size = u32::try_from(number).unwrap_or_default();
    let (width, height) = (1 + size, 2 + size % 3);
    let pixels = RgbImage::from_pixel(width, height, Rgb([shade, 255 - shade, 40]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels)
        .write_to(&mut file, format)
        .expect("a small image can be written in every format");
    let file = file.into_inner();
    Picture {
        width,
        height,
        ending,
        data_url: write_data_url(media_type, &file),
        file,
    }
}

/// The image of this number.
pub(super) fn picture(number: usize) -> &'static Picture {
    &PICTURES[number % COUNT]
}

/// The number of the image whose file is in `text`, whatever it calls its type.
pub(super) fn of_data_url(text: &str) -> Option<usize> {
    let file = read_image_data_url(text, usize::MAX).ok()?;
    PICTURES.iter().position(|picture| picture.file == file)
}

/// The placeholder in a case for the id of an upload that is created when the case runs.
pub(super) fn placeholder(number: usize) -> String {
    format!("[upload {number}]")
}

/// Returns the number of the image of a placeholder.
pub(super) fn of_placeholder(text: &str) -> Option<usize> {
    let number = text.strip_prefix("[upload ")?.strip_suffix(']')?;
    number.parse().ok().filter(|number| *number < COUNT)
}

/// Returns the width and height of the image in `file`.
pub(super) fn size(file: &[u8]) -> Option<(u32, u32)> {
    let picture = image::load_from_memory(file).ok()?;
    Some((picture.width(), picture.height()))
}
