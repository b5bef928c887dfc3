//! Accounts under names that the contract does not have.
//!
//! Unknown parameters and keys are ignored, but for these: a client that means an account must not
//! write or read the profile that all accounts share.

use http::HeaderMap;
use manyface_dialect::Typed;

use crate::{WhopError, request::is_account};

/// Rejects an unknown parameter that means an account.
pub(crate) fn check(key: &str, value: &str) -> Result<(), WhopError> {
    if means_account(key) || is_account(value) {
        return Err(rejection());
    }
    Ok(())
}

/// The error of a request that means an account.
pub(crate) fn rejection() -> WhopError {
    WhopError::field("an account is named by account_id in the query, once")
}

/// Rejects a header that means an account.
pub(crate) fn check_headers(headers: &HeaderMap) -> Result<(), WhopError> {
    if headers.keys().any(|name| means_account(name.as_str())) {
        return Err(rejection());
    }
    Ok(())
}

/// Returns whether an unknown key of a body means an account.
pub(crate) fn is_in_body(key: &str, value: &Typed<String>) -> bool {
    means_account(key) || matches!(value, Typed::Right(text) if is_account(text))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Body;

    fn names_account(body: &str) -> bool {
        serde_json::from_str::<Body>(body).unwrap().names_account
    }

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
            assert!(names_account(&body), "{body}");
            let body = serde_json::json!({key: {"id": value}}).to_string();
            assert_eq!(names_account(&body), means_account(key), "{body}");
        }
        for body in [r#"{"account_id":null}"#, r#"{"account_id":"biz_1"}"#] {
            assert!(names_account(body), "{body}");
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
        assert!(!names_account(body));
    }
}
