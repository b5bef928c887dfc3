//! The dimensions in the header of a file.

/// The number of bytes that are searched for a header.
const MAX_HEADER: usize = 1024 * 1024;

/// Returns the width and height in the header of a file, or `None` if the header is unknown. Nothing
/// else is checked.
pub(crate) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    let header = file.get(..MAX_HEADER).unwrap_or(file);
    match header {
        [0x89, b'P', b'N', b'G', ..] => png(header),
        [0xff, 0xd8, rest @ ..] => jpeg(rest),
        [b'G', b'I', b'F', ..] => gif(header),
        [b'R', b'I', b'F', b'F', ..] => webp(header),
        _ => None,
    }
}

/// Reads the first chunk, `IHDR` (ISO 15948 §11.2.2).
fn png(file: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(*file.get(at..)?.first_chunk()?));
    Some((number(16)?, number(20)?))
}

/// Finds the frame header after other segments (ITU T.81 §B.2.2).
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        let marker = rest.iter().position(|byte| *byte == 0xff)?;
        rest = rest.get(marker + 1..)?;
        let (code, after) = rest.split_first()?;
        match code {
            // A fill byte precedes a marker, and is treated as the first byte of one.
            0xff | 0x00 | 0x01 | 0xd0..=0xd8 => {}
            0xda | 0xd9 => return None,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [high, low, wide, narrow] = *after.get(3..)?.first_chunk()?;
                let height = u16::from_be_bytes([high, low]);
                return Some((u16::from_be_bytes([wide, narrow]).into(), height.into()));
            }
            _ => {
                let length = u16::from_be_bytes(*after.first_chunk()?);
                rest = after.get(usize::from(length)..)?;
            }
        }
    }
}

/// Reads the screen and the first image, which may exceed it (`GIF89a` §18, §20).
fn gif(file: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| {
        let bytes = file.get(at..)?.first_chunk()?;
        Some(u32::from(u16::from_le_bytes(*bytes)))
    };
    let (width, height) = (number(6)?, number(8)?);
    let flags = *file.get(10)?;
    let mut at = 13 + color_table_len(flags);
    // Extensions: a label, then blocks of data.
    while *file.get(at)? == 0x21 {
        at += 2;
        while let length @ 1.. = *file.get(at)? {
            at += 1 + usize::from(length);
        }
        at += 1;
    }
    if *file.get(at)? != 0x2c {
        return None;
    }
    let (left, top) = (number(at + 1)?, number(at + 3)?);
    let (image_width, image_height) = (number(at + 5)?, number(at + 7)?);
    Some((
        width.max(left + image_width),
        height.max(top + image_height),
    ))
}

/// Returns the length of the color table that `flags` declare, in bytes.
pub(crate) fn color_table_len(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// Reads the first chunk, a canvas or an image (RFC 9649 §2).
fn webp(file: &[u8]) -> Option<(u32, u32)> {
    let name = file.get(12..16)?;
    let data = file.get(20..)?;
    match name {
        b"VP8X" => {
            // Three bytes with the number minus one.
            let number = |at: usize| {
                let [low, middle, high] = *data.get(at..)?.first_chunk()?;
                Some(u32::from_le_bytes([low, middle, high, 0]) + 1)
            };
            Some((number(4)?, number(7)?))
        }
        b"VP8 " => {
            let number = |at: usize| {
                let bytes = data.get(at..)?.first_chunk()?;
                Some(u32::from(u16::from_le_bytes(*bytes) & 0x3fff))
            };
            Some((number(6)?, number(8)?))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(*data.get(1..)?.first_chunk()?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat, RgbaImage};

    use super::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut file = std::io::Cursor::new(Vec::new());
        let image = DynamicImage::ImageRgba8(RgbaImage::new(300, 7));
        let image = if format == ImageFormat::Jpeg {
            DynamicImage::ImageRgb8(image.into_rgb8())
        } else {
            image
        };
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn dimensions_are_read_from_every_format() {
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Gif,
            ImageFormat::WebP,
        ] {
            let file = encoded(format);
            assert_eq!(dimensions(&file), Some((300, 7)), "{format:?}");
            for end in 0..10 {
                assert_eq!(dimensions(&file[..end]), None, "{format:?}");
            }
        }
        assert_eq!(dimensions(b""), None);
        assert_eq!(dimensions(b"<svg/>"), None);
    }

    #[test]
    fn canvases_and_lossy_headers_are_read() {
        let canvas = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\x06\0\0";
        assert_eq!(dimensions(canvas), Some((300, 7)));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\x2c\x41\x07\0";
        assert_eq!(dimensions(lossy), Some((300, 7)));
    }

    #[test]
    fn segments_before_a_frame_header_are_skipped() {
        let file = b"\xff\xd8\xff\xe0\0\x04ab?\xff\xff\xc2\0\x11\x08\0\x07\x01\x2c\x03";
        assert_eq!(dimensions(file), Some((300, 7)));
        let scan = b"\xff\xd8\xff\xda\0\x02\xff\xc0\0\x11\x08\0\x07\x01\x2c\x03";
        assert_eq!(dimensions(scan), None);
    }

    #[test]
    fn an_image_larger_than_its_screen_determines_the_dimensions() {
        let mut file = b"GIF89a\x05\0\x05\0\x80\0\0rgbrgb".to_vec();
        file.extend(b"!\xfe\x03abc\x01d\0,\x02\0\x03\0\x09\0\x01\0\0");
        assert_eq!(dimensions(&file), Some((11, 5)));
    }
}
