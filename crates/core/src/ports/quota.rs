//! Storage quotas of profiles and accounts.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{Error, bounded};

/// The kinds of quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quota {
    /// Images that a user has uploaded and that no profile uses.
    UnusedImages,
    /// Uploads that are neither used nor expired.
    OpenUploads,
    /// Accounts with overrides of a profile.
    Overrides,
    /// Entries that a profile has added to the catalogue within 24 hours.
    NewNames,
}

/// Writes the message of an exceeded quota.
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
    /// The time for which a new catalogue entry counts against [`Quota::NewNames`].
    pub const NEW_NAMES_WINDOW: SignedDuration = SignedDuration::from_hours(24);

    /// Returns the error of a quota that is exceeded until `until`.
    pub fn exceeded_until(self, until: Timestamp, now: Timestamp) -> Error {
        let wait = until.duration_since(now);
        let partial = i64::from(wait.subsec_nanos() > 0);
        // A client would not wait for zero seconds.
        let seconds = u64::try_from(wait.as_secs() + partial).unwrap_or(0).max(1);
        Error::QuotaExceeded {
            quota: self,
            retry_after: Some(seconds),
        }
    }

    /// Returns the error of a quota that stays exceeded until the user or an operator acts.
    pub fn exceeded(self) -> Error {
        Error::QuotaExceeded {
            quota: self,
            retry_after: None,
        }
    }
}

/// The quotas of each profile or account; 0 disables a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// The maximum number of uploaded images that no profile uses. Default: 100.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub unused_images: u32,
    /// The maximum storage size of these images, in MiB. Default: 256.
    #[serde(deserialize_with = "bounded::<0, 1_048_576, _, _>")]
    pub unused_images_mib: u32,
    /// The maximum number of uploads that are neither used nor expired. Default: 100.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub open_uploads: u32,
    /// The maximum number of accounts with overrides of a profile. Default: 100.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub overrides: u32,
    /// The maximum number of entries that a profile adds to the catalogue within 24 hours. Default:
    /// 400, the maximum of one request.
    #[serde(deserialize_with = "bounded::<0, 1_000_000, _, _>")]
    pub new_names_per_day: u32,
    /// The maximum number of entries in the history of a profile. Default: 1,000.
    #[serde(deserialize_with = "bounded::<0, 1_000_000_000, _, _>")]
    pub history_entries: u32,
    /// The maximum storage size of the history of a profile, in MiB. Default: 64.
    #[serde(deserialize_with = "bounded::<0, 1_048_576, _, _>")]
    pub history_mib: u32,
    /// The maximum age of a history entry, in days. Default: 365.
    #[serde(deserialize_with = "bounded::<0, 36_500, _, _>")]
    pub history_days: u32,
    /// The interval at which histories are trimmed, in seconds. Default: 60.
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
    /// Returns the limit of a setting, with 0 as no limit.
    pub const fn limit(setting: u32) -> u32 {
        if setting == 0 { u32::MAX } else { setting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_rounded_up_and_at_least_one_second() {
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
                panic!("expected QuotaExceeded");
            };
            assert_eq!(retry_after, Some(seconds), "{millis}");
        }
    }
}
