//! Tests of the whole pipeline.

mod gif_files;
mod jpeg_files;
mod png_files;
mod truncated;
mod webp_files;

use std::io::Cursor;

use image::{
    DynamicImage, ExtendedColorType, Frame, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::{gif::GifEncoder, jpeg::JpegEncoder, webp::WebPEncoder},
    load_from_memory,
};

use super::*;
use ImageSize::{Full, Px48, Px96, Px192, Px512};

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// An image that is red in the upper left quarter and blue elsewhere.
fn corner(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 2 && y < height / 2 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    })
}

/// A JPEG with an Exif orientation, a position and a camera maker.
fn photograph(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x03\0".to_vec();
    // Make (text of nine bytes after the directory), Orientation, GPS directory.
    exif.extend(b"\x0f\x01\x02\0\x09\0\0\0\x32\0\0\0");
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    exif.extend(b"\x25\x88\x04\0\x01\0\0\0\x3c\0\0\0");
    exif.extend([0; 4]);
    exif.extend(b"SecretCam\0");
    exif.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0");
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif).unwrap();
    let (width, height) = image.dimensions();
    encoder
        .write_image(image, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

fn full(file: &[u8]) -> Image {
    prepare(file).unwrap().sizes.pop().unwrap().1
}

fn is_red(pixel: Rgb<u8>) -> bool {
    pixel.0[0] > 150 && pixel.0[2] < 100
}

fn contains(file: &[u8], text: &[u8]) -> bool {
    file.windows(text.len()).any(|window| window == text)
}

#[test]
fn a_photograph_is_rotated_and_loses_its_metadata() {
    // The expected position of the red corner, by orientation (Exif 2.3 §4.6.4).
    let corners = [
        (1, (0, 0)),
        (2, (1, 0)),
        (3, (1, 1)),
        (4, (0, 1)),
        (5, (0, 0)),
        (6, (1, 0)),
        (7, (1, 1)),
        (8, (0, 1)),
    ];
    for (orientation, (right, lower)) in corners {
        let file = photograph(&corner(600, 400), orientation);
        assert!(contains(&file, b"SecretCam"));
        let prepared = prepare(&file).unwrap();
        for (size, image) in &prepared.sizes {
            assert_eq!(image.media_type, "image/jpeg");
            for secret in [&b"SecretCam"[..], b"Exif", b"ICC"] {
                assert!(!contains(&image.bytes, secret));
            }
            let seen = load_from_memory(&image.bytes).unwrap().into_rgb8();
            let (width, height) = seen.dimensions();
            assert_eq!(width > height, orientation < 5, "{orientation} {size:?}");
            for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let pixel = seen.get_pixel(width / 4 + x * width / 2, height / 4 + y * height / 2);
                let expected = (x, y) == (right, lower);
                assert_eq!(is_red(*pixel), expected, "{orientation} {size:?} {x} {y}");
            }
        }
    }
}

#[test]
fn only_sizes_smaller_than_the_image_are_created() {
    let sizes = |width, height| {
        let file = png(&DynamicImage::ImageRgb8(corner(width, height)));
        let prepared = prepare(&file).unwrap();
        let dimensions = prepared.sizes.iter().map(|(size, image)| {
            let seen = load_from_memory(&image.bytes).unwrap();
            (*size, seen.width(), seen.height())
        });
        dimensions.collect::<Vec<_>>()
    };
    assert_eq!(sizes(1, 1), [(Full, 1, 1)]);
    assert_eq!(sizes(48, 20), [(Full, 48, 20)]);
    assert_eq!(sizes(49, 20), [(Px48, 48, 20), (Full, 49, 20)]);
    let all = [
        (Px48, 48, 24),
        (Px96, 96, 48),
        (Px192, 192, 96),
        (Px512, 512, 256),
        (Full, 2048, 1024),
    ];
    assert_eq!(sizes(3000, 1500), all);
    assert_eq!(sizes(3000, 1)[4], (Full, 2048, 1));
}

#[test]
fn transparency_is_preserved() {
    let translucent = RgbaImage::from_pixel(600, 10, Rgba([10, 20, 30, 128]));
    let image = full(&png(&DynamicImage::ImageRgba8(translucent.clone())));
    assert_eq!(image.media_type, "image/png");
    let seen = load_from_memory(&image.bytes).unwrap();
    assert_eq!(seen.as_rgba8(), Some(&translucent));
    let opaque = RgbaImage::from_pixel(8, 8, Rgba([10, 20, 30, 255]));
    let seen = load_from_memory(&full(&png(&DynamicImage::ImageRgba8(opaque))).bytes);
    assert!(!seen.unwrap().color().has_alpha());
}

#[test]
fn colors_of_transparent_pixels_do_not_bleed() {
    let image = RgbaImage::from_fn(400, 400, |x, _| {
        if x % 4 < 2 {
            Rgba([255, 0, 0, 0])
        } else {
            Rgba([0, 0, 255, 255])
        }
    });
    let prepared = prepare(&png(&DynamicImage::ImageRgba8(image))).unwrap();
    let small = load_from_memory(&prepared.sizes[0].1.bytes)
        .unwrap()
        .into_rgba8();
    assert!(
        small
            .pixels()
            .all(|pixel| pixel.0[0] < 8 && pixel.0[2] > 240)
    );
}

#[test]
fn webp_becomes_jpeg_or_png_with_alpha() {
    let webp = |bytes: &[u8], kind| {
        let mut file = Vec::new();
        WebPEncoder::new_lossless(&mut file)
            .write_image(bytes, 4, 4, kind)
            .unwrap();
        full(&file).media_type
    };
    assert_eq!(webp(&[9; 48], ExtendedColorType::Rgb8), "image/jpeg");
    assert_eq!(webp(&[9; 64], ExtendedColorType::Rgba8), "image/png");
}

#[test]
fn the_first_frame_of_an_animation_is_stored() {
    let mut file = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut file);
        let frame = |color| Frame::new(RgbaImage::from_pixel(5, 5, Rgba(color)));
        encoder.encode_frame(frame([255, 0, 0, 255])).unwrap();
        for _ in 0..1_000 {
            encoder.encode_frame(frame([0, 255, 0, 255])).unwrap();
        }
    }
    let image = full(&file);
    assert_eq!(image.media_type, "image/png");
    let seen = load_from_memory(&image.bytes).unwrap().into_rgb8();
    assert_eq!(seen.get_pixel(2, 2), &Rgb([255, 0, 0]));
}

#[test]
fn the_same_file_has_the_same_id() {
    let file = photograph(&corner(300, 200), 6);
    assert_eq!(prepare(&file).unwrap().id, prepare(&file).unwrap().id);
    let other = photograph(&corner(300, 201), 6);
    assert_ne!(prepare(&file).unwrap().id, prepare(&other).unwrap().id);
}

#[test]
fn changed_bytes_cause_no_panic() {
    let image = DynamicImage::ImageRgb8(corner(20, 20));
    for file in [png(&image), photograph(&corner(20, 20), 6)] {
        for at in 0..file.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = file.clone();
                changed[at] = value;
                let _ = prepare_uncaught(&changed);
            }
        }
    }
}

/// A PNG without pixels whose header has these dimensions.
fn png_with_header(width: u32, height: u32, depth: u8, color: u8) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([depth, color, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(&header);
    file.extend(crc(&header).to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    file
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

fn check_rejected(file: &[u8], expected: Rejection) {
    assert_eq!(prepare(file).map(|prepared| prepared.id), Err(expected));
}

#[test]
fn bombs_are_rejected_by_their_header() {
    for (width, height) in [(7_000, 7_200), (65_535, 65_535), (16_385, 1), (1, 16_385)] {
        check_rejected(&png_with_header(width, height, 8, 2), Rejection::Dimensions);
    }
    check_rejected(&png_with_header(4_500, 4_500, 16, 6), Rejection::TooDeep);
    for (width, height) in [(0, 0), (0, 5), (5, 0), (1 << 31, 1), (u32::MAX, u32::MAX)] {
        assert!(prepare(&png_with_header(width, height, 8, 2)).is_err());
    }
    check_rejected(&vec![0xff; MAX_FILE + 1], Rejection::TooLong);
    let mut jpeg = photograph(&corner(16, 16), 1);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    check_rejected(&jpeg, Rejection::Dimensions);
}

#[test]
fn other_formats_are_rejected() {
    let bmp = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0";
    let tiff = b"II*\0\x08\0\0\0";
    for file in [
        &b""[..],
        b"hello",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<?xml version=\"1.0\"?><svg/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        bmp,
        tiff,
        b"\0\0\0\x1cftypavif",
        b"RIFF\x04\0\0\0WAVE",
    ] {
        check_rejected(file, Rejection::UnknownFormat);
    }
}

#[test]
fn trailing_data_is_not_stored() {
    let mut file = png(&DynamicImage::ImageRgb8(corner(8, 8)));
    let alone = full(&file);
    file.extend(b"<script>alert(1)</script>");
    assert_eq!(full(&file), alone);
}

#[test]
fn damaged_metadata_is_ignored() {
    let mut file = photograph(&corner(8, 8), 6);
    let exif = file.windows(4).position(|four| four == b"Exif").unwrap();
    file[exif + 6..exif + 20].fill(0xff);
    assert_eq!(full(&file).media_type, "image/jpeg");
}
