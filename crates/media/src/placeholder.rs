//! Placeholders for profiles without an image.

use manyface_core::{Image, ImageSize};

/// The width and height of the pattern in cells, without its margin of one cell.
const CELLS: u32 = 5;
/// The largest side in pixels, also used for the full size.
const LARGEST: u32 = 512;
/// The color of the background.
const BACKGROUND: [u8; 3] = [240; 3];

/// Draws a pattern that is determined by `seed`: one color on a light background, the left half
/// mirrored to the right.
///
/// With one bit per pixel and a palette of two colors, drawing costs less than serving.
pub(crate) fn draw(seed: u64, size: ImageSize) -> Option<Image> {
    let edge = size.pixels().unwrap_or(LARGEST);
    let cell = edge / (CELLS + 2);
    let margin = (edge - cell * CELLS) / 2;
    let cell_at = |pixel: u32| {
        let index = pixel.checked_sub(margin)? / cell;
        (index < CELLS).then_some(index)
    };
    // All pixel rows of a cell are equal.
    let row = |row: Option<u32>| {
        let mut bytes = vec![0_u8; edge.div_ceil(8) as usize];
        for x in 0..edge {
            let (Some(column), Some(row)) = (cell_at(x), row) else {
                continue;
            };
            let mirrored = column.min(CELLS - 1 - column);
            if seed >> (mirrored * CELLS + row) & 1 == 1 {
                bytes[(x / 8) as usize] |= 0x80 >> (x % 8);
            }
        }
        bytes
    };
    let blank = row(None);
    let rows: Vec<_> = (0..CELLS).map(|index| row(Some(index))).collect();
    let mut pixels = Vec::with_capacity(blank.len() * edge as usize);
    for y in 0..edge {
        pixels.extend_from_slice(cell_at(y).map_or(&blank, |index| &rows[index as usize]));
    }
    encode(edge, color(seed), &pixels).ok()
}

fn encode(edge: u32, color: [u8; 3], pixels: &[u8]) -> Result<Image, png::EncodingError> {
    let mut bytes = Vec::with_capacity(2048);
    let mut encoder = png::Encoder::new(&mut bytes, edge, edge);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette([BACKGROUND, color].concat());
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(Image {
        media_type: "image/png",
        bytes,
    })
}

/// Returns one of 360 hues that contrast with the background, from bits that the pattern does not
/// use.
fn color(seed: u64) -> [u8; 3] {
    const LOW: u64 = 70;
    const SPAN: u64 = 120;
    let hue = (seed >> 16) % 360;
    let (sector, within) = (hue / 60, hue % 60 * SPAN / 60);
    let (up, down, top) = (LOW + within, LOW + SPAN - within, LOW + SPAN);
    let channels = match sector {
        0 => [top, up, LOW],
        1 => [down, top, LOW],
        2 => [LOW, top, up],
        3 => [LOW, down, top],
        4 => [up, LOW, top],
        _ => [top, LOW, down],
    };
    channels.map(|channel| u8::try_from(channel).unwrap_or(u8::MAX))
}
