//! Images and files in a folder and in memory, with their records.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;
mod pngsuite;

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};
use jiff::Timestamp;
use manyface_core::{
    Creator, Error, ImageId, ImageSize, Images, MemoryProfiles, TenantId, behaviour,
};
use manyface_media::{BlobStore, ImageStore, MediaSettings, Storage};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Images in a folder and their records.
struct TestApp {
    records: Arc<MemoryProfiles>,
    images: ImageStore,
    storage: Storage,
    folder: TempDir,
}

fn app() -> TestApp {
    let folder = TempDir::new().unwrap();
    let storage = Storage::folder(&folder.path().join("media")).unwrap();
    let records = Arc::new(MemoryProfiles::default());
    let settings = MediaSettings::default();
    let images = ImageStore::start(storage.clone(), Arc::clone(&records) as _, &settings);
    TestApp {
        storage,
        records,
        images: images.unwrap(),
        folder,
    }
}

/// A PNG of one color that depends on `shade`.
fn png(shade: u8, side: u32) -> Vec<u8> {
    let image = RgbImage::from_pixel(side, side, Rgb([shade, 0, 0]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = DynamicImage::ImageRgb8(image);
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn owner(number: u32) -> Creator {
    Creator::Program(TenantId(uuid::Uuid::nil()), format!("biz_{number}"))
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    let counted = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path) } else { 1 }
    });
    counted.sum()
}

#[tokio::test]
async fn an_image_is_stored_in_every_size() {
    let app = app();
    let id = app.images.put(png(1, 300), &owner(1), NOW).await.unwrap();
    for (size, side) in [
        (ImageSize::Full, 300),
        (ImageSize::Px512, 300),
        (ImageSize::Px192, 192),
        (ImageSize::Px96, 96),
        (ImageSize::Px48, 48),
    ] {
        let image = app.images.read(&id, size).await.unwrap().unwrap();
        assert_eq!(image.media_type, "image/png");
        let seen = image::load_from_memory(&image.bytes).unwrap();
        assert_eq!((seen.width(), seen.height()), (side, side));
        assert!(app.images.is_form_of(&id, &image.bytes).await.unwrap());
    }
    let other = ImageId::of_digest([1; 32]);
    assert_eq!(
        app.images.read(&other, ImageSize::Px48).await.unwrap(),
        None
    );
    assert!(app.images.reuse(&id, NOW).await.unwrap());
    assert!(!app.images.reuse(&other, NOW).await.unwrap());
}

fn in_memory(queue: usize) -> ImageStore {
    let settings = MediaSettings {
        queue: NonZeroUsize::new(queue).unwrap(),
        ..MediaSettings::default()
    };
    let records = Arc::new(MemoryProfiles::default());
    ImageStore::start(Storage::memory(), records, &settings).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_rejects_at_once() {
    let images = in_memory(4);
    let owners: Vec<_> = (0..100).map(owner).collect();
    // All uploads are queued before the first of them can be finished.
    let uploads = owners
        .iter()
        .map(|owner| images.put(png(1, 600), owner, NOW));
    let outcomes = futures_util::future::join_all(uploads).await;
    let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((4..50).contains(&stored), "{stored}");
    let rejected = outcomes.into_iter().filter_map(Result::err);
    for error in rejected {
        // Without a cause, because clients can cause this and it must not be logged as an error.
        assert!(matches!(error, Error::Unavailable(None)), "{error:?}");
    }
}

/// A flat image of 25 million pixels.
fn large_png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = DynamicImage::ImageLuma8(GrayImage::new(5_000, 5_000));
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_image_does_not_wait_for_another_users_large_ones() {
    let images = in_memory(32);
    let (large, greedy) = (large_png(), owner(1));
    let upload = || images.put(large.clone(), &greedy, NOW);
    let mut uploads: Vec<_> = (0..40).map(|_| upload()).collect();
    let mut outcomes = Vec::new();
    uploads.retain_mut(|upload| {
        let outcome = upload.now_or_never();
        let is_waiting = outcome.is_none();
        outcomes.extend(outcome);
        is_waiting
    });
    assert_eq!(uploads.len(), 4);
    let is_rejected = |outcome: &_| matches!(outcome, Err(Error::Unavailable(None)));
    assert!(outcomes.iter().all(is_rejected), "{outcomes:?}");
    let started = Instant::now();
    images.put(png(1, 8), &owner(2), NOW).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
    // Aborted uploads free their places, except for one that is being decoded.
    drop(uploads);
    let mut again: Vec<_> = (0..4).map(|_| upload()).collect();
    let polled = again.iter_mut().map(FutureExt::now_or_never);
    let waiting = polled.filter(Option::is_none).count();
    assert!(waiting >= 3, "{waiting}");
}

#[tokio::test]
async fn a_rejected_file_is_not_stored() {
    let app = app();
    let rejected = app.images.put(b"<svg/>".to_vec(), &owner(1), NOW).await;
    assert!(matches!(rejected, Err(Error::Invalid(_))), "{rejected:?}");
    assert_eq!(files(app.folder.path()), 0);
}

/// The two are timed alternately, so that a loaded machine slows both.
#[tokio::test]
async fn a_placeholder_takes_about_as_long_as_encoding_an_image() {
    let app = app();
    let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(512, 512, Rgb([1, 2, 3])));
    let (mut drawing, mut encoding) = (Duration::ZERO, Duration::ZERO);
    for seed in 0..100 {
        let begun = Instant::now();
        let drawn = app.images.placeholder(seed * 0x9e37_79b9, ImageSize::Full);
        assert!(drawn.await.unwrap().unwrap().bytes.len() < 8 * 1024);
        drawing += begun.elapsed();
        let begun = Instant::now();
        let mut encoded = std::io::Cursor::new(Vec::new());
        image.write_to(&mut encoded, ImageFormat::Png).unwrap();
        encoding += begun.elapsed();
    }
    // Without optimization, drawing takes about twice as long.
    assert!(drawing < encoding * 6, "{drawing:?}, and {encoding:?}");
}

#[tokio::test]
async fn placeholders_depend_on_their_seed_only() {
    let app = app();
    let draw = async |seed, size| app.images.placeholder(seed, size).await.unwrap().unwrap();
    let one = draw(0x1af7_b85a_5eef_58e4, ImageSize::Px96).await;
    assert_eq!(one, draw(0x1af7_b85a_5eef_58e4, ImageSize::Px96).await);
    assert_ne!(one, draw(0x1af7_b85a_5eef_58e5, ImageSize::Px96).await);
    for size in ImageSize::ALL {
        let image = draw(7, size).await;
        let seen = image::load_from_memory(&image.bytes).unwrap();
        let side = size.pixels().unwrap_or(512);
        assert_eq!((seen.width(), seen.height()), (side, side));
    }
}

#[tokio::test]
async fn files_pass_the_behaviour_suite() {
    let folder = TempDir::new().unwrap();
    for storage in [Storage::memory(), Storage::folder(folder.path()).unwrap()] {
        behaviour::check_blobs(&BlobStore::new(storage)).await;
    }
}
