//! Downscaling of images.

use fast_image_resize::{
    MulDiv, PixelTrait, ResizeOptions, Resizer,
    images::TypedImage,
    pixels::{U8x3, U8x4},
};
use image::{DynamicImage, RgbImage, RgbaImage};

/// Scales the image down to at most `side` pixels in width and height, keeping its proportions.
/// Colors of transparent pixels do not bleed into their neighbours.
pub(crate) fn fit(image: DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    if width.max(height) <= side {
        return image;
    }
    let (to_width, to_height) = if width >= height {
        (side, scaled(height, side, width))
    } else {
        (scaled(width, side, height), side)
    };
    let (from, to) = ((width, height), (to_width, to_height));
    let resized = if let DynamicImage::ImageRgba8(image) = image {
        resize::<U8x4>(image.into_raw(), from, to, true)
            .and_then(|bytes| RgbaImage::from_raw(to_width, to_height, bytes))
            .map(DynamicImage::ImageRgba8)
    } else {
        resize::<U8x3>(image.into_rgb8().into_raw(), from, to, false)
            .and_then(|bytes| RgbImage::from_raw(to_width, to_height, bytes))
            .map(DynamicImage::ImageRgb8)
    };
    resized.expect("the buffers have the size of their images")
}

/// Returns `length * to / from`, rounded, and at least 1.
fn scaled(length: u32, to: u32, from: u32) -> u32 {
    let (length, to, from) = (u64::from(length), u64::from(to), u64::from(from));
    let scaled = (length * to + from / 2) / from;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

/// Resizes pixels of the type `P`. The library's generic functions would compile the code of every
/// pixel type.
fn resize<P: PixelTrait>(
    mut bytes: Vec<u8>,
    (width, height): (u32, u32),
    (to_width, to_height): (u32, u32),
    has_alpha: bool,
) -> Option<Vec<u8>> {
    let mut resized = vec![0; to_width as usize * to_height as usize * size_of::<P>()];
    let mut from = TypedImage::<P>::from_buffer(width, height, &mut bytes).ok()?;
    let mut to = TypedImage::<P>::from_buffer(to_width, to_height, &mut resized).ok()?;
    // The default is Lanczos3. Colors are multiplied by alpha in place; the resizer would copy them.
    let alpha = MulDiv::new();
    if has_alpha {
        alpha.multiply_alpha_inplace_typed(&mut from).ok()?;
    }
    let options = ResizeOptions::new().use_alpha(false);
    Resizer::new().resize_typed(&from, &mut to, &options).ok()?;
    if has_alpha {
        alpha.divide_alpha_inplace_typed(&mut to).ok()?;
    }
    Some(resized)
}
