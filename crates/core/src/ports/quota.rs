//! How much of a deployment's storage one profile or account may take.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{Error, bounded};

/// The kinds of quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quota {
    /// Images that a user has uploaded and no profile uses.
    UnusedImages,
    /// Uploads that are neither used nor expired.
    OpenUploads,
    /// Accounts that show something else of a profile than the profile does.
    Overrides,
    /// Entries that a profile has added to the catalogue within 24 hours.
    NewNames,
}

/// Writes the end of a sentence: the name of the exceeded quota.
impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UnusedImages => "too many images that are no longer used",
            Self::OpenUploads => "too many uploads that are not used yet",
            Self::Overrides => "too many accounts that have a profile of this user",
            Self::NewNames => "too many new names",
        })
    }
}

impl Quota {
    /// How long an entry that a profile adds to the catalogue counts.
    pub const NEW_NAMES_WINDOW: SignedDuration = SignedDuration::from_hours(24);

    /// The error of a quota that is used up until `until`.
    pub fn exceeded_until(self, until: Timestamp, now: Timestamp) -> Error {
        let wait = until.duration_since(now);
        let partial = i64::from(wait.subsec_nanos() > 0);
        // A client that is to wait for no time would not wait.
        let seconds = u64::try_from(wait.as_secs() + partial).unwrap_or(0).max(1);
        Error::QuotaExceeded {
            quota: self,
            retry_after: Some(seconds),
        }
    }

    /// The error of a quota that only the user or an operator can relieve.
    pub fn exceeded(self) -> Error {
        Error::QuotaExceeded {
            quota: self,
            retry_after: None,
        }
    }
}

/// The quotas of a deployment, for each profile or account; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// How many uploaded images that no profile uses are kept. Default: 100.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub unused_images: u32,
    /// How much storage they take, in MiB. Default: 256.
    #[serde(deserialize_with = "bounded::<0, 1_048_576, _, _>")]
    pub unused_images_mib: u32,
    /// How many uploads are neither used nor expired. Default: 100.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub open_uploads: u32,
    /// How many accounts show something else of a profile than the profile does. Default: 100.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub overrides: u32,
    /// How many entries a profile adds to the catalogue within 24 hours. Default: 400, as many as
    /// one request can name.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub new_names_per_day: u32,
    /// How many entries the history of a profile has. Default: 1,000.
    #[serde(deserialize_with = "bounded::<0, 1_000_000_000, _, _>")]
    pub history_entries: u32,
    /// How much storage they take, in MiB. Default: 64.
    #[serde(deserialize_with = "bounded::<0, 1_048_576, _, _>")]
    pub history_mib: u32,
    /// How old an entry of the history gets, in days. Default: 365.
    #[serde(deserialize_with = "bounded::<0, 36_500, _, _>")]
    pub history_days: u32,
    /// How often histories are looked through, in seconds. Default: 60.
    #[serde(deserialize_with = "bounded::<1, 86_400, _, _>")]
    pub history_every_seconds: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            unused_images: 100,
            unused_images_mib: 256,
            open_uploads: 100,
            overrides: 100,
            new_names_per_day: 400,
            history_entries: 1_000,
            history_mib: 64,
            history_days: 365,
            history_every_seconds: 60,
        }
    }
}

impl Quotas {
    /// The most that a setting allows.
    pub const fn most(setting: u32) -> u32 {
        if setting == 0 { u32::MAX } else { setting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_in_whole_seconds_and_never_for_nothing() {
        let now = Timestamp::UNIX_EPOCH;
        for (millis, seconds) in [
            (-5_000, 1),
            (0, 1),
            (1, 1),
            (1_000, 1),
            (1_001, 2),
            (90_000, 90),
        ] {
            let until = now + SignedDuration::from_millis(millis);
            let Error::QuotaExceeded { retry_after, .. } =
                Quota::OpenUploads.exceeded_until(until, now)
            else {
                panic!("is a quota");
            };
            assert_eq!(retry_after, Some(seconds), "{millis}");
        }
    }
}
