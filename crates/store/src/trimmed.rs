//! What became of the entries of histories that were looked at.

use manyface_core::{Error, Result, Timestamp, TrimmedHistory};
use serde::de::DeserializeOwned;

use crate::{row::TextRow, statement::BATCH};

/// Reads the last entry that was looked at, when it was made, how many there were, and what was or
/// is to be removed.
pub(crate) fn read<T: DeserializeOwned>(rows: &[TextRow]) -> Result<(TrimmedHistory, T)> {
    let row = rows.first().map_or("[null,null,0,null]", |row| &row.0);
    let row = serde_json::from_str(row).map_err(|error| Error::Storage(error.into()))?;
    let (last, at, count, removed): (Option<i64>, Option<i64>, u32, T) = row;
    let at = at.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let trimmed = TrimmedHistory {
        removed: 0,
        // With fewer than were asked for, the end is reached.
        last: last.filter(|_| count == BATCH),
        at,
    };
    Ok((trimmed, removed))
}
