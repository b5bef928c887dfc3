//! PNG files that browsers accept.

use super::*;

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut named = name.to_vec();
    named.extend(data);
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(&named);
    chunk.extend(crc(&named).to_be_bytes());
    chunk
}

/// Inserts chunks after the header.
pub(super) fn with_chunks(file: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    let (head, rest) = file.split_at(33);
    [head, &chunks.concat(), rest].concat()
}

/// Exif data with only an orientation.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif
}

#[test]
fn exif_is_read_with_and_without_the_jpeg_prefix() {
    let file = png(&DynamicImage::ImageRgb8(corner(60, 40)));
    let size = |file: &[u8]| {
        let seen = load_from_memory(&full(file).bytes).unwrap();
        (seen.width(), seen.height())
    };
    for prefix in [&b""[..], b"Exif\0\0"] {
        let exif = [prefix, &exif(6)].concat();
        assert_eq!(
            size(&with_chunks(&file, &[chunk(*b"eXIf", &exif)])),
            (40, 60)
        );
    }
    let (head, end) = file.split_at(file.len() - 12);
    let late = [head, &chunk(*b"eXIf", &exif(6)), end].concat();
    assert_eq!(size(&late), (40, 60));
    // The first one is used, and damaged ones are ignored.
    let upright = chunk(*b"eXIf", &exif(1));
    let turned = chunk(*b"eXIf", &exif(6));
    let both = with_chunks(&file, &[upright, turned.clone()]);
    assert_eq!(size(&both), (60, 40));
    let mut damaged = turned;
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(size(&with_chunks(&file, &[damaged])), (60, 40));
}

#[test]
fn ancillary_chunks_are_ignored() {
    let file = png(&DynamicImage::ImageRgb8(corner(60, 40)));
    let whole = full(&file);
    let wrong_sum = |mut chunk: Vec<u8>| {
        let last = chunk.len() - 1;
        chunk[last] ^= 1;
        chunk
    };
    for chunks in [
        vec![wrong_sum(chunk(*b"gAMA", &[0, 0, 177, 143]))],
        vec![wrong_sum(chunk(*b"tEXt", b"Comment\0x"))],
        vec![chunk(*b"tIME", b"?"), chunk(*b"pHYs", b"")],
        vec![chunk(*b"sRGB", b"\xff"), chunk(*b"cHRM", b"short")],
        vec![chunk(*b"iCCP", b"no end of the name")],
        vec![chunk(*b"iCCP", b"x\0\0no zlib stream")],
        vec![chunk(*b"iTXt", b"\0"), chunk(*b"zTXt", b"x\0\0?")],
        vec![chunk(*b"acTL", &[0; 8]), chunk(*b"fcTL", &[0xff; 26])],
        vec![chunk(*b"quXx", &[1; 100_000])],
    ] {
        assert_eq!(full(&with_chunks(&file, &chunks)), whole);
    }
    let mut followed = file.clone();
    followed.extend(chunk(*b"CRIT", b""));
    assert_eq!(full(&followed), whole);
}

#[test]
fn unknown_critical_chunks_are_not_supported() {
    let file = png(&DynamicImage::ImageRgb8(corner(6, 4)));
    let file = with_chunks(&file, &[chunk(*b"CgBI", &[0; 4])]);
    check_rejected(&file, Rejection::Unsupported("an unknown kind of chunk"));
}

#[test]
fn the_default_image_of_an_animation_is_stored() {
    let file = png(&DynamicImage::ImageRgb8(corner(60, 40)));
    let whole = full(&file);
    let (head, end) = file.split_at(file.len() - 12);
    let mut frame = 1_u32.to_be_bytes().to_vec();
    frame.extend([0; 50]);
    let animated = [head, &chunk(*b"fdAT", &frame), end].concat();
    let animated = with_chunks(&animated, &[chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0])]);
    assert_eq!(full(&animated), whole);
}
