//! The operator data of this dialect.

use std::error::Error as _;

use manyface_core::Json;
use serde::{Deserialize, Serialize};

use crate::NAME;

/// The operator data of one user, under the names that responses have. What is not stated is as a new
/// user has it: nothing counted, no title.
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
    /// The rank there.
    top_domain_rank: u32,
    /// The days in a row, as a text.
    streak: String,
    /// The most there were, as a text.
    highest_streak: String,
    /// The days that may be missed, as a text.
    streak_freeze_days: String,
    /// The title.
    title: String,
    /// The titles that may be chosen.
    unlocked_titles: String,
}

impl Default for Leaderboard {
    fn default() -> Self {
        let none = || "0".to_owned();
        Self {
            top_domain_elo: 0.0,
            top_domain_rank: 0,
            streak: none(),
            highest_streak: none(),
            streak_freeze_days: none(),
            title: String::new(),
            unlocked_titles: String::new(),
        }
    }
}

/// The accepted keys.
const KEYS: [&str; 9] = [
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
    /// The operator data of a profile; a new user's, where nothing is stated.
    pub(crate) fn of(profile: &manyface_core::Profile) -> Self {
        let stated = profile.operator_data.get(NAME);
        // They were checked when they were stated.
        stated
            .and_then(|operator_data| operator_data.read().ok())
            .unwrap_or_default()
    }
}

/// Checks what an operator wants to state.
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
        return Err(format!("{}: there is no {key}", form()));
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
    fn anything_else_is_rejected() {
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
