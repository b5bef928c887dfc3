//! Truncated files.

use super::*;

fn gif() -> Vec<u8> {
    let mut file = Vec::new();
    let shade = |position: u32| u8::try_from(20 * position).unwrap();
    let pixels = RgbaImage::from_fn(9, 9, |x, y| Rgba([1, shade(x), shade(y), 255]));
    GifEncoder::new(&mut file)
        .encode_frame(Frame::new(pixels))
        .unwrap();
    file
}

fn webp() -> Vec<u8> {
    let mut file = Vec::new();
    let pixels: Vec<u8> = (0..48).map(|n| n * 5).collect();
    WebPEncoder::new_lossless(&mut file)
        .write_image(&pixels, 4, 4, ExtendedColorType::Rgb8)
        .unwrap();
    file
}

/// Checks that every truncation is rejected or has all pixels.
fn check_truncations(file: &[u8], max_accepted: usize) {
    let whole = full(file);
    let mut accepted = 0;
    for end in 0..file.len() {
        if let Ok(prepared) = prepare(&file[..end]) {
            accepted += 1;
            let image = &prepared.sizes.last().unwrap().1;
            assert!(*image == whole, "{end} of {} bytes", file.len());
        }
    }
    assert!(
        (1..=max_accepted).contains(&accepted),
        "{accepted} of {} truncations",
        file.len()
    );
}

fn check_rejected_or_unknown(file: &[u8]) {
    let rejection = prepare(file).map(|prepared| prepared.id);
    let is_expected = matches!(rejection, Err(Rejection::Broken | Rejection::UnknownFormat));
    assert!(is_expected, "{} bytes: {rejection:?}", file.len());
}

#[test]
fn a_png_needs_its_end_chunk() {
    let file = png(&DynamicImage::ImageRgb8(corner(20, 20)));
    for end in 0..file.len() {
        check_rejected_or_unknown(&file[..end]);
    }
}

#[test]
fn a_jpeg_needs_no_end_marker() {
    check_truncations(&photograph(&corner(40, 40), 1), 8);
    check_truncations(&photograph(&corner(16, 16), 6), 8);
    for name in [
        "420-progressive",
        "444-y-cb-cr",
        "420-cbcr-y",
        "420-y-cbcr-restart",
        "420-without-tables",
        "cmyk",
    ] {
        check_truncations(&jpeg_files::read_fixture(&format!("{name}.jpg")), 8);
    }
}

#[test]
fn a_gif_needs_no_trailer() {
    check_truncations(&gif(), 4);
}

#[test]
fn a_webp_needs_no_padding() {
    let file = webp();
    for end in 0..file.len() - 1 {
        check_rejected_or_unknown(&file[..end]);
    }
}
