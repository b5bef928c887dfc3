//! The settings of an import.

use jiff::Timestamp;

use super::tenant_limit::TenantLimit;
use crate::{
    FileTransfer, ProfileId, Provenance, RecordError, RecordObject, ReservedUsernames, Result,
    UserRecord,
};

/// What to do with a record that exists with other values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Keep the stored record.
    Skip,
    /// Change the stored user to the values of the record. Other records are rejected.
    Update,
    /// Reject the line.
    #[default]
    Fail,
}

/// The settings of an import.
pub struct ImportSettings<'a> {
    /// What to do with records that exist with other values.
    pub on_conflict: OnConflict,
    /// Whether nothing is written.
    pub dry_run: bool,
    /// Whether the first rejected line ends the import.
    pub fail_fast: bool,
    /// The origin of the changes, for the history.
    pub provenance: Provenance,
    /// The user names that new users cannot have. Records with an id may have them.
    pub reserved: ReservedUsernames,
    /// The storage of files; without it, records of files and users with stored images are rejected.
    pub files: Option<&'a dyn FileTransfer>,
    /// The tenant that the import is limited to; `None` for the whole deployment.
    pub limit: Option<TenantLimit<'a>>,
    /// Checks external ids and operator data of a user and, if the flag is true, adds missing
    /// external ids.
    pub complete: &'a (dyn Fn(&mut UserRecord, bool) -> Vec<RecordError> + Send + Sync),
    /// Creates an id.
    pub new_id: &'a (dyn Fn(Timestamp) -> Result<ProfileId, RecordError> + Send + Sync),
    /// Reads a line as a record in canonical form.
    pub read: &'a (dyn Fn(&str) -> Result<RecordObject, Vec<RecordError>> + Send + Sync),
}

/// A line of an import.
#[derive(Clone, Debug)]
pub struct InputLine {
    /// The number, from 1.
    pub number: u64,
    /// The text.
    pub text: String,
}

impl InputLine {
    /// Creates a line from its bytes, with or without a line break. A byte order mark is removed.
    pub fn of_bytes(number: u64, bytes: &[u8]) -> Self {
        // A byte order mark is white space to the reader of a record, but not to JSON.
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}').trim_end().to_owned();
        Self { number, text }
    }
}
