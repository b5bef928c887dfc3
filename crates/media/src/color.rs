//! Colors of other spaces than sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::decode::{Channels, Pixels};

/// Pixels that are converted at a time.
const STEP: usize = 16 * 1024;

/// Converts pixels to sRGB, which those without a profile are in already.
///
/// The profile itself is not kept: it may name the device. One that cannot be read, or that is for
/// other channels than the image has, is passed over.
pub(crate) fn to_srgb(pixels: Pixels, profile: Option<&[u8]>) -> Pixels {
    let profile = profile.and_then(|profile| ColorProfile::new_from_slice(profile).ok());
    let Some(profile) = profile else {
        return pixels;
    };
    match (profile.color_space, pixels.channels) {
        (DataColorSpace::Gray, Channels::Gray | Channels::GrayAlpha) => gray(pixels, &profile),
        (DataColorSpace::Rgb, Channels::Gray | Channels::GrayAlpha) => {
            rgb(pixels.with_colors(), &profile)
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

/// Each of the 256 shades becomes another one.
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
    for some in pixels.bytes.chunks_mut(channels * STEP) {
        let converted = &mut converted[..some.len()];
        // A transform that was made for these channels takes any number of pixels.
        if transform.transform(some, converted).is_ok() {
            some.copy_from_slice(converted);
        }
    }
    pixels
}

fn cmyk(mut pixels: Pixels, profile: &ColorProfile) -> Pixels {
    // The library has no layout for four inks.
    let Some(transform) = transform(profile, Layout::Rgba, Layout::Rgb) else {
        return pixels;
    };
    let bytes = &mut pixels.bytes;
    let mut converted = vec![0; 3 * STEP];
    let count = bytes.len() / 4;
    for first in (0..count).step_by(STEP) {
        let some = first..count.min(first + STEP);
        let inks = &mut bytes[4 * some.start..4 * some.end];
        for light in &mut *inks {
            *light = u8::MAX - *light;
        }
        let converted = &mut converted[..3 * some.len()];
        if transform.transform(inks, converted).is_ok() {
            // Three bytes a pixel take less room than the four of those that are done.
            bytes[3 * some.start..3 * some.end].copy_from_slice(converted);
        }
    }
    bytes.truncate(3 * count);
    pixels.channels = Channels::Rgb;
    pixels
}
