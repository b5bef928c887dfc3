//! `PngSuite`: valid images of every kind of PNG, and its kinds of corrupt files.

use std::{fs, path::Path, sync::Arc};

use image::load_from_memory;
use jiff::Timestamp;
use manyface_core::{Creator, Error, ImageSize, Images, MemoryProfiles, TenantId};
use manyface_media::{ImageStore, MediaSettings, Storage};

fn images() -> ImageStore {
    let records = Arc::new(MemoryProfiles::default());
    ImageStore::start(Storage::memory(), records, &MediaSettings::default()).unwrap()
}

fn owner() -> Creator {
    Creator::Program(TenantId(uuid::Uuid::nil()), "biz_1".to_owned())
}

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pngsuite");
    fs::read(folder.join(name)).unwrap()
}

#[tokio::test]
async fn every_valid_file_keeps_its_pixels() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pngsuite");
    let images = images();
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "png") {
            continue;
        }
        seen += 1;
        let original = fs::read(&path).unwrap();
        let pixels = load_from_memory(&original).unwrap().into_rgba8();
        let id = images.put(original, &owner(), Timestamp::UNIX_EPOCH).await;
        let id = id.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        let stored = images.read(&id, ImageSize::Full).await.unwrap().unwrap();
        assert_eq!(stored.media_type, "image/png");
        let stored = load_from_memory(&stored.bytes).unwrap().into_rgba8();
        assert_eq!(stored, pixels, "{}", path.display());
    }
    assert!(seen >= 25, "{seen}");
}

/// Returns the checksum of a chunk (ISO 15948 annex D).
fn crc(bytes: &[u8]) -> [u8; 4] {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    (!crc).to_be_bytes()
}

/// Changes a byte of the header and updates its checksum.
fn with_header(mut file: Vec<u8>, at: usize, value: u8) -> Vec<u8> {
    file[16 + at] = value;
    let sum = crc(&file[12..29]);
    file[29..33].copy_from_slice(&sum);
    file
}

fn find(file: &[u8], chunk: [u8; 4]) -> usize {
    file.windows(4).position(|four| four == chunk).unwrap()
}

#[tokio::test]
async fn every_corrupt_file_is_rejected() {
    let gray = || file("basn0g01.png");
    let color = || file("basn2c08.png");
    let changed = |at: usize, value: u8| {
        let mut file = gray();
        file[at] = value;
        file
    };
    let mut without_carriage_return = gray();
    without_carriage_return.remove(4);
    let mut with_another_line_feed = gray();
    with_another_line_feed.insert(5, b'\n');
    let mut without_data = gray();
    let data = find(&without_data, *b"IDAT") - 4;
    let end = find(&without_data, *b"IEND") - 4;
    without_data.drain(data..end);
    let mut with_wrong_sum_of_data = gray();
    with_wrong_sum_of_data[end - 1] ^= 1;
    let images = images();
    for (name, file) in [
        // Changed bytes of the signature.
        ("xs1n0g01", changed(0, 0x09)),
        ("xs2n0g01", changed(1, b'p')),
        ("xs4n0g01", changed(3, b'g')),
        ("xs7n0g01", changed(6, 0x1b)),
        ("xcrn0g04", without_carriage_return),
        ("xlfn0g04", with_another_line_feed),
        ("xhdn0g08", changed(30, 0)),
        ("xc1n0g08", with_header(gray(), 9, 1)),
        ("xc9n2c08", with_header(color(), 9, 9)),
        ("xd0n2c08", with_header(color(), 8, 0)),
        ("xd3n2c08", with_header(color(), 8, 3)),
        ("xd9n2c08", with_header(color(), 8, 99)),
        ("xdtn0g01", without_data),
        ("xcsn0g01", with_wrong_sum_of_data),
    ] {
        let rejected = images.put(file, &owner(), Timestamp::UNIX_EPOCH).await;
        assert!(
            matches!(rejected, Err(Error::Invalid(_))),
            "{name}: {rejected:?}"
        );
    }
}
