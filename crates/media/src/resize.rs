//! Making images smaller.

use fast_image_resize::{MulDiv, PixelType, ResizeOptions, Resizer, images::Image};
use image::{DynamicImage, RgbImage, RgbaImage};

/// The image, no wider and no higher than `side` pixels, in its own proportions. Colours of
/// transparent pixels do not bleed into their neighbours.
pub(crate) fn fit(picture: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    if width.max(height) <= side {
        return picture;
    }
    let (to_width, to_height) = if width >= height {
        (side, scaled(height, side, width))
    } else {
        (scaled(width, side, height), side)
    };
    let shrunk = |bytes, kind| resize(bytes, kind, (width, height), (to_width, to_height));
    let shrunk = if let DynamicImage::ImageRgba8(picture) = picture {
        shrunk(picture.into_raw(), PixelType::U8x4)
            .and_then(|bytes| RgbaImage::from_raw(to_width, to_height, bytes))
            .map(DynamicImage::ImageRgba8)
    } else {
        shrunk(picture.into_rgb8().into_raw(), PixelType::U8x3)
            .and_then(|bytes| RgbImage::from_raw(to_width, to_height, bytes))
            .map(DynamicImage::ImageRgb8)
    };
    shrunk.expect("the buffers have the size of their pictures")
}

/// `length * to / from`, rounded, and at least 1.
fn scaled(length: u32, to: u32, from: u32) -> u32 {
    let (length, to, from) = (u64::from(length), u64::from(to), u64::from(from));
    let scaled = (length * to + from / 2) / from;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

fn resize(
    bytes: Vec<u8>,
    kind: PixelType,
    (width, height): (u32, u32),
    (to_width, to_height): (u32, u32),
) -> Option<Vec<u8>> {
    let mut from = Image::from_vec_u8(width, height, bytes, kind).ok()?;
    let mut to = Image::new(to_width, to_height, kind);
    // By default Lanczos with three lobes. Colors are multiplied by their alpha in place: the
    // resizer would do so in a copy.
    let has_alpha = kind == PixelType::U8x4;
    let alpha = MulDiv::new();
    if has_alpha {
        alpha.multiply_alpha_inplace(&mut from).ok()?;
    }
    let options = ResizeOptions::new().use_alpha(false);
    Resizer::new().resize(&from, &mut to, &options).ok()?;
    if has_alpha {
        alpha.divide_alpha_inplace(&mut to).ok()?;
    }
    Some(to.into_vec())
}
