//! From a file to pixels.

mod jpeg;

use std::io::Cursor;

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageResult, Limits, RgbImage, RgbaImage,
    codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder},
};

use crate::{
    Rejection, color,
    format::{Still, StillFormat},
    pipeline::{MAX_DECODED, MAX_PIXELS, MAX_SIDE},
};

/// The most memory that a decoder may ask for next to the pixels, in bytes.
const MAX_ALLOCATION: u64 = 2 * MAX_DECODED;

/// Pixels as they were decoded: one, two, three or four channels of eight bits.
#[derive(Debug)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) bytes: Vec<u8>,
}

/// The channels of each pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channels {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// The light that each ink lets through, not the amount of it.
    Cmyk,
}

impl Channels {
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// Decodes the first frame to 8-bit sRGB, with alpha only where some pixel is not opaque.
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
    into_image(color::to_srgb(pixels?, profile.as_deref()))
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOCATION);
    limits
}

/// Rejects what is too large to be decoded.
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
        narrow(&mut bytes);
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

/// Rounds samples of sixteen bits to eight, in place.
fn narrow(bytes: &mut Vec<u8>) {
    let samples = bytes.len() / 2;
    for at in 0..samples {
        let sample = u32::from(u16::from_ne_bytes([bytes[2 * at], bytes[2 * at + 1]]));
        bytes[at] = u8::try_from((sample + 128) / 257).unwrap_or(u8::MAX);
    }
    bytes.truncate(samples);
}

impl Pixels {
    /// Makes three channels of gray, and four of gray with alpha.
    pub(crate) fn with_colors(self) -> Self {
        let (channels, bytes) = match self.channels {
            Channels::Gray => {
                let bytes = self.bytes.iter().flat_map(|gray| [*gray; 3]);
                (Channels::Rgb, bytes.collect())
            }
            Channels::GrayAlpha => {
                let (pixels, _) = self.bytes.as_chunks::<2>();
                let bytes = pixels
                    .iter()
                    .flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]);
                (Channels::Rgba, bytes.collect())
            }
            Channels::Rgb | Channels::Rgba | Channels::Cmyk => return self,
        };
        Self {
            channels,
            bytes,
            ..self
        }
    }
}

/// Makes an image of three channels, or of four where some pixel is not opaque.
fn into_image(pixels: Pixels) -> Result<DynamicImage, Rejection> {
    let Pixels {
        width,
        height,
        mut channels,
        mut bytes,
    } = pixels.with_colors();
    if channels == Channels::Cmyk {
        shorten_pixels(&mut bytes, |[cyan, magenta, yellow, black]| {
            [cyan, magenta, yellow].map(|light| multiply(light, black))
        });
    }
    let is_opaque = |[.., alpha]: &[u8; 4]| *alpha == u8::MAX;
    if channels == Channels::Rgba && bytes.as_chunks().0.iter().all(is_opaque) {
        shorten_pixels(&mut bytes, |[red, green, blue, _]| [red, green, blue]);
        channels = Channels::Rgb;
    }
    let image = if channels == Channels::Rgba {
        RgbaImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
    } else {
        RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
    };
    image.ok_or(Rejection::Broken)
}

/// Replaces pixels of four bytes by pixels of three, in place.
fn shorten_pixels(bytes: &mut Vec<u8>, shorten: impl Fn([u8; 4]) -> [u8; 3]) {
    let pixels = bytes.len() / 4;
    for at in 0..pixels {
        let [a, b, c, d] = [0, 1, 2, 3].map(|channel| bytes[4 * at + channel]);
        let short = shorten([a, b, c, d]);
        bytes[3 * at..3 * at + 3].copy_from_slice(&short);
    }
    bytes.truncate(3 * pixels);
}

/// The product of two fractions of 255, rounded.
fn multiply(one: u8, other: u8) -> u8 {
    let product = (u32::from(one) * u32::from(other) + 127) / 255;
    u8::try_from(product).unwrap_or(u8::MAX)
}
