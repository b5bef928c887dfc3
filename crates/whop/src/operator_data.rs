//! The operator data of this dialect.

use std::error::Error as _;

use manyface_core::{Json, Profile};
use serde::Deserialize;

use crate::{
    NAME,
    holdings::Holdings,
    node::{Node, Object},
};

/// The operator data of one user, as set by an operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorData {
    /// The holdings, or `None` if they are not set.
    pub(crate) balances: Option<Holdings>,
    #[serde(default)]
    pub(crate) verification: Verification,
}

/// The results of identity verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Verification {
    individual: Option<Check>,
    business: Option<Check>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    NotStarted,
    Pending,
    Approved,
    Rejected,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

impl OperatorData {
    /// Returns the operator data of `profile`, or that of a new user if none is set.
    pub(crate) fn of(profile: &Profile) -> Self {
        let stored = profile.operator_data.get(NAME);
        // It was checked when it was set.
        stored
            .and_then(|operator_data| operator_data.read().ok())
            .unwrap_or_default()
    }
}

impl From<Verification> for Node {
    fn from(verification: Verification) -> Self {
        let node = |check: Option<Check>| {
            check.map_or(Self::Null, |Check { status }| {
                Object::from([("status", status.as_str().into())]).into()
            })
        };
        let Verification {
            individual,
            business,
        } = verification;
        Object::from([
            ("individual", node(individual)),
            ("business", node(business)),
        ])
        .into()
    }
}

/// Checks operator data before it is stored.
pub(crate) fn check(operator_data: &Json) -> Result<(), String> {
    const FORM: &str =
        r#"whop operator data are {"balances": […], "verification": {"individual", "business"}}"#;
    if !operator_data.is_object() {
        return Err(FORM.to_owned());
    }
    let read = operator_data.read::<OperatorData>();
    read.map(|_| ()).map_err(|error| match error.source() {
        Some(cause) => format!("{FORM}: {cause}"),
        None => FORM.to_owned(),
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
            r#"{"balances":[]}"#,
            r#"{"balances":[{"symbol":"USDT","name":"Tether","balance":"1.5"}]}"#,
            r#"{"balances":[{"symbol":"PEPE","name":"Pepe","balance":1e2,"price_usd":1e-08}]}"#,
            r#"{"balances":[{"symbol":"EUR","name":"Euro","kind":"cash","balance":"2",
                "price_usd":1.1,"value_usd":"2.2","icon_url":null,"breakdown":{"available":"1",
                "pending":"1","reserve":"0","in_transit":"0",
                "pending_settlements":[{"date":"2026-07-01","amount":"1"}]}}]}"#,
            r#"{"verification":{"individual":{"status":"approved"},"business":null}}"#,
        ] {
            assert_eq!(check(&json(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn other_operator_data_is_rejected() {
        for text in [
            "[]",
            r#"{"balance":[]}"#,
            r#"{"balances":{}}"#,
            r#"{"balances":[{"symbol":"USDT","name":"Tether","balance":"1e500"}]}"#,
            r#"{"balances":[{"symbol":"USDT","name":"Tether","balance":"1","kind":"stock"}]}"#,
            r#"{"verification":{"individual":{"status":"done"}}}"#,
            r#"{"verification":{"individual":"approved"}}"#,
        ] {
            assert!(check(&json(text)).is_err(), "{text}");
        }
    }
}
