//! What both databases say of uploads and uploaded images.

use manyface_core::{Error, ImageUpload, Quota, Result, Timestamp, Upload};

use crate::row::TextRow;

/// Why `upload` was not added. The row, if there is one, is when the first of its creator's open
/// uploads expires.
pub(crate) fn why_not_added(upload: &Upload, rows: Vec<TextRow>) -> Error {
    let Some(TextRow(first)) = rows.into_iter().next() else {
        return Error::NotFound;
    };
    let until = first.parse().ok();
    let until = until.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let until = until.unwrap_or(upload.created_at);
    Quota::OpenUploads.exceeded_until(until, upload.created_at)
}

/// Checks that `upload` is within its quota. The row says how many other images of its owner no
/// profile shows, their bytes, when the oldest of them was claimed, and what time it is.
pub(crate) fn check_quota(upload: &ImageUpload<'_>, rows: Vec<TextRow>) -> Result<()> {
    let Some(TextRow(row)) = rows.into_iter().next() else {
        return Ok(());
    };
    let row: (u32, u64, Option<i64>, i64) =
        serde_json::from_str(&row).map_err(|error| Error::Storage(error.into()))?;
    let (unused, bytes, oldest, now) = row;
    let quota = upload.quota;
    let is_within = unused < quota.images && bytes.saturating_add(upload.bytes) <= quota.bytes;
    if unused == 0 || is_within {
        return Ok(());
    }
    let instant = |micros| Timestamp::from_microsecond(micros).unwrap_or_default();
    Err(quota.exceeded(instant(oldest.unwrap_or(now)), instant(now)))
}
