//! Conversion of colors to sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::pixels::{Channels, Pixels};

/// The number of pixels that are converted at a time.
const STEP: usize = 16 * 1024;

/// Converts pixels to sRGB. Pixels without a profile are sRGB already.
///
/// The profile is not stored, because it may identify the device. An unreadable profile, or one for
/// other channels, is ignored.
pub(crate) fn to_srgb(pixels: Pixels, profile: Option<&[u8]>) -> Pixels {
    let profile = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
    let Some(profile) = profile else {
        return pixels;
    };
    match (profile.color_space, pixels.channels) {
        (DataColorSpace::Gray, Channels::Gray | Channels::GrayAlpha) => gray(pixels, &profile),
        (DataColorSpace::Rgb, Channels::Gray | Channels::GrayAlpha) => {
            rgb(pixels.into_color(), &profile)
        }
        (DataColorSpace::Rgb, Channels::Rgb | Channels::Rgba) => rgb(pixels, &profile),
        (DataColorSpace::Cmyk, Channels::Cmyk) => cmyk(pixels, &profile),
        _ => pixels,
    }
}

fn transform(
    profile: &ColorProfile,
    from: Layout,
    to: Layout,
) -> Option<std::sync::Arc<Transform8BitExecutor>> {
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    profile.create_transform_8bit(from, &srgb, to, options).ok()
}

/// Converts each of the 256 shades of gray.
fn gray(mut pixels: Pixels, profile: &ColorProfile) -> Pixels {
    let Some(transform) = transform(profile, Layout::Gray, Layout::Rgb) else {
        return pixels;
    };
    let shades: Vec<u8> = (0..=u8::MAX).collect();
    let mut converted = [0; 3 * 256];
    if transform.transform(&shades, &mut converted).is_err() {
        return pixels;
    }
    let step = if pixels.channels == Channels::GrayAlpha {
        2
    } else {
        1
    };
    for shade in pixels.bytes.iter_mut().step_by(step) {
        *shade = converted[3 * usize::from(*shade) + 1];
    }
    pixels
}

fn rgb(mut pixels: Pixels, profile: &ColorProfile) -> Pixels {
    let (layout, channels) = if pixels.channels == Channels::Rgba {
        (Layout::Rgba, 4)
    } else {
        (Layout::Rgb, 3)
    };
    let Some(transform) = transform(profile, layout, layout) else {
        return pixels;
    };
    let mut converted = vec![0; channels * STEP];
    for chunk in pixels.bytes.chunks_mut(channels * STEP) {
        let converted = &mut converted[..chunk.len()];
        // A transform for these channels accepts any number of pixels.
        if transform.transform(chunk, converted).is_ok() {
            chunk.copy_from_slice(converted);
        }
    }
    pixels
}

fn cmyk(mut pixels: Pixels, profile: &ColorProfile) -> Pixels {
    // The library has no layout for CMYK.
    let Some(transform) = transform(profile, Layout::Rgba, Layout::Rgb) else {
        return pixels;
    };
    let bytes = &mut pixels.bytes;
    let mut converted = vec![0; 3 * STEP];
    let count = bytes.len() / 4;
    for first in (0..count).step_by(STEP) {
        let range = first..count.min(first + STEP);
        let inks = &mut bytes[4 * range.start..4 * range.end];
        for light in &mut *inks {
            *light = u8::MAX - *light;
        }
        let converted = &mut converted[..3 * range.len()];
        if transform.transform(inks, converted).is_ok() {
            // Three bytes per pixel never overwrite the unconverted four.
            bytes[3 * range.start..3 * range.end].copy_from_slice(converted);
        }
    }
    bytes.truncate(3 * count);
    pixels.channels = Channels::Rgb;
    pixels
}
