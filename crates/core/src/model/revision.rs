//! Revisions of a profile, and the preconditions of writes.

use jiff::Timestamp;

/// A revision of a profile.
///
/// The time distinguishes revisions with the same version of other profiles, or from before the
/// restore of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision {
    /// The profile's version.
    pub version: i64,
    /// The time of that version, in microseconds.
    pub updated_at: Timestamp,
}

/// The precondition of a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// No condition.
    #[default]
    Anything,
    /// One of these revisions; an empty list never matches.
    OneOf(Vec<Revision>),
    /// Any revision except these.
    NoneOf(Vec<Revision>),
    /// The profile must not exist.
    Absent,
}

impl Expected {
    /// Returns whether `revision` meets the condition.
    pub fn admits(&self, revision: Revision) -> bool {
        match self {
            Self::Anything => true,
            Self::OneOf(these) => these.contains(&revision),
            Self::NoneOf(these) => !these.contains(&revision),
            Self::Absent => false,
        }
    }
}

/// Truncates `at` to microseconds, the precision of all stores.
pub(crate) fn to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).expect("a truncated timestamp is in range")
}
