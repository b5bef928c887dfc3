//! Rejection of accounts under keys that the contract does not have.
//!
//! Other unknown parameters and keys are ignored. These are not, because a client that names an
//! account must not read or write the global profile.

use http::HeaderMap;
use manyface_dialect::Typed;

use crate::{WhopError, external_id::is_account};

/// Rejects an unknown query parameter that refers to an account.
pub(crate) fn check_parameter(key: &str, value: &str) -> Result<(), WhopError> {
    if is_account_key(key) || is_account(value) {
        return Err(rejection());
    }
    Ok(())
}

/// Returns the error for an account under an unknown key.
pub(crate) fn rejection() -> WhopError {
    WhopError::field("an account is named by account_id in the query, once")
}

/// Rejects headers that refer to an account.
pub(crate) fn check_headers(headers: &HeaderMap) -> Result<(), WhopError> {
    if headers.keys().any(|name| is_account_key(name.as_str())) {
        return Err(rejection());
    }
    Ok(())
}

/// Returns whether an unknown key of a body refers to an account.
pub(crate) fn refers_to_account(key: &str, value: &Typed<String>) -> bool {
    is_account_key(key) || matches!(value, Typed::Value(text) if is_account(text))
}

/// Returns whether a key is a variant of one of the contract's two keys, such as `accountId`,
/// `account-id`, `account_id[]`, `companies` or `x_account_id`.
fn is_account_key(key: &str) -> bool {
    let letters = key.chars().filter(|c| c.is_alphanumeric());
    let folded = letters.collect::<String>().to_lowercase();
    let names = ["account", "company", "accounts", "companies", "biz"];
    names.contains(&folded.as_str())
        || ["accountid", "companyid", "bizid"]
            .iter()
            .any(|name| folded.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Body;

    fn body_refers_to_account(body: &str) -> bool {
        serde_json::from_str::<Body>(body)
            .unwrap()
            .refers_to_account
    }

    #[test]
    fn keys_that_refer_to_an_account_are_rejected() {
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
            assert!(check_parameter(key, value).is_err(), "{key}={value}");
            let body = serde_json::json!({"name": "x", key: value}).to_string();
            assert!(body_refers_to_account(&body), "{body}");
            let body = serde_json::json!({key: {"id": value}}).to_string();
            assert_eq!(body_refers_to_account(&body), is_account_key(key), "{body}");
        }
        for body in [r#"{"account_id":null}"#, r#"{"account_id":"biz_1"}"#] {
            assert!(body_refers_to_account(body), "{body}");
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
            assert!(check_parameter(key, value).is_ok(), "{key}={value}");
        }
        let body = r#"{"name":"biz_1","bio":"biz_1","company_id":"biz_1","balances":[{"a":"biz_1"}],"id":"user_1"}"#;
        assert!(!body_refers_to_account(body));
    }
}
