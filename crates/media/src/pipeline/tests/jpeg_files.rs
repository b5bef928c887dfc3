//! JPEG files of every coding, compared with the pixels that libjpeg decodes (`tests/jpeg`).

use std::{fs, path::Path};

use super::*;

pub(super) fn read_fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jpeg");
    fs::read(folder.join(name)).unwrap()
}

/// Decodes a file without encoding it again.
fn decode_file(file: &[u8]) -> Result<RgbImage, Rejection> {
    Ok(decode(read_still(file)?)?.into_rgb8())
}

fn check(file: &[u8], reference: &str, name: &str) {
    let seen = decode_file(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let expected = load_from_memory(&read_fixture(reference)).unwrap();
    let expected = expected.into_rgb8();
    assert_eq!(seen.dimensions(), expected.dimensions(), "{name}");
    let differences = seen
        .iter()
        .zip(expected.iter())
        .map(|(a, b)| a.abs_diff(*b));
    let sum: u32 = differences.clone().map(u32::from).sum();
    let mean = f64::from(sum) / f64::from(seen.width() * seen.height() * 3);
    let max = differences.max().unwrap();
    // Decoders differ in rounding and in interpolating chrominances.
    assert!(mean < 1.5 && max < 40, "{name}: mean {mean}, maximum {max}");
}

fn check_fixture(name: &str, reference: &str) {
    let file = read_fixture(&format!("{name}.jpg"));
    check(&file, &format!("{reference}.png"), name);
}

#[test]
fn components_may_have_separate_scans() {
    for sampling in ["444", "422", "440", "420", "411"] {
        for scans in [
            "y-cb-cr",
            "y-cbcr",
            "cbcr-y",
            "cr-ycb",
            "y-cbcr-restart",
            "progressive",
        ] {
            check_fixture(&format!("{sampling}-{scans}"), sampling);
        }
    }
}

#[test]
fn color_spaces_are_detected_as_in_libjpeg() {
    for name in ["rgb-ids", "rgb-adobe", "cmyk", "ycck"] {
        check_fixture(name, name);
    }
    check_fixture("420-without-tables", "420");
}

#[test]
fn profiles_are_applied_to_all_colors() {
    for name in ["gray-profile", "cmyk-profile", "ycck-profile"] {
        check_fixture(name, name);
    }
}

/// Returns the position of the first segment with `marker`.
fn find(file: &[u8], marker: u8) -> usize {
    let found = file.windows(2).position(|two| two == [0xff, marker]);
    found.unwrap()
}

fn inserted(file: &[u8], position: usize, bytes: &[u8]) -> Vec<u8> {
    let (before, after) = file.split_at(position);
    [before, bytes, after].concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    segment.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
    segment.extend(data);
    segment
}

#[test]
fn stray_bytes_between_segments_are_skipped() {
    let file = photograph(&corner(60, 40), 1);
    let whole = full(&file);
    for stray in [
        &b"??"[..],
        b"\0",
        b"\0\0\0\0\0\0\0\0",
        b"\xff",
        b"\xff\xff\xff",
        b"a\xff\0b",
        b"\xff\xd0\xff\x01",
    ] {
        for marker in [0xdb, 0xc0, 0xc4, 0xda, 0xd9] {
            let stray = inserted(&file, find(&file, marker), stray);
            assert_eq!(full(&stray), whole, "{marker:x}");
        }
    }
}

#[test]
fn extra_segments_and_trailing_data_are_ignored() {
    let file = photograph(&corner(60, 40), 1);
    let whole = full(&file);
    let other = photograph(&corner(30, 30), 6);
    for after in [&b"garbage"[..], &[0; 999], b"\xff\xd8\xff", &other] {
        assert_eq!(full(&[&file[..], after].concat()), whole);
    }
    // Segments of other formats, and comments.
    for extra in [
        segment(0xe2, b"MPF\0II*\0"),
        segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
        segment(0xfe, b"comment"),
        segment(0xfe, b""),
        segment(0xed, b"Photoshop 3.0\08BIM"),
        segment(0xee, b"Adobe"),
        segment(0xee, b"other"),
        segment(0xf0, b"?"),
    ] {
        assert_eq!(full(&inserted(&file, 2, &extra)), whole);
    }
}

#[test]
fn the_first_orientation_is_used() {
    let exif = |orientation| {
        let tiff = png_files::exif(orientation);
        segment(0xe1, &[&b"Exif\0\0"[..], &tiff].concat())
    };
    let plain = photograph(&corner(60, 40), 1);
    for (first, second, size) in [(6, 1, (40, 60)), (1, 6, (60, 40)), (8, 3, (40, 60))] {
        let file = inserted(&plain, 2, &[exif(first), exif(second)].concat());
        let seen = load_from_memory(&full(&file).bytes).unwrap();
        assert_eq!((seen.width(), seen.height()), size, "{first} {second}");
    }
}

#[test]
fn a_profile_is_assembled_from_its_parts() {
    let file = read_fixture("gray-profile.jpg");
    let at = find(&file, 0xe2);
    let length = 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
    let profile = file[at + 18..at + length].to_vec();
    let mut plain = file.clone();
    plain.drain(at..at + length);
    let (one, other) = profile.split_at(100);
    let part = |number: u8, of: u8, data: &[u8]| {
        segment(0xe2, &[b"ICC_PROFILE\0", &[number, of][..], data].concat())
    };
    let parts = [part(2, 2, other), part(1, 2, one)].concat();
    check(
        &inserted(&plain, 2, &parts),
        "gray-profile.png",
        "two parts",
    );
    // An incomplete profile is ignored.
    let unconverted = decode_file(&plain).unwrap();
    for parts in [
        part(1, 2, one),
        part(2, 2, other),
        [part(1, 2, one), part(1, 2, other)].concat(),
        [part(1, 3, one), part(2, 3, other)].concat(),
        part(0, 0, &profile),
    ] {
        assert_eq!(
            decode_file(&inserted(&plain, 2, &parts)),
            Ok(unconverted.clone())
        );
    }
}

/// Returns a file with its last scan repeated.
fn with_scans(name: &str, count: usize) -> Vec<u8> {
    let file = read_fixture(name);
    let last = file
        .windows(2)
        .rposition(|two| two == [0xff, 0xda])
        .unwrap();
    let (before, scan) = file.split_at(last);
    let (scan, end) = scan.split_at(scan.len() - 2);
    [before, &scan.repeat(count), end].concat()
}

#[test]
fn scans_are_bounded() {
    let scans = Rejection::Unsupported("more than 100 scans");
    check_rejected(&with_scans("420-progressive.jpg", 100), scans);
    // Repeated scans of a sequential component are ignored.
    for name in ["420-y-cbcr", "411-cr-ycb"] {
        let file = with_scans(&format!("{name}.jpg"), 1_000);
        check(&file, &format!("{}.png", &name[..3]), name);
    }
}

#[test]
fn unsupported_features_are_named() {
    let file = photograph(&corner(60, 40), 1);
    let frame = find(&file, 0xc0);
    let changed = |index: usize, value: u8| {
        let mut file = file.clone();
        file[index] = value;
        file
    };
    for (marker, feature) in [
        (0xc3, "lossless compression"),
        (0xc5, "hierarchical compression"),
        (0xc7, "hierarchical compression"),
        (0xc9, "arithmetic coding"),
        (0xca, "arithmetic coding"),
        (0xcb, "arithmetic coding"),
        (0xcf, "hierarchical compression"),
    ] {
        check_rejected(&changed(frame + 1, marker), Rejection::Unsupported(feature));
    }
    let arithmetic = read_fixture("arithmetic.jpg");
    check_rejected(&arithmetic, Rejection::Unsupported("arithmetic coding"));
    let precision = Rejection::Unsupported("more than 8 bits a sample");
    check_rejected(&changed(frame + 4, 12), precision);
    let components = Rejection::Unsupported("this number of color components");
    check_rejected(&changed(frame + 9, 2), components);
    let mut without_height = file.clone();
    without_height[frame + 5..frame + 7].fill(0);
    let height = Rejection::Unsupported("a height that follows the image");
    check_rejected(&without_height, height);
    assert_eq!(
        Rejection::Unsupported("arithmetic coding").to_string(),
        "must not use arithmetic coding, which is not supported"
    );
    // Damaged files are still reported as such.
    check_rejected(&changed(frame + 11, 0x77), Rejection::Broken);
    check_rejected(&[&file[..2], &file].concat(), Rejection::Broken);
}
