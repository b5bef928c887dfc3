//! What a file is by its content, and whether all of it is there.

use image::ImageFormat;

use crate::Rejection;

/// The format of a whole file.
///
/// Decoders make the best of files that end early. An upload that was cut off is to be refused, so
/// the file's own structure is followed to its end first. What comes after that end is not looked
/// at, and not kept.
pub(crate) fn recognise(file: &[u8]) -> Result<ImageFormat, Rejection> {
    let (format, is_whole) = if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        (ImageFormat::Png, png(file))
    } else if file.starts_with(b"\xff\xd8\xff") {
        (ImageFormat::Jpeg, jpeg(file))
    } else if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") {
        (ImageFormat::Gif, gif(file))
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        (ImageFormat::WebP, webp(file))
    } else {
        return Err(Rejection::UnknownFormat);
    };
    match is_whole {
        Some(()) => Ok(format),
        None => Err(Rejection::Broken),
    }
}

/// Chunks of a length, a name, data and a checksum, up to `IEND` (ISO 15948).
fn png(file: &[u8]) -> Option<()> {
    let mut rest = file.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk()?;
        let (name, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        rest = after.get(length.checked_add(4)?..)?;
        if name == b"IEND" {
            return Some(());
        }
    }
}

/// Segments and scans, up to the marker of the end (ITU T.81 annex B).
fn jpeg(file: &[u8]) -> Option<()> {
    const END: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let mut rest = file.get(2..)?;
    loop {
        let marker;
        (marker, rest) = next_marker(rest)?;
        match marker {
            END => return Some(()),
            // Without a length: RSTn, TEM.
            0x01 | 0xd0..=0xd7 => {}
            _ => {
                let length = u16::from_be_bytes(*rest.first_chunk()?);
                rest = rest.get(usize::from(length.max(2))..)?;
            }
        }
        if marker == SCAN {
            rest = after_scan(rest)?;
        }
    }
}

/// A marker after any number of fill bytes.
fn next_marker(file: &[u8]) -> Option<(u8, &[u8])> {
    let (first, mut rest) = file.split_first()?;
    if *first != 0xff {
        return None;
    }
    loop {
        let (byte, after) = rest.split_first()?;
        if *byte != 0xff {
            return Some((*byte, after));
        }
        rest = after;
    }
}

/// What follows the data of a scan: the first marker that is no restart within it.
fn after_scan(file: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        at += file.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match file.get(at + 1)? {
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return file.get(at..),
        }
    }
}

/// A screen, then blocks, up to the trailer (`GIF89a`).
fn gif(file: &[u8]) -> Option<()> {
    let flags = *file.get(10)?;
    let mut rest = file.get(13 + color_table(flags)..)?;
    loop {
        let (introducer, after) = rest.split_first()?;
        rest = match introducer {
            0x3b => return Some(()),
            // An extension: its label, then blocks.
            0x21 => after_blocks(after.get(1..)?)?,
            // A picture: its place and flags, its colours, the size of its codes, then blocks.
            0x2c => {
                let flags = *after.get(8)?;
                after_blocks(after.get(9 + color_table(flags) + 1..)?)?
            }
            _ => return None,
        };
    }
}

fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

fn after_blocks(mut file: &[u8]) -> Option<&[u8]> {
    loop {
        let (length, after) = file.split_first()?;
        file = after.get(usize::from(*length)..)?;
        if *length == 0 {
            return Some(file);
        }
    }
}

/// As long as it says (RFC 9649).
fn webp(file: &[u8]) -> Option<()> {
    let length = u32::from_le_bytes(*file.get(4..)?.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    file.get(..end).map(|_| ())
}
