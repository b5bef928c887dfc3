//! JPEG.
//!
//! `zune-jpeg` is fast, but wrong for sequential files with a separate scan for each component, and
//! for some sampling factors. `jpeg-decoder` decodes these.

use flate2::Crc;
use jpeg_decoder::Decoder;
use zune_jpeg::{
    JpegDecoder,
    errors::DecodeErrors,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::check_size;
use crate::{
    Rejection,
    format::{JpegCoding, JpegColors},
    pixels::{Channels, Pixels},
};

/// The maximum memory for coefficients and samples, in bytes.
const MAX_WORK_MEMORY: u64 = 240 * 1024 * 1024;

/// The number of filler words that replace possibly missing data: more than a block takes.
const FILLER: usize = 128;

/// Decodes a file that was rewritten by [`crate::format::read_still`].
pub(super) fn decode(file: &[u8], coding: JpegCoding) -> Result<Pixels, Rejection> {
    let (width, height) = (u32::from(coding.width), u32::from(coding.height));
    let channels = match coding.colors {
        JpegColors::Gray => Channels::Gray,
        JpegColors::YCbCr | JpegColors::Rgb => Channels::Rgb,
        JpegColors::Cmyk | JpegColors::Ycck => Channels::Cmyk,
    };
    let size = u64::from(width) * u64::from(height) * channels.count();
    check_size(width, height, size)?;
    // A coefficient takes two bytes. The slower decoder also stores whole planes of samples.
    let memory = match (
        coding.has_common_coding && !coding.is_truncated,
        coding.is_progressive,
    ) {
        (true, false) => 0,
        (true, true) => 2 * coding.samples,
        (false, _) => 3 * coding.samples,
    };
    if memory + size > MAX_WORK_MEMORY {
        return Err(Rejection::TooDeep);
    }
    let decode = if coding.has_common_coding {
        decode_with_zune
    } else {
        decode_with_jpeg_decoder
    };
    if coding.is_truncated {
        check_complete(file, coding)?;
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

/// Rejects a truncated file with missing pixels.
///
/// Decoders invent missing pixels. If two different fillers result in the same pixels, nothing is
/// missing. The fast decoder ignores errors, so the slower one is used.
fn check_complete(file: &[u8], coding: JpegCoding) -> Result<(), Rejection> {
    let (data, end) = file
        .split_at_checked(file.len().saturating_sub(2))
        .unwrap_or_default();
    let sum_with = |filler: [u8; 2]| {
        let mut crc = Crc::new();
        let filled = [data, &filler.repeat(FILLER), end].concat();
        crc.update(&decode_with_jpeg_decoder(&filled, coding)?);
        Ok(crc.sum())
    };
    if sum_with([0, 0])? == sum_with([0xff, 0])? {
        Ok(())
    } else {
        Err(Rejection::Broken)
    }
}

fn decode_with_zune(file: &[u8], coding: JpegCoding) -> Result<Vec<u8>, Rejection> {
    let colors = match coding.colors {
        JpegColors::Gray => ColorSpace::Luma,
        JpegColors::YCbCr | JpegColors::Rgb => ColorSpace::RGB,
        // Four components are not converted.
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

fn decode_with_jpeg_decoder(file: &[u8], coding: JpegCoding) -> Result<Vec<u8>, Rejection> {
    let mut decoder = Decoder::new(file);
    let result = decoder.decode().map_err(|error| match error {
        jpeg_decoder::Error::Unsupported(_) => {
            Rejection::Unsupported("an unusual feature of its format")
        }
        jpeg_decoder::Error::Format(_)
        | jpeg_decoder::Error::Io(_)
        | jpeg_decoder::Error::Internal(_) => Rejection::Broken,
    });
    let mut bytes = result?;
    if matches!(coding.colors, JpegColors::Cmyk | JpegColors::Ycck) {
        // The decoder returns the amount of ink.
        for byte in &mut bytes {
            *byte = u8::MAX - *byte;
        }
    }
    Ok(bytes)
}

/// Returns the complement of the RGB color of a luminance and two chrominances (ITU T.871 §7).
fn inverted_rgb(luminance: u8, blue: u8, red: u8) -> [u8; 3] {
    let signed = |sample: u8| i32::from(sample);
    // In units of 1/65,536.
    let (luminance, blue, red) = (
        signed(luminance) << 16,
        signed(blue) - 128,
        signed(red) - 128,
    );
    [
        luminance + 91_881 * red,
        luminance - 22_554 * blue - 46_802 * red,
        luminance + 116_130 * blue,
    ]
    .map(|color| 255 - u8::try_from(((color + 32_768) >> 16).clamp(0, 255)).unwrap_or_default())
}
