//! GIF: a screen and blocks (`GIF89a`).

use image::metadata::Orientation;

use super::{Still, StillFormat};
use crate::dimensions::color_table_len;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;

/// Reads up to the end of the first image, without extensions other than its graphic control.
///
/// The screen is enlarged to contain the image, as in browsers.
pub(super) fn read(file: &[u8]) -> Option<Still> {
    let (head, _) = file.split_at_checked(13)?;
    let (head, mut rest) = file.split_at_checked(head.len() + color_table_len(*head.get(10)?))?;
    let mut control = None;
    let image = loop {
        let (introducer, after) = rest.split_first()?;
        match *introducer {
            EXTENSION => {
                let (label, blocks) = after.split_first()?;
                let length = blocks_len(blocks)?;
                if *label == GRAPHIC_CONTROL {
                    control = rest.get(..2 + length);
                }
                rest = blocks.get(length..)?;
            }
            IMAGE => break after,
            _ => return None,
        }
    };
    let descriptor = image.get(..9)?;
    // Descriptor, color table, minimum code size.
    let head_len = 9 + color_table_len(*descriptor.get(8)?) + 1;
    let (image_head, blocks) = image.split_at_checked(head_len)?;
    let mut written = b"GIF89a".to_vec();
    for (screen, offset, length) in [(6, 0, 4), (8, 2, 6)] {
        let end = number(descriptor, offset)?.checked_add(number(descriptor, length)?)?;
        written.extend(number(head, screen)?.max(end).to_le_bytes());
    }
    written.extend(head.get(10..)?);
    written.extend(control.unwrap_or_default());
    written.push(IMAGE);
    written.extend(image_head);
    if let Some(length) = blocks_len(blocks) {
        written.extend(blocks.get(..length)?);
    } else {
        // The decoder detects missing pixels.
        written.extend(complete_blocks(blocks));
        written.push(0);
    }
    written.push(TRAILER);
    Some(Still {
        format: StillFormat::Gif,
        file: written,
        orientation: Orientation::NoTransforms,
        profile: None,
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Returns the length of the blocks, including the empty one at the end.
fn blocks_len(file: &[u8]) -> Option<usize> {
    let mut position = 0;
    loop {
        let length = usize::from(*file.get(position)?);
        position += 1 + length;
        if length == 0 {
            return Some(position);
        }
    }
}

/// Returns the complete blocks of a file without the empty one at the end.
fn complete_blocks(file: &[u8]) -> &[u8] {
    let mut position = 0;
    while let Some(length) = file.get(position) {
        let end = position + 1 + usize::from(*length);
        if end > file.len() {
            break;
        }
        position = end;
    }
    file.get(..position).unwrap_or_default()
}
