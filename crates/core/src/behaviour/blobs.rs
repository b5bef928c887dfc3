//! Tests of stores of files.

use jiff::SignedDuration;

use crate::{BlobKey, BlobKind, Blobs};

/// Tests a store of files, which may contain other files.
///
/// # Panics
///
/// If `blobs` violates the behaviour.
pub async fn check_blobs(blobs: &dyn Blobs) {
    let (upload, resume) = (BlobKind::Upload, BlobKind::Resume);
    let bytes = b"\0\xffany bytes".to_vec();
    let key = blobs.put(upload, bytes.clone()).await.unwrap();
    let same = blobs.put(upload, bytes.clone()).await.unwrap();
    assert_ne!(key, same, "names are unique");
    assert_eq!(key.as_str().parse(), Ok(key.clone()));
    let empty = blobs.put(resume, Vec::new()).await.unwrap();
    assert_eq!(blobs.get(upload, &key).await.unwrap(), Some(bytes.clone()));
    assert_eq!(blobs.get(resume, &key).await.unwrap(), None, "another kind");
    assert_eq!(blobs.get(resume, &empty).await.unwrap(), Some(Vec::new()));
    let unknown = BlobKey::of_random([7; 16]);
    assert_eq!(blobs.get(upload, &unknown).await.unwrap(), None);
    read_in_parts(blobs).await;
    listed_by_age(blobs, &key, &same).await;
    blobs.remove(upload, &key).await.unwrap();
    blobs.remove(upload, &key).await.unwrap();
    assert_eq!(blobs.get(upload, &key).await.unwrap(), None);
    assert_eq!(blobs.get(upload, &same).await.unwrap(), Some(bytes));
    blobs.remove(upload, &same).await.unwrap();
    blobs.remove(resume, &empty).await.unwrap();
}

async fn read_in_parts(blobs: &dyn Blobs) {
    let kind = BlobKind::Resume;
    for length in [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000] {
        let bytes: Vec<_> = (0..length).map(|at: u32| at.to_le_bytes()[1]).collect();
        let put = blobs.put(kind, bytes.clone());
        let key = put.await.unwrap();
        let file = blobs.open(kind, &key).await.unwrap().unwrap();
        assert_eq!(file.length, u64::from(length));
        assert!(file.read().await.unwrap() == bytes, "{length} bytes");
        blobs.remove(kind, &key).await.unwrap();
        assert!(blobs.open(kind, &key).await.unwrap().is_none());
    }
}

async fn listed_by_age(blobs: &dyn Blobs, one: &BlobKey, other: &BlobKey) {
    let upload = BlobKind::Upload;
    let all = blobs.older_than(upload, SignedDuration::ZERO, None, usize::MAX);
    let all = all.await.unwrap();
    assert!(all.contains(one) && all.contains(other));
    assert!(all.is_sorted());
    let rest = blobs.older_than(upload, SignedDuration::ZERO, all.first(), usize::MAX);
    assert_eq!(rest.await.unwrap(), all[1..]);
    let first = blobs.older_than(upload, SignedDuration::ZERO, None, 1);
    assert_eq!(first.await.unwrap(), all[..1]);
    let none = blobs.older_than(
        upload,
        SignedDuration::from_hours(24 * 365 * 100),
        None,
        usize::MAX,
    );
    assert_eq!(none.await.unwrap(), []);
}
