//! Colours of other spaces than sRGB.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The longest ICC profile that is looked at, in bytes.
const MAX_PROFILE: usize = 4 * 1024 * 1024;

/// The picture in sRGB, which a picture without a profile is in already.
///
/// The profile itself is not kept: it may name the device. One that cannot be read, or that is for
/// something else than RGB, is passed over.
pub(crate) fn to_srgb(picture: DynamicImage, profile: Option<&[u8]>) -> DynamicImage {
    let profile = profile.filter(|profile| profile.len() <= MAX_PROFILE);
    let profile = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
    let Some(profile) = profile.filter(|p| p.color_space == DataColorSpace::Rgb) else {
        return picture;
    };
    let (width, height) = (picture.width(), picture.height());
    let converted = if let Some(pixels) = picture.as_rgba8() {
        transform(&profile, Layout::Rgba, pixels)
            .and_then(|bytes| RgbaImage::from_raw(width, height, bytes))
            .map(DynamicImage::ImageRgba8)
    } else if let Some(pixels) = picture.as_rgb8() {
        transform(&profile, Layout::Rgb, pixels)
            .and_then(|bytes| RgbImage::from_raw(width, height, bytes))
            .map(DynamicImage::ImageRgb8)
    } else {
        None
    };
    converted.unwrap_or(picture)
}

fn transform(profile: &ColorProfile, layout: Layout, pixels: &[u8]) -> Option<Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let transform = profile
        .create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
        .ok()?;
    let mut converted = vec![0; pixels.len()];
    transform.transform(pixels, &mut converted).ok()?;
    Some(converted)
}
