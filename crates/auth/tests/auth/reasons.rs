//! Log messages of rejected tokens.

use std::{error::Error, sync::Arc};

use jsonwebtoken::Algorithm::{ES256, HS256, HS384, RS256};
use manyface_auth::TokenAuthenticator;
use manyface_core::{AuthError, AuthErrorKind, Authenticator};
use serde_json::json;

use crate::{
    issuers::with_issuer,
    support::{
        DIALECT, HMAC, Published, RSA, START, authenticator, clock, config, issuer, key_set,
        set_time, token, with_claims, with_header,
    },
};

pub(crate) async fn rejected(authenticator: &TokenAuthenticator, token: &str) -> AuthError {
    let outcome = authenticator.authenticate(DIALECT, token).await;
    let error = outcome.expect_err(token);
    let reason = error.source().expect("a reason").to_string();
    // The reason contains no part of the token and no personal data.
    for part in token.split('.').filter(|part| part.len() > 16) {
        assert!(!reason.contains(part), "{reason}");
    }
    for personal in ["user-1", "ada@example.com"] {
        assert!(!reason.contains(personal), "{reason}");
    }
    assert!(
        reason.len() < 2_000 && !reason.contains(['\n', '\r', '\u{1b}']),
        "{reason:?}"
    );
    error
}

/// Checks that the token is rejected with this code and reason.
async fn check(token: &str, code: &str, reason: &str) {
    let error = rejected(&authenticator(), token).await;
    assert_eq!(
        (error.code, error.source().unwrap().to_string().as_str()),
        (code, reason)
    );
}

/// Checks tokens with changed claims. A line has the changes, the code and the reason.
async fn check_claims(table: &str) {
    for line in table.trim().lines() {
        let [changes, code, reason] = parts(line);
        let changes = serde_json::from_str(changes).expect(line);
        check(&with_claims(&changes), code, reason).await;
    }
}

/// Checks tokens with changed headers, in the same format.
async fn check_headers(table: &str) {
    for line in table.trim().lines() {
        let [changes, code, reason] = parts(line);
        let changes = serde_json::from_str(changes).expect(line);
        check(&with_header(&changes), code, reason).await;
    }
}

fn parts(line: &str) -> [&str; 3] {
    let parts: Vec<_> = line.split(" | ").collect();
    parts.try_into().expect(line)
}

#[tokio::test]
async fn malformed_tokens_are_described() {
    let long = "x".repeat(8_193);
    check(&long, "too_long", "longer than 8192 bytes: 8193 bytes").await;
    let opaque =
        "not a signed JWT: 1 parts between dots, expected 3 (an opaque token or an API key)";
    check("opaque", "malformed_token", opaque).await;
    let encrypted = "not a signed JWT: 5 parts between dots, expected 3 (an encrypted token)";
    check("a.b.c.d.e", "malformed_token", encrypted).await;
    let encoding = "the header is not base64url without padding";
    check("a+.b.c", "malformed_token", encoding).await;
    let json = "the header is not one JSON object without duplicate members";
    check("YQ.YQ.YQ", "malformed_token", json).await;
    check_headers(
        r#"
{"kid":1} | malformed_token | kid in the header is not a string
{"alg":null} | malformed_token | alg in the header is not a string
{"crit":["exp"]} | critical_extension | the header has crit, and no extension is supported
{"alg":"none"} | algorithm | alg is "none", which is not supported
{"typ":"dpop+jwt"} | wrong_type | typ is "dpop+jwt", expected one of ["", "JWT", "at+jwt"]
"#,
    )
    .await;
}

#[tokio::test]
async fn messages_name_issuer_algorithm_and_key() {
    let issuers = r#"["https://hmac.example.com/", "https://rsa.example.com/", "https://ec.example.com/", "https://ed.example.com/"]"#;
    let given = r#"iss is no configured issuer: "https://hmac.example.com""#;
    let slash = format!("{given}, expected one of {issuers} (they differ by a slash at the end)");
    let without_slash = with_claims(&json!({"iss": "https://hmac.example.com"}));
    check(&without_slash, "unknown_issuer", &slash).await;
    let missing = format!("iss is missing, expected one of {issuers}");
    check(
        &with_claims(&json!({"iss": null})),
        "unknown_issuer",
        &missing,
    )
    .await;
    check(
        &with_claims(&json!({"iss": 7})),
        "unknown_issuer",
        "iss is not a string",
    )
    .await;
    let algorithm = r#"alg HS384 is not allowed for the issuer, expected one of ["HS256"]"#;
    check(
        &token(HMAC, HS384, &json!({}), &json!({})),
        "algorithm",
        algorithm,
    )
    .await;
    let forged = with_claims(&json!({})) + "=";
    check(
        &forged,
        "malformed_token",
        "the signature is not base64url without padding",
    )
    .await;
    let forged = token(HMAC, HS256, &json!({}), &json!({}));
    let (message, _) = forged.rsplit_once('.').unwrap();
    let signature = "wrong signature: 1 of 1 fitting keys tried";
    check(&format!("{message}.AAAA"), "wrong_signature", signature).await;

    let error = rejected(&authenticator(), &format!("{message}.AAAA")).await;
    assert_eq!(error.issuer.as_deref(), Some(HMAC));
    assert_eq!((error.key_id, error.kind), (None, AuthErrorKind::Invalid));
    let error = rejected(
        &authenticator(),
        &with_header(&json!({"kid": "k1", "typ": "x"})),
    )
    .await;
    assert_eq!(error.key_id.as_deref(), Some("k1"));
    let error = rejected(&authenticator(), "opaque").await;
    assert_eq!((error.issuer, error.key_id), (None, None));
}

#[tokio::test]
async fn unknown_and_unsuitable_keys_have_different_reasons() {
    set_time(0);
    let published = Arc::new(Published::default());
    published.publish(Some(key_set(&[RS256])));
    let url = json!({"jwks_url": "https://rsa.example.com/keys"});
    let issuers = vec![issuer(RSA, &["RS256", "ES256"], &url)];
    let authenticator = TokenAuthenticator::builder(config(issuers), clock)
        .fetch(published.clone())
        .build()
        .unwrap();
    for (token, expected) in [
        (
            token(RSA, RS256, &json!({"kid": "other"}), &json!({})),
            r#"kid "other" is not one of the issuer's keys: ["RS256"]"#,
        ),
        (
            token(RSA, ES256, &json!({"kid": "RS256"}), &json!({})),
            r#"none of the issuer's keys is for ES256 (kid "RS256")"#,
        ),
        (
            token(RSA, ES256, &json!({}), &json!({})),
            "none of the issuer's keys is for ES256 (kid missing)",
        ),
    ] {
        let error = rejected(&authenticator, &token).await;
        assert_eq!(error.code, "unknown_key");
        assert_eq!(error.source().unwrap().to_string(), expected);
    }
}

#[tokio::test]
async fn messages_name_claims_without_personal_values() {
    check_claims(
        r#"
{"aud":["x","y"]} | wrong_audience | aud is ["x", "y"], expected one of ["movieknight"]
{"aud":null} | wrong_audience | aud is missing, expected one of ["movieknight"]
{"aud":17} | wrong_audience | aud is a number, expected one of ["movieknight"]
{"aud":[]} | wrong_audience | aud is [], expected one of ["movieknight"]
{"aud":["x",17]} | wrong_audience | aud is an array of other values than strings, expected one of ["movieknight"]
{"aud":{"movieknight":true}} | wrong_audience | aud is an object, expected one of ["movieknight"]
{"sub":null} | no_subject | sub is missing
{"sub":7} | malformed_claim | sub is not a string
{"sub":""} | malformed_claim | sub is empty
{"sub":"ada@example.com\n"} | malformed_claim | sub has control characters
{"tenant_id":"t1"} | malformed_claim | tenant_id is not a UUID
{"account_id":17} | malformed_claim | account_id is not a string
{"groups":[{"id":1}]} | malformed_claim | groups is neither a string nor an array of strings
{"scope":1} | malformed_claim | scope is neither a string nor an array of strings
{"exp":null} | malformed_claim | exp is missing
{"exp":"tomorrow"} | malformed_claim | exp is not a number of seconds since 1970
"#,
    )
    .await;
    let long = json!({"sub": "ada@example.com".repeat(20)});
    let problem = "sub has more than 255 characters";
    check(&with_claims(&long), "malformed_claim", problem).await;
}

#[tokio::test]
async fn messages_name_times_and_types() {
    for (claim, seconds, code, reason) in [
        (
            "nbf",
            298,
            "not_yet_valid",
            "not before 298 s from now (nbf",
        ),
        ("iat", 31, "not_yet_valid", "not before 31 s from now (iat"),
        ("exp", -42, "expired", "expired 42 s ago ("),
    ] {
        let token = with_claims(&json!({claim: START + seconds}));
        let leeway = if claim == "exp" { "" } else { "; " };
        let reason = format!("{reason}{leeway}leeway_seconds = 30)");
        check(&token, code, &reason).await;
    }
    let long = "lives longer than max_lifetime_seconds: 31536000 s, at most 2592000 s";
    let year = with_claims(&json!({"exp": START + 31_536_000}));
    check(&year, "lifetime", long).await;

    let required = json!({"required_claims": {"token_type": "access"}, "token_types": ["at+jwt"]});
    let authenticator = with_issuer(HMAC, &required);
    let typ = json!({"typ": "at+jwt"});
    for (header, claims, expected) in [
        (
            &typ,
            json!({"token_type": "ada@example.com"}),
            r#"token_type is different, expected "access""#,
        ),
        (
            &typ,
            json!({}),
            r#"token_type is missing, expected "access""#,
        ),
        (
            &json!({"typ": null}),
            json!({}),
            r#"typ is missing, expected one of ["at+jwt"]"#,
        ),
    ] {
        let error = rejected(&authenticator, &token(HMAC, HS256, header, &claims)).await;
        assert_eq!(error.source().unwrap().to_string(), expected);
        assert_eq!(error.kind, AuthErrorKind::WrongKind);
    }
}

#[tokio::test]
async fn hostile_values_are_escaped_and_shortened() {
    let hostile = "\u{1b}[2J\n\"".repeat(1_000);
    for token in [
        with_claims(&json!({"iss": hostile})),
        with_claims(&json!({"aud": vec![&hostile[..60]; 90]})),
        with_header(&json!({"kid": &hostile[..900], "typ": &hostile[..900]})),
        with_header(&json!({"alg": &hostile[..900]})),
    ] {
        let error = rejected(&authenticator(), &token).await;
        assert!(error.key_id.is_none_or(|id| id.chars().count() <= 121));
    }
}
