//! Decoding of files.

mod jpeg;

use std::io::Cursor;

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageResult, Limits,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use crate::{
    Rejection, color,
    format::{Still, StillFormat},
    pixels::{Channels, Pixels},
    rejection::{MAX_DECODED, MAX_PIXELS, MAX_SIDE},
};

/// The maximum memory that a decoder may allocate in addition to the pixels, in bytes.
const MAX_ALLOCATION: u64 = 2 * MAX_DECODED;

/// Decodes the first frame to 8-bit sRGB, with alpha only if a pixel is not opaque.
pub(crate) fn decode(still: Still) -> Result<DynamicImage, Rejection> {
    let Still {
        format,
        file,
        profile,
        ..
    } = still;
    let pixels = match format {
        StillFormat::Jpeg(coding) => jpeg::decode(&file, coding),
        StillFormat::Png => read(PngDecoder::with_limits(Cursor::new(&file), limits())),
        StillFormat::Gif => read(GifDecoder::new(Cursor::new(&file))),
        StillFormat::WebP => read(WebPDecoder::new(Cursor::new(&file))),
    };
    drop(file);
    color::to_srgb(pixels?, profile.as_deref()).into_image()
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOCATION);
    limits
}

/// Rejects images that are too large to be decoded.
pub(crate) fn check_size(width: u32, height: u32, bytes: u64) -> Result<(), Rejection> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS || width.max(height) > MAX_SIDE {
        Err(Rejection::Dimensions)
    } else if bytes > MAX_DECODED {
        Err(Rejection::TooDeep)
    } else {
        Ok(())
    }
}

fn read(decoder: ImageResult<impl ImageDecoder>) -> Result<Pixels, Rejection> {
    let mut decoder = decoder.map_err(|error| rejection(&error))?;
    let (width, height) = decoder.dimensions();
    let size = decoder.total_bytes();
    check_size(width, height, size)?;
    let limited = decoder.set_limits(limits());
    limited.map_err(|error| rejection(&error))?;
    let (channels, is_wide) = match decoder.color_type() {
        ColorType::L8 => (Channels::Gray, false),
        ColorType::La8 => (Channels::GrayAlpha, false),
        ColorType::Rgb8 => (Channels::Rgb, false),
        ColorType::Rgba8 => (Channels::Rgba, false),
        ColorType::L16 => (Channels::Gray, true),
        ColorType::La16 => (Channels::GrayAlpha, true),
        ColorType::Rgb16 => (Channels::Rgb, true),
        ColorType::Rgba16 => (Channels::Rgba, true),
        ColorType::Rgb32F | ColorType::Rgba32F | _ => {
            return Err(Rejection::Unsupported("this kind of pixels"));
        }
    };
    let size = usize::try_from(size).map_err(|_| Rejection::TooDeep)?;
    let mut bytes = vec![0; size];
    let read = decoder.read_image(&mut bytes);
    read.map_err(|error| rejection(&error))?;
    if is_wide {
        reduce_to_8_bits(&mut bytes);
    }
    Ok(Pixels {
        width,
        height,
        channels,
        bytes,
    })
}

fn rejection(error: &ImageError) -> Rejection {
    match error {
        ImageError::Unsupported(_) => Rejection::Unsupported("an unusual feature of its format"),
        ImageError::Limits(_) => Rejection::TooDeep,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::IoError(_) => Rejection::Broken,
    }
}

/// Rounds samples of 16 bits to 8, in place.
fn reduce_to_8_bits(bytes: &mut Vec<u8>) {
    let samples = bytes.len() / 2;
    for index in 0..samples {
        let sample = u32::from(u16::from_ne_bytes([bytes[2 * index], bytes[2 * index + 1]]));
        bytes[index] = u8::try_from((sample + 128) / 257).unwrap_or(u8::MAX);
    }
    bytes.truncate(samples);
}
