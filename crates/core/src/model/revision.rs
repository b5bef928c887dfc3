//! The states a profile passes through, and what a writer may ask of them.

use jiff::Timestamp;

/// One state of one profile.
///
/// The time complements the version so that a state from before a restored backup, or of another
/// profile, is not mistaken for this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revision {
    /// The profile's version.
    pub version: i64,
    /// When that version was written, in whole microseconds.
    pub updated_at: Timestamp,
}

/// Which state a write is meant for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there.
    #[default]
    Anything,
    /// One of these states. None at all matches nothing.
    OneOf(Vec<Revision>),
    /// Any state but these.
    NoneOf(Vec<Revision>),
    /// No state at all: the profile must not exist.
    Absent,
}

impl Expected {
    /// Whether `revision` is what was expected.
    pub fn admits(&self, revision: Revision) -> bool {
        match self {
            Self::Anything => true,
            Self::OneOf(these) => these.contains(&revision),
            Self::NoneOf(these) => !these.contains(&revision),
            Self::Absent => false,
        }
    }
}

/// `at` in whole microseconds, which is what every store keeps.
pub(crate) fn to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).expect("was a timestamp before")
}
