//! Pictures for profiles that have none.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use manyface_core::{Image, ImageSize};

use crate::encode::encode;

/// The pattern is this many cells wide and high, with a margin of one cell around it.
const CELLS: u32 = 5;
/// The largest picture, which stands for the full size.
const LARGEST: u32 = 512;

/// Draws a pattern from `seed`: one colour on a light ground, the left half mirrored to the right.
/// The same seed makes the same bytes.
pub(crate) fn draw(seed: u64, size: ImageSize) -> Option<Image> {
    let edge = size.pixels().unwrap_or(LARGEST);
    let color = color(seed);
    let cell = edge / (CELLS + 2);
    let margin = (edge - cell * CELLS) / 2;
    let picture = RgbImage::from_fn(edge, edge, |x, y| {
        let place = |at: u32| {
            at.checked_sub(margin)
                .map(|at| at / cell)
                .filter(|at| *at < CELLS)
        };
        let is_filled = match (place(x), place(y)) {
            (Some(column), Some(row)) => {
                let mirrored = column.min(CELLS - 1 - column);
                seed >> (mirrored * CELLS + row) & 1 == 1
            }
            (None, _) | (_, None) => false,
        };
        if is_filled {
            color
        } else {
            Rgb([240, 240, 240])
        }
    });
    encode(&DynamicImage::ImageRgb8(picture), ImageFormat::Png).ok()
}

/// One of 360 hues, none too light to be seen on the ground. From bits that the pattern does not
/// use.
fn color(seed: u64) -> Rgb<u8> {
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
    Rgb(channels.map(|channel| u8::try_from(channel).unwrap_or(u8::MAX)))
}
