//! WebP files that browsers accept.

use super::*;

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    chunk.extend(data);
    if data.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

fn container(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(chunks.len() + 4).unwrap().to_le_bytes());
    file.extend(b"WEBP");
    file.extend(chunks);
    file
}

/// The chunk of a lossless image of 60 by 40 pixels.
fn pixels() -> Vec<u8> {
    let mut file = Vec::new();
    WebPEncoder::new_lossless(&mut file)
        .write_image(&corner(60, 40), 60, 40, ExtendedColorType::Rgb8)
        .unwrap();
    file.split_off(12)
}

fn canvas(flags: u8) -> Vec<u8> {
    chunk(*b"VP8X", &[flags, 0, 0, 0, 59, 0, 0, 39, 0, 0])
}

fn size(file: &[u8]) -> (u32, u32) {
    let seen = load_from_memory(&full(file).bytes).unwrap();
    (seen.width(), seen.height())
}

#[test]
fn exif_is_read_with_and_without_the_jpeg_prefix() {
    for prefix in [&b""[..], b"Exif\0\0"] {
        for orientation in [1, 6] {
            let exif = [prefix, &png_files::exif(orientation)].concat();
            let file = container(&[canvas(8), pixels(), chunk(*b"EXIF", &exif)]);
            let expected = if orientation == 6 { (40, 60) } else { (60, 40) };
            assert_eq!(size(&file), expected);
            // Also at the beginning and without its flag.
            let file = container(&[canvas(0), chunk(*b"EXIF", &exif), pixels()]);
            assert_eq!(size(&file), expected);
        }
    }
}

#[test]
fn other_chunks_are_ignored() {
    let whole = full(&container(&[pixels()]));
    let mut cut = container(&[canvas(0x2c), pixels(), chunk(*b"XMP ", &[b'x'; 99])]);
    cut.truncate(cut.len() - 50);
    let mut followed = container(&[pixels()]);
    followed.extend(b"garbage");
    for file in [
        container(&[canvas(0), pixels()]),
        container(&[canvas(0x2c), chunk(*b"ICCP", b"none"), pixels()]),
        container(&[
            canvas(0),
            chunk(*b"ABCD", b"odd"),
            pixels(),
            chunk(*b"EFGH", b""),
        ]),
        container(&[pixels(), chunk(*b"VP8L", b"another")]),
        cut,
        followed,
    ] {
        assert_eq!(full(&file), whole);
    }
}

#[test]
fn the_first_frame_of_an_animation_is_stored() {
    let whole = full(&container(&[pixels()]));
    let frame = |data: &[u8]| {
        let mut frame = vec![0, 0, 0, 0, 0, 0, 59, 0, 0, 39, 0, 0, 100, 0, 0, 2];
        frame.extend(data);
        chunk(*b"ANMF", &frame)
    };
    let animation = chunk(*b"ANIM", &[0; 6]);
    let frames = [frame(&pixels()), frame(b"VP8L\xff\xff\xff\xff")];
    let file = container(&[canvas(2), animation, frames.concat()]);
    assert_eq!(full(&file), whole);
}

#[test]
fn files_without_pixels_are_rejected() {
    for file in [
        container(&[]),
        container(&[canvas(0)]),
        container(&[chunk(*b"VP8 ", b"")]),
        container(&[chunk(*b"VP8L", b"")]),
        container(&[chunk(*b"EXIF", b"")]),
    ] {
        check_rejected(&file, Rejection::Broken);
    }
}
