//! GIF files that browsers accept.

use super::*;

/// A red image on a screen, with blocks before and after it.
struct Gif {
    screen: (u16, u16),
    position: (u16, u16),
    size: (u16, u16),
    before: &'static [u8],
    after: &'static [u8],
}

const PLAIN: Gif = Gif {
    screen: (6, 4),
    position: (0, 0),
    size: (6, 4),
    before: b"",
    after: b";",
};

impl Gif {
    fn file(&self) -> Vec<u8> {
        let mut file = b"GIF89a".to_vec();
        file.extend(
            [self.screen.0, self.screen.1]
                .map(u16::to_le_bytes)
                .as_flattened(),
        );
        file.extend(b"\xf0\0\0\xff\0\0\0\xff\0");
        file.extend(self.before);
        file.push(b',');
        let numbers = [self.position.0, self.position.1, self.size.0, self.size.1];
        file.extend(numbers.map(u16::to_le_bytes).as_flattened());
        file.push(0);
        file.extend(lzw(usize::from(self.size.0) * usize::from(self.size.1)));
        file.extend(self.after);
        file
    }

    fn decoded(&self) -> RgbaImage {
        load_from_memory(&full(&self.file()).bytes)
            .unwrap()
            .into_rgba8()
    }
}

/// Encodes pixels of the first color, each after a clear code.
fn lzw(pixels: usize) -> Vec<u8> {
    let codes = std::iter::repeat_n([4_u8, 0], pixels).flatten().chain([5]);
    let bits: Vec<bool> = codes
        .flat_map(|code| (0..3).map(move |bit| code >> bit & 1 == 1))
        .collect();
    let byte = |bits: &[bool]| {
        let bits = bits.iter().enumerate();
        bits.fold(0_u8, |byte, (index, bit)| byte | u8::from(*bit) << index)
    };
    let data: Vec<u8> = bits.chunks(8).map(byte).collect();
    let mut blocks = vec![2];
    for block in data.chunks(255) {
        blocks.push(u8::try_from(block.len()).unwrap());
        blocks.extend(block);
    }
    blocks.push(0);
    blocks
}

const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);
const CLEAR: Rgba<u8> = Rgba([0, 0, 0, 0]);

#[test]
fn data_after_the_first_frame_is_ignored() {
    let whole = PLAIN.decoded();
    assert_eq!(whole, RgbaImage::from_pixel(6, 4, RED));
    for after in [
        &b""[..],
        b"garbage",
        b"\0\0\0;",
        b"!",
        b"!\xff\x0bNETSCAPE",
        b",",
        b",\0\0\0\0\x06\0\x04\0\0\x02\x05abc",
        b";<script>",
    ] {
        assert_eq!(Gif { after, ..PLAIN }.decoded(), whole, "{after:?}");
    }
}

#[test]
fn extensions_are_ignored() {
    let whole = PLAIN.decoded();
    for before in [
        &b"!\x77\x03abc\0"[..],
        b"!\x00\x01a\x02bc\0",
        b"!\xfe\x02hi\0!\x01\x0c............\x01a\0",
        b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
        b"!\xff\x0bXMP DataXMP\x01?\0",
        b"!\xf9\x04\0\x05\0\0\0!\xab\0",
    ] {
        assert_eq!(Gif { before, ..PLAIN }.decoded(), whole, "{before:?}");
    }
    // The last graphic control is used: the first color is transparent.
    let before = b"!\xf9\x04\0\0\0\0\0!\x77\x01a\0!\xf9\x04\x01\0\0\0\0!\xfe\x01a\0";
    let seen = Gif { before, ..PLAIN }.decoded();
    assert!(seen.pixels().all(|pixel| pixel.0[3] == 0));
}

#[test]
fn the_screen_grows_with_the_first_frame() {
    for (screen, position, size, expected) in [
        ((6, 4), (0, 0), (9, 4), (9, 4)),
        ((6, 4), (0, 0), (6, 9), (6, 9)),
        ((6, 4), (3, 2), (6, 4), (9, 6)),
        ((0, 0), (0, 0), (5, 3), (5, 3)),
        ((0, 0), (2, 1), (5, 3), (7, 4)),
        ((9, 9), (2, 1), (5, 3), (9, 9)),
    ] {
        let gif = Gif {
            screen,
            position,
            size,
            ..PLAIN
        };
        let seen = gif.decoded();
        assert_eq!(seen.dimensions(), expected);
        let (left, top) = (u32::from(position.0), u32::from(position.1));
        let (right, bottom) = (left + u32::from(size.0), top + u32::from(size.1));
        for (x, y, pixel) in seen.enumerate_pixels() {
            let is_in_frame = (left..right).contains(&x) && (top..bottom).contains(&y);
            assert_eq!(*pixel, if is_in_frame { RED } else { CLEAR }, "{x} {y}");
        }
    }
}

#[test]
fn frames_without_pixels_or_beyond_the_largest_screen_are_rejected() {
    for (position, size) in [
        ((0, 0), (0, 4)),
        ((0, 0), (6, 0)),
        ((65_535, 0), (6, 4)),
        ((16_384, 0), (6, 4)),
    ] {
        let gif = Gif {
            position,
            size,
            ..PLAIN
        };
        assert!(prepare(&gif.file()).is_err(), "{position:?} {size:?}");
    }
}

#[test]
fn missing_pixels_are_rejected() {
    let mut file = PLAIN.file();
    // The height is twice the actual one.
    let position = file.iter().position(|byte| *byte == b',').unwrap();
    file[position + 7] = 8;
    check_rejected(&file, Rejection::Broken);
}
