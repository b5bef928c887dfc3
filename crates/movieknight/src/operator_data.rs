//! The operator data of this dialect.

use std::error::Error as _;

use manyface_core::Json;
use serde::{Deserialize, Serialize};

use crate::NAME;

/// The operator data of one user, as set by an operator.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OperatorData {
    #[serde(default)]
    badges: Vec<Json>,
    #[serde(default)]
    ai_usage: UsageInput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct UsageInput {
    used: u32,
    limit: u32,
    /// Accepted only if it equals `limit - used`.
    remaining: Option<u32>,
}

/// The usage of a new user.
impl Default for UsageInput {
    fn default() -> Self {
        Self {
            used: 0,
            limit: 5,
            remaining: None,
        }
    }
}

/// The AI actions that the user has used today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AiUsage {
    /// The number of used actions.
    used: u32,
    /// The number of actions per day.
    limit: u32,
    /// `limit - used`, at least 0.
    remaining: u32,
}

impl OperatorData {
    /// Returns the operator data of `profile`, or that of a new user if none is set.
    pub(crate) fn of(profile: &manyface_core::Profile) -> Self {
        let stored = profile.operator_data.get(NAME);
        // It was checked when it was set.
        stored
            .and_then(|operator_data| operator_data.read().ok())
            .unwrap_or_default()
    }

    /// Returns the badges, unchanged, and the usage.
    pub(crate) fn into_parts(self) -> (Vec<Json>, AiUsage) {
        let UsageInput { used, limit, .. } = self.ai_usage;
        let usage = AiUsage {
            used,
            limit,
            remaining: limit.saturating_sub(used),
        };
        (self.badges, usage)
    }
}

/// Checks operator data before it is stored.
pub(crate) fn check(operator_data: &Json) -> Result<(), String> {
    const FORM: &str =
        r#"movieknight operator data are {"badges": […], "aiUsage": {"used", "limit"}}"#;
    if !operator_data.is_object() {
        return Err(FORM.to_owned());
    }
    let read = operator_data.read().map_err(|error| match error.source() {
        Some(cause) => format!("{FORM}: {cause}"),
        None => FORM.to_owned(),
    });
    let OperatorData { ai_usage, .. } = read?;
    let remaining = ai_usage.limit.saturating_sub(ai_usage.used);
    match ai_usage.remaining {
        Some(sent) if sent != remaining => Err(format!(
            "aiUsage.remaining is limit less used, {remaining}; leave it out"
        )),
        Some(_) | None => Ok(()),
    }
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
            r#"{"badges":["x",{"y":1.50}]}"#,
            r#"{"aiUsage":{"used":2,"limit":5}}"#,
            r#"{"aiUsage":{"used":2,"limit":5,"remaining":3}}"#,
            r#"{"aiUsage":{"used":7,"limit":5,"remaining":0}}"#,
        ] {
            assert_eq!(check(&json(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn other_operator_data_is_rejected() {
        for text in [
            "[]",
            "null",
            r#"{"badge":[]}"#,
            r#"{"badges":{}}"#,
            r#"{"aiUsage":{"used":-1,"limit":5}}"#,
            r#"{"aiUsage":{"used":1}}"#,
            r#"{"aiUsage":{"used":2,"limit":5,"remaining":5}}"#,
        ] {
            assert!(check(&json(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_user_has_five_actions_and_no_badges() {
        let (badges, usage) = OperatorData::default().into_parts();
        assert_eq!(badges, []);
        let text = serde_json::to_string(&usage).unwrap();
        assert_eq!(text, r#"{"used":0,"limit":5,"remaining":5}"#);
    }
}
