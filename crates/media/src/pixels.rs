//! Decoded pixels.

use image::{DynamicImage, RgbImage, RgbaImage};

use crate::Rejection;

/// Decoded pixels with one to four channels of eight bits.
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
    /// The transmitted light per ink, not the amount of ink.
    Cmyk,
}

impl Channels {
    /// Returns the number of channels.
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

impl Pixels {
    /// Converts gray to RGB, and gray with alpha to RGBA.
    pub(crate) fn into_color(self) -> Self {
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

    /// Converts the pixels to an RGB image, or to an RGBA image if any pixel is not opaque.
    pub(crate) fn into_image(self) -> Result<DynamicImage, Rejection> {
        let Self {
            width,
            height,
            mut channels,
            mut bytes,
        } = self.into_color();
        if channels == Channels::Cmyk {
            drop_channel(&mut bytes, |[cyan, magenta, yellow, black]| {
                [cyan, magenta, yellow].map(|light| multiply(light, black))
            });
        }
        let is_opaque = |[.., alpha]: &[u8; 4]| *alpha == u8::MAX;
        if channels == Channels::Rgba && bytes.as_chunks().0.iter().all(is_opaque) {
            drop_channel(&mut bytes, |[red, green, blue, _]| [red, green, blue]);
            channels = Channels::Rgb;
        }
        let image = if channels == Channels::Rgba {
            RgbaImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
        } else {
            RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
        };
        image.ok_or(Rejection::Broken)
    }
}

/// Converts pixels of four bytes to pixels of three, in place.
fn drop_channel(bytes: &mut Vec<u8>, convert: impl Fn([u8; 4]) -> [u8; 3]) {
    let pixels = bytes.len() / 4;
    for index in 0..pixels {
        let [a, b, c, d] = [0, 1, 2, 3].map(|channel| bytes[4 * index + channel]);
        let converted = convert([a, b, c, d]);
        bytes[3 * index..3 * index + 3].copy_from_slice(&converted);
    }
    bytes.truncate(3 * pixels);
}

/// Returns the rounded product of two fractions of 255.
fn multiply(a: u8, b: u8) -> u8 {
    let product = (u32::from(a) * u32::from(b) + 127) / 255;
    u8::try_from(product).unwrap_or(u8::MAX)
}
