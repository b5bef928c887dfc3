//! The operator data of this dialect.

use std::error::Error as _;

use manyface_core::Json;
use serde::{Deserialize, Serialize};

use crate::NAME;

/// The operator data of one user, with the keys of responses. Missing keys have the values of a new
/// user.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct OperatorData {
    pub(crate) followers_count: u32,
    pub(crate) following_count: u32,
    #[serde(flatten)]
    pub(crate) leaderboard: Leaderboard,
}

/// The position in the leaderboard, in the contract's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Leaderboard {
    /// The rating in the user's best domain.
    top_domain_elo: f64,
    /// The rank in the user's best domain.
    top_domain_rank: u32,
    /// The number of consecutive days, as a string.
    streak: String,
    /// The longest streak, as a string.
    highest_streak: String,
    /// The number of days that may be missed, as a string.
    streak_freeze_days: String,
    /// The title.
    title: String,
    /// The titles that the user may choose.
    unlocked_titles: String,
}

impl Default for Leaderboard {
    fn default() -> Self {
        let zero = || "0".to_owned();
        Self {
            top_domain_elo: 0.0,
            top_domain_rank: 0,
            streak: zero(),
            highest_streak: zero(),
            streak_freeze_days: zero(),
            title: String::new(),
            unlocked_titles: String::new(),
        }
    }
}

/// The accepted keys, which are members of responses.
pub(crate) const KEYS: [&str; 9] = [
    "followers_count",
    "following_count",
    "top_domain_elo",
    "top_domain_rank",
    "streak",
    "highest_streak",
    "streak_freeze_days",
    "title",
    "unlocked_titles",
];

impl OperatorData {
    /// Returns the operator data of `profile`, or that of a new user if none is set.
    pub(crate) fn of(profile: &manyface_core::Profile) -> Self {
        let stored = profile.operator_data.get(NAME);
        // It was checked when it was set.
        stored
            .and_then(|operator_data| operator_data.read().ok())
            .unwrap_or_default()
    }
}

/// Checks operator data before it is stored.
pub(crate) fn check(operator_data: &Json) -> Result<(), String> {
    let form = || {
        format!(
            "iam operator data are an object with any of {}",
            KEYS.join(", ")
        )
    };
    let keys: std::collections::BTreeMap<String, Json> =
        operator_data.read().map_err(|_| form())?;
    if let Some(key) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("{}: unknown key {key}", form()));
    }
    let read: Result<OperatorData, _> = operator_data.read();
    read.map(|_| ()).map_err(|error| match error.source() {
        Some(cause) => format!("{}: {cause}", form()),
        None => form(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn documented_operator_data_is_accepted() {
        for text in [
            "{}",
            r#"{"top_domain_elo":1210.5,"top_domain_rank":3,"streak":"5"}"#,
            r#"{"followers_count":7,"following_count":8,"title":"Builder"}"#,
            r#"{"top_domain_elo":1200}"#,
        ] {
            assert_eq!(check(&json(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn other_operator_data_is_rejected() {
        for text in [
            "[]",
            "null",
            r#"{"elo":1}"#,
            r#"{"top_domain_elo":"1"}"#,
            r#"{"streak":5}"#,
            r#"{"followers_count":-1}"#,
            r#"{"is_following":true}"#,
        ] {
            assert!(check(&json(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_user_has_zero_ratings() {
        let text = serde_json::to_string(&Leaderboard::default()).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"top_domain_elo":0.0,"top_domain_rank":0,"streak":"0","highest_streak":"0","#,
                r#""streak_freeze_days":"0","title":"","unlocked_titles":""}"#,
            )
        );
    }
}
