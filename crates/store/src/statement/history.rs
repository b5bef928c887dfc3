//! Statements that remove entries of histories.

use manyface_core::Retention;

use super::{Parameter, Statement};
use crate::wording;

/// How many entries are looked at, and removed, at a time.
pub(crate) const BATCH: u32 = 500;

/// Removes entries, on PostgreSQL.
pub(crate) fn trim_history(retention: &Retention, after: i64) -> Statement {
    Statement::new(&wording::TRIM_HISTORY, parameters(retention, after))
}

/// Finds entries that are to be removed, on SQLite.
pub(crate) fn due_history(retention: &Retention, after: i64) -> Statement {
    Statement::new(&wording::DUE_HISTORY, parameters(retention, after))
}

fn parameters(retention: &Retention, after: i64) -> [Parameter; 4] {
    let Retention { entries, since } = retention;
    let numbers = [
        after,
        BATCH.into(),
        since.as_microsecond(),
        (*entries).into(),
    ];
    numbers.map(|number| Parameter::Number(Some(number)))
}

/// Removes the entry `seq` if it is the oldest of its history, on SQLite.
pub(crate) fn remove_change(seq: i64) -> Statement {
    Statement::new(&wording::REMOVE_CHANGE, [Parameter::Number(Some(seq))])
}
