//! Accounts under names that the contract does not have.
//!
//! Unknown parameters and keys are ignored, but for these: a client that means an account must not
//! write or read the profile that all accounts share.

use std::{borrow::Cow, fmt};

use http::HeaderMap;
use manyface_dialect::Typed;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{WhopError, request::is_account};

const SENTENCE: &str = "an account is named by account_id in the query, once";

/// The keys of a body that are read, whatever they hold. `company_id` is judged by version.
const KNOWN: [&str; 5] = ["name", "bio", "username", "profile_picture", "company_id"];

/// Rejects an unknown parameter that means an account.
pub(crate) fn check(key: &str, value: &str) -> Result<(), WhopError> {
    if means_account(key) || is_account(value) {
        return Err(WhopError::field(SENTENCE));
    }
    Ok(())
}

/// Rejects a header that means an account.
pub(crate) fn check_headers(headers: &HeaderMap) -> Result<(), WhopError> {
    if headers.keys().any(|name| means_account(name.as_str())) {
        return Err(WhopError::field(SENTENCE));
    }
    Ok(())
}

/// Rejects a body with an unknown key that means an account. A body that is no JSON object is not
/// judged here.
pub(crate) fn check_body(body: &[u8]) -> Result<(), WhopError> {
    match serde_json::from_slice(body) {
        Ok(Keys { mean_account: true }) => Err(WhopError::field(SENTENCE)),
        Ok(Keys { .. }) | Err(_) => Ok(()),
    }
}

/// Whether a key is one of the contract's two names in another spelling, or with more around it:
/// `accountId`, `account-id`, `account_id[]`, `companies`, `x_account_id`.
fn means_account(key: &str) -> bool {
    let letters = key.chars().filter(|c| c.is_alphanumeric());
    let folded = letters.collect::<String>().to_lowercase();
    let names = ["account", "company", "accounts", "companies", "biz"];
    names.contains(&folded.as_str())
        || ["accountid", "companyid", "bizid"]
            .iter()
            .any(|name| folded.contains(name))
}

/// Whether the keys of an object mean an account.
struct Keys {
    mean_account: bool,
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut mean_account = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if KNOWN.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<Typed<String>>()?;
            let is_id = matches!(value, Typed::Right(text) if is_account(&text));
            mean_account |= is_id || means_account(&key);
        }
        Ok(Keys { mean_account })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_mean_an_account_are_rejected() {
        for (key, value) in [
            ("accountId", "biz_1"),
            ("account-id", ""),
            ("account_id[]", "biz_1"),
            ("Account_Id", "x"),
            ("ACCOUNTID", "x"),
            ("account id", "x"),
            ("account.id", "x"),
            ("companyId", "biz_1"),
            ("company", "x"),
            ("x_account_id", "x"),
            ("accountIds", "x"),
            ("business", "biz_1"),
            ("id", "biz_1"),
        ] {
            assert!(check(key, value).is_err(), "{key}={value}");
            let body = serde_json::json!({"name": "x", key: value}).to_string();
            assert!(check_body(body.as_bytes()).is_err(), "{body}");
            let body = serde_json::json!({key: {"id": value}}).to_string();
            let is_named = check_body(body.as_bytes()).is_err();
            assert_eq!(is_named, means_account(key), "{body}");
        }
        for body in [r#"{"account_id":null}"#, r#"{"account_id":"biz_1"}"#] {
            assert!(check_body(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn other_keys_are_ignored() {
        for (key, value) in [
            ("include_trading", "true"),
            ("accounting", "x"),
            ("companion", "x"),
            ("discount", "biz_"),
            ("x", "\u{fffd}"),
        ] {
            assert!(check(key, value).is_ok(), "{key}={value}");
        }
        let body = r#"{"name":"biz_1","bio":"biz_1","company_id":"biz_1","balances":[{"a":"biz_1"}],"id":"user_1"}"#;
        assert!(check_body(body.as_bytes()).is_ok());
        for body in ["", "[]", "7", "{"] {
            assert!(check_body(body.as_bytes()).is_ok(), "{body}");
        }
    }
}
