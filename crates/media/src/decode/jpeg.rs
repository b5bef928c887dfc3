//! JPEG.
//!
//! `zune-jpeg` is fast, but makes wrong images of sequential files whose components have scans of
//! their own, and of some sampling factors. `jpeg-decoder` decodes these.

use flate2::Crc;
use jpeg_decoder::Decoder;
use zune_jpeg::{
    JpegDecoder,
    errors::DecodeErrors,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{Channels, Pixels, check_size};
use crate::{
    Rejection,
    format::{JpegCoding, JpegColors},
};

/// The most bytes of coefficients and samples.
const MAX_WORK: u64 = 240 * 1024 * 1024;

/// Twice as many bytes are put in the place of what may be missing: more than a block takes.
const FILLER: usize = 128;

/// Decodes a file that [`crate::format::read_still`] wrote.
pub(super) fn decode(file: &[u8], coding: JpegCoding) -> Result<Pixels, Rejection> {
    let (width, height) = (u32::from(coding.width), u32::from(coding.height));
    let channels = match coding.colors {
        JpegColors::Gray => Channels::Gray,
        JpegColors::YCbCr | JpegColors::Rgb => Channels::Rgb,
        JpegColors::Cmyk | JpegColors::Ycck => Channels::Cmyk,
    };
    let size = u64::from(width) * u64::from(height) * channels.count();
    check_size(width, height, size)?;
    // A coefficient takes two bytes. The slower decoder has whole planes of samples, too.
    let work = match (coding.is_usual && !coding.is_cut, coding.is_progressive) {
        (true, false) => 0,
        (true, true) => 2 * coding.samples,
        (false, _) => 3 * coding.samples,
    };
    if work + size > MAX_WORK {
        return Err(Rejection::TooDeep);
    }
    let decode = if coding.is_usual {
        decode_fast
    } else {
        decode_slowly
    };
    if coding.is_cut {
        check_cut(file, coding)?;
    }
    let bytes = decode(file, coding);
    let mut pixels = Pixels {
        width,
        height,
        channels,
        bytes: bytes?,
    };
    if coding.colors == JpegColors::Ycck {
        let (samples, _) = pixels.bytes.as_chunks_mut::<4>();
        for [a, b, c, _] in samples {
            [*a, *b, *c] = inverted_rgb(*a, *b, *c);
        }
    }
    Ok(pixels)
}

/// Rejects a file whose scan ends too early.
///
/// Decoders make something up for what is missing. Nothing is missing where other bytes in its
/// place make the same pixels. The slower decoder is asked: the fast one passes over errors.
fn check_cut(file: &[u8], coding: JpegCoding) -> Result<(), Rejection> {
    let (data, end) = file
        .split_at_checked(file.len().saturating_sub(2))
        .unwrap_or_default();
    let sum_with = |filler: [u8; 2]| {
        let mut crc = Crc::new();
        let filled = [data, &filler.repeat(FILLER), end].concat();
        crc.update(&decode_slowly(&filled, coding)?);
        Ok(crc.sum())
    };
    if sum_with([0, 0])? == sum_with([0xff, 0])? {
        Ok(())
    } else {
        Err(Rejection::Broken)
    }
}

fn decode_fast(file: &[u8], coding: JpegCoding) -> Result<Vec<u8>, Rejection> {
    let colors = match coding.colors {
        JpegColors::Gray => ColorSpace::Luma,
        JpegColors::YCbCr | JpegColors::Rgb => ColorSpace::RGB,
        // Of four components nothing is converted.
        JpegColors::Cmyk | JpegColors::Ycck => ColorSpace::CMYK,
    };
    let options = DecoderOptions::default()
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(colors);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode().map_err(|error| {
        if matches!(error, DecodeErrors::Unsupported(_)) {
            Rejection::Unsupported("an unusual feature of its format")
        } else {
            Rejection::Broken
        }
    })
}

fn decode_slowly(file: &[u8], coding: JpegCoding) -> Result<Vec<u8>, Rejection> {
    let mut decoder = Decoder::new(file);
    let outcome = decoder.decode().map_err(|error| match error {
        jpeg_decoder::Error::Unsupported(_) => {
            Rejection::Unsupported("an unusual feature of its format")
        }
        jpeg_decoder::Error::Format(_)
        | jpeg_decoder::Error::Io(_)
        | jpeg_decoder::Error::Internal(_) => Rejection::Broken,
    });
    let mut bytes = outcome?;
    if matches!(coding.colors, JpegColors::Cmyk | JpegColors::Ycck) {
        // It returns the amount of ink.
        for byte in &mut bytes {
            *byte = u8::MAX - *byte;
        }
    }
    Ok(bytes)
}

/// The complement of the color that luminance and chrominances make (ITU T.871 §7).
fn inverted_rgb(luminance: u8, blue: u8, red: u8) -> [u8; 3] {
    let of = |sample: u8| i32::from(sample);
    // In units of 1/65,536.
    let (luminance, blue, red) = (of(luminance) << 16, of(blue) - 128, of(red) - 128);
    [
        luminance + 91_881 * red,
        luminance - 22_554 * blue - 46_802 * red,
        luminance + 116_130 * blue,
    ]
    .map(|color| 255 - u8::try_from(((color + 32_768) >> 16).clamp(0, 255)).unwrap_or_default())
}
