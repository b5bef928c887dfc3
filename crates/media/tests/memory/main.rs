//! The memory that the largest images and decompression bombs take. It measures the whole process,
//! so it is the only test of its binary.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, io::Write, sync::Arc};

use flate2::{Compression, Crc, write::ZlibEncoder};
use jiff::Timestamp;
use manyface_core::{Creator, Images, MemoryProfiles, TenantId};
use manyface_media::{ImageStore, MediaSettings, Storage};

/// The documented memory limit of a decoder, in bytes.
const MAX_MEMORY: u64 = 300_000_000;

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(data);
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

/// Compresses `count` times `byte` to a zlib stream.
fn deflated(byte: u8, count: usize) -> Vec<u8> {
    const STEP: usize = 16 * 1024;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let step = [byte; STEP];
    for first in (0..count).step_by(STEP) {
        encoder.write_all(&step[..STEP.min(count - first)]).unwrap();
    }
    encoder.finish().unwrap()
}

/// A PNG of one color with chunks before its pixels.
fn png(size: (u32, u32), depth: u8, color: u8, samples: usize, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut header = [size.0, size.1]
        .map(u32::to_be_bytes)
        .as_flattened()
        .to_vec();
    header.extend([depth, color, 0, 0, 0]);
    let row = 1 + size.0 as usize * samples * usize::from(depth) / 8;
    let pixels = deflated(0, row * size.1 as usize);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(*b"IHDR", &header));
    file.extend(chunks.concat());
    file.extend(chunk(*b"IDAT", &pixels));
    file.extend(chunk(*b"IEND", b""));
    file
}

/// An `iCCP`, a `zTXt` and an `iTXt` chunk that inflate to 250 MiB each.
fn bombs() -> Vec<Vec<u8>> {
    let bomb = deflated(0, 250 << 20);
    let with = |name, head: &[u8]| chunk(name, &[head, &bomb].concat());
    vec![
        with(*b"iCCP", b"x\0\0"),
        with(*b"zTXt", b"x\0\0"),
        with(*b"iTXt", b"x\0\x01\0\0\0"),
    ]
}

/// A JPEG with one or more components and zero coefficients.
fn jpeg(frame: u8, components: u8) -> Vec<u8> {
    const SIDE: u16 = 4_904;
    let mut file = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    file.extend([1; 64]);
    let head = 8 + 3 * components;
    file.extend([0xff, frame, 0, head, 8]);
    file.extend(SIDE.to_be_bytes());
    file.extend(SIDE.to_be_bytes());
    file.push(components);
    file.extend((1..=components).flat_map(|id| [id, 0x11, 0]));
    // One code of one bit for zero or for the end of a block.
    for class in [0x00, 0x10] {
        file.extend([0xff, 0xc4, 0, 20, class, 1]);
        file.extend([0; 16]);
    }
    let is_progressive = frame == 0xc2;
    file.extend([0xff, 0xda, 0, 6 + 2 * components, components]);
    file.extend((1..=components).flat_map(|id| [id, 0]));
    file.extend([0, if is_progressive { 0 } else { 63 }, 0]);
    let blocks = usize::from(SIDE / 8) * usize::from(SIDE / 8) * usize::from(components);
    let bits = if is_progressive { blocks } else { 2 * blocks };
    file.extend(vec![0; bits / 8 + 1]);
    file.extend(b"\xff\xd9");
    file
}

/// A lossless WebP of one color, in which every code has one symbol and takes no bits.
fn webp() -> Vec<u8> {
    let sides = 15_999_u32 + (1_571 << 14);
    let mut data = vec![0x2f];
    data.extend(sides.to_le_bytes());
    // No transform, no cache, no groups, and five codes of one symbol.
    data.extend([0x88, 0x88, 0x08, 0, 0]);
    let mut file = b"RIFF".to_vec();
    file.extend(22_u32.to_le_bytes());
    file.extend(b"WEBPVP8L\x0a\0\0\0");
    file.extend(data);
    file
}

fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kibibytes: u64 = line
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kibibytes * 1024
}

#[tokio::test]
async fn no_image_takes_more_than_the_documented_memory() {
    let records = Arc::new(MemoryProfiles::default());
    let settings = MediaSettings::default();
    let images = ImageStore::start(Storage::memory(), records, &settings).unwrap();
    let owner = Creator::Program(TenantId(uuid::Uuid::nil()), "biz_1".to_owned());
    let side = (4_904, 4_904);
    for (name, file) in [
        ("small with bombs", png((16, 16), 8, 2, 3, &bombs())),
        ("large with bombs", png((4_096, 4_095), 16, 6, 4, &bombs())),
        ("transparent", png(side, 8, 6, 4, &[])),
        ("gray with alpha", png(side, 8, 4, 2, &[])),
        ("sixteen bits", png((4_680, 4_680), 16, 2, 3, &[])),
        ("baseline", jpeg(0xc0, 3)),
        ("progressive", jpeg(0xc2, 3)),
        ("CMYK", jpeg(0xc0, 4)),
        ("webp", webp()),
    ] {
        let stored = images.put(file, &owner, Timestamp::UNIX_EPOCH).await;
        assert!(stored.is_ok(), "{name}: {stored:?}");
        let peak = peak();
        assert!(peak < MAX_MEMORY, "{name}: {peak}");
    }
}
