//! Rotation and expiry of keys.

use std::sync::Arc;

use futures_util::future::join_all;
use jsonwebtoken::{
    Algorithm::{self, ES256, EdDSA, HS256, PS256, RS256},
    EncodingKey,
};
use manyface_auth::TokenAuthenticator;
use manyface_core::{
    AuthErrorKind,
    AuthErrorKind::{Invalid, Unavailable},
};
use serde_json::{Value, json};

use crate::support::{
    HMAC, Published, RSA, START, authenticate, claims, clock, config, issuer, key_set, read,
    rsa_key_set, set_time, sign, token,
};

const URL: &str = "https://rsa.example.com/jwks.json";

/// Returns a key server and an authenticator. The server publishes an RSA key.
fn published() -> (Arc<Published>, TokenAuthenticator) {
    set_time(0);
    let published = Arc::new(Published::default());
    published.publish(Some(key_set(&[RS256])));
    let algorithms = ["RS256", "PS256", "ES256", "EdDSA"];
    let issuer = issuer(RSA, &algorithms, &json!({"jwks_url": URL}));
    let authenticator = TokenAuthenticator::builder(config(vec![issuer]), clock)
        .fetch(published.clone())
        .build()
        .unwrap();
    (published, authenticator)
}

/// Returns a token that is valid for a day.
fn signed(algorithm: Algorithm, kid: impl Into<Value>) -> String {
    let day = json!({"exp": START + 86_400});
    token(RSA, algorithm, &json!({"kid": kid.into()}), &day)
}

async fn check(
    authenticator: &TokenAuthenticator,
    token: &str,
    expected: Result<(), AuthErrorKind>,
) {
    let outcome = authenticate(authenticator, token).await;
    assert_eq!(outcome.map(|_| ()), expected);
}

/// Waits for a running fetch, because a token with an unknown key waits for it.
async fn settle(authenticator: &TokenAuthenticator) {
    check(authenticator, &signed(RS256, "settle"), Err(Invalid)).await;
}

#[tokio::test]
async fn keys_are_fetched_once_and_picked_by_id() {
    let (published, authenticator) = published();
    published.publish(Some(key_set(&[RS256, ES256, EdDSA])));
    assert_eq!(published.fetches(), 0);
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    check(&authenticator, &signed(PS256, "RS256"), Ok(())).await;
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
    check(&authenticator, &signed(EdDSA, "EdDSA"), Ok(())).await;
    check(&authenticator, &signed(EdDSA, Value::Null), Ok(())).await;
    check(&authenticator, &signed(RS256, "ES256"), Err(Invalid)).await;
    assert_eq!(published.fetches(), 1);
}

#[tokio::test]
async fn a_key_is_used_only_with_its_algorithm() {
    let (published, authenticator) = published();
    check(&authenticator, &signed(HS256, "RS256"), Err(Invalid)).await;
    assert_eq!(
        published.fetches(),
        0,
        "for an algorithm that is not listed"
    );
    let mut document: Value = serde_json::from_str(&key_set(&[RS256])).unwrap();
    document["keys"][0]["alg"] = json!("RS256");
    published.publish(Some(document.to_string()));
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    check(&authenticator, &signed(PS256, "RS256"), Err(Invalid)).await;
}

#[tokio::test]
async fn warming_up_fetches_before_the_first_token() {
    let (published, authenticator) = published();
    authenticator.warm_up();
    settle(&authenticator).await;
    assert_eq!(published.fetches(), 1);
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    assert_eq!(published.fetches(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_fetched_after_the_cooldown() {
    let (published, authenticator) = published();
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    published.publish(Some(key_set(&[RS256, ES256])));
    set_time(59);
    check(&authenticator, &signed(ES256, "ES256"), Err(Invalid)).await;
    assert_eq!(published.fetches(), 1);
    set_time(60);
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    assert_eq!(published.fetches(), 2);
}

#[tokio::test]
async fn a_thousand_unknown_keys_cause_one_fetch() {
    let (published, authenticator) = published();
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    set_time(60);
    let tokens: Vec<String> = (0..1000)
        .map(|n| token(RSA, EdDSA, &json!({"kid": format!("k{n}")}), &json!({})))
        .collect();
    let outcomes = join_all(
        tokens
            .iter()
            .map(|token| authenticate(&authenticator, token)),
    )
    .await;
    assert!(outcomes.iter().all(|outcome| *outcome == Err(Invalid)));
    assert_eq!(published.fetches(), 2);
    for token in &tokens {
        check(&authenticator, token, Err(Invalid)).await;
    }
    assert_eq!(published.fetches(), 2);
}

#[tokio::test]
async fn a_removed_key_is_rejected_within_the_maximum_age() {
    let (published, authenticator) = published();
    let token = signed(RS256, "RS256");
    check(&authenticator, &token, Ok(())).await;
    published.publish(Some(key_set(&[ES256])));
    // At half the maximum age, the next request starts a fetch but does not wait for it.
    set_time(300);
    check(&authenticator, &token, Ok(())).await;
    settle(&authenticator).await;
    assert_eq!(published.fetches(), 2);
    check(&authenticator, &token, Err(Invalid)).await;
}

#[tokio::test]
async fn after_an_idle_period_keys_are_fetched_first() {
    let (published, authenticator) = published();
    let token = signed(RS256, "RS256");
    check(&authenticator, &token, Ok(())).await;
    published.publish(Some(r#"{"keys":[]}"#.to_owned()));
    set_time(600);
    check(&authenticator, &token, Err(Invalid)).await;
    assert_eq!(published.fetches(), 2);
}

#[tokio::test]
async fn fetching_the_same_keys_keeps_cached_tokens() {
    let (published, authenticator) = published();
    let token = signed(RS256, "RS256");
    let first = authenticate(&authenticator, &token).await.unwrap();
    set_time(300);
    check(&authenticator, &token, Ok(())).await;
    settle(&authenticator).await;
    assert_eq!(published.fetches(), 2);
    let again = authenticate(&authenticator, &token).await.unwrap();
    assert!(
        Arc::ptr_eq(&first, &again),
        "the token was not cached any more"
    );
}

#[tokio::test]
async fn old_keys_are_kept_while_fetching_fails() {
    let (published, authenticator) = published();
    let token = signed(RS256, "RS256");
    check(&authenticator, &token, Ok(())).await;
    let mut fetches = 1;
    for (time, document) in [(600, None), (660, Some("<html>")), (720, Some("{}"))] {
        published.publish(document.map(str::to_owned));
        set_time(time);
        check(&authenticator, &token, Ok(())).await;
        settle(&authenticator).await;
        check(&authenticator, &signed(PS256, "RS256"), Ok(())).await;
        fetches += 1;
        assert_eq!(published.fetches(), fetches);
    }
    published.publish(Some(key_set(&[ES256])));
    set_time(779);
    check(&authenticator, &token, Ok(())).await;
    settle(&authenticator).await;
    assert_eq!(published.fetches(), fetches);
    set_time(780);
    check(&authenticator, &token, Ok(())).await;
    settle(&authenticator).await;
    check(&authenticator, &token, Err(Invalid)).await;
}

const FIRST: &str = "rsa.private.pem";
const SECOND: &str = "rsa-other.private.pem";

/// Returns a token that is valid for two days, signed with the key in the file `private`.
fn signed_by(private: &str, kid: Option<&str>) -> String {
    let header = json!({"alg": "RS256", "kid": kid});
    let header = header.to_string().replace(r#","kid":null"#, "");
    let claims = claims(RSA, &json!({"exp": START + 2 * 86_400}));
    let key = EncodingKey::from_rsa_pem(&read(private)).unwrap();
    sign(&header, &claims, RS256, &key)
}

#[tokio::test]
async fn a_new_key_with_the_same_or_no_id_is_fetched_after_the_cooldown() {
    for kid in [None, Some("k1")] {
        let (published, authenticator) = published();
        published.publish(Some(rsa_key_set(FIRST, kid)));
        check(&authenticator, &signed_by(FIRST, kid), Ok(())).await;
        published.publish(Some(rsa_key_set(SECOND, kid)));
        set_time(59);
        check(&authenticator, &signed_by(SECOND, kid), Err(Invalid)).await;
        assert_eq!(published.fetches(), 1, "within the cooldown");
        set_time(60);
        check(&authenticator, &signed_by(SECOND, kid), Ok(())).await;
        check(&authenticator, &signed_by(FIRST, kid), Err(Invalid)).await;
        assert_eq!(published.fetches(), 2);
    }
}

#[tokio::test]
async fn forged_tokens_cause_one_fetch_in_a_cooldown() {
    let (published, authenticator) = published();
    published.publish(Some(rsa_key_set(FIRST, None)));
    check(&authenticator, &signed_by(FIRST, None), Ok(())).await;
    for cooldown in 1..=3 {
        set_time(60 * cooldown);
        for _ in 0..100 {
            check(&authenticator, &signed_by(SECOND, None), Err(Invalid)).await;
        }
        assert_eq!(published.fetches(), usize::try_from(cooldown).unwrap() + 1);
    }
}

#[tokio::test]
async fn a_refetch_does_not_wait_for_the_cooldown() {
    let (published, authenticator) = published();
    let old = signed(RS256, "RS256");
    check(&authenticator, &old, Ok(())).await;
    published.publish(Some(key_set(&[ES256])));
    set_time(1);
    check(&authenticator, &signed(ES256, "ES256"), Err(Invalid)).await;
    check(&authenticator, &old, Ok(())).await;
    authenticator.refetch().await;
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
    check(&authenticator, &old, Err(Invalid)).await;
    published.publish(None);
    authenticator.refetch().await;
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
    assert_eq!(published.fetches(), 3);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_again_are_trusted_for_a_day() {
    let (published, authenticator) = published();
    let token = signed_by(FIRST, None);
    check(&authenticator, &token, Ok(())).await;
    published.publish(None);
    // For cached and uncached tokens, under constant load or after an idle period.
    for time in [600, 40_000, 86_399] {
        set_time(time);
        check(&authenticator, &token, Ok(())).await;
        check(&authenticator, &signed_by(FIRST, Some("RS256")), Ok(())).await;
    }
    set_time(86_400);
    check(&authenticator, &token, Err(Unavailable)).await;
    check(
        &authenticator,
        &signed_by(FIRST, Some("RS256")),
        Err(Unavailable),
    )
    .await;
    let fetches = published.fetches();
    check(&authenticator, &token, Err(Unavailable)).await;
    assert_eq!(published.fetches(), fetches, "one fetch in five seconds");

    // After the same keys are published again, their tokens are valid again.
    published.publish(Some(key_set(&[RS256])));
    set_time(86_405);
    check(&authenticator, &token, Ok(())).await;
    published.publish(None);
    set_time(2 * 86_400 - 1);
    check(&authenticator, &token, Ok(())).await;
    published.publish(Some(rsa_key_set(SECOND, None)));
    set_time(2 * 86_400 + 10);
    check(&authenticator, &token, Err(Invalid)).await;
}

#[tokio::test]
async fn without_keys_tokens_are_unavailable() {
    let (published, authenticator) = published();
    published.publish(None);
    let token = signed(RS256, "RS256");
    check(&authenticator, &token, Err(Unavailable)).await;
    check(&authenticator, &token, Err(Unavailable)).await;
    assert_eq!(published.fetches(), 1);
    published.publish(Some(key_set(&[RS256])));
    set_time(5);
    check(&authenticator, &token, Ok(())).await;
    assert_eq!(published.fetches(), 2);
}

#[tokio::test]
async fn private_and_symmetric_keys_from_a_url_are_ignored() {
    let (published, authenticator) = published();
    let mut document: Value = serde_json::from_str(&key_set(&[RS256, ES256])).unwrap();
    document["keys"][0]["d"] = json!("AQAB");
    published.publish(Some(document.to_string()));
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
    check(&authenticator, &signed(RS256, "RS256"), Err(Invalid)).await;
    let secret = token(RSA, HS256, &json!({"kid": "HS256"}), &json!({}));
    published.publish(Some(key_set(&[HS256])));
    set_time(600);
    check(&authenticator, &secret, Err(Invalid)).await;
}

#[tokio::test]
async fn a_failed_reload_keeps_the_old_keys() {
    set_time(0);
    let folder = tempfile::tempdir().unwrap();
    let (set, secret) = (folder.path().join("jwks"), folder.path().join("secret"));
    std::fs::write(&set, key_set(&[RS256])).unwrap();
    std::fs::write(&secret, format!("{}\n", crate::support::SECRET)).unwrap();
    let issuers = vec![
        issuer(RSA, &["RS256", "ES256"], &json!({"jwks_file": set})),
        issuer(HMAC, &["HS256"], &json!({"secret_file": secret})),
    ];
    let authenticator = TokenAuthenticator::builder(config(issuers), clock)
        .build()
        .unwrap();
    let hmac = token(HMAC, HS256, &json!({}), &json!({}));
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    check(&authenticator, &signed(ES256, "ES256"), Err(Invalid)).await;
    check(&authenticator, &hmac, Ok(())).await;

    std::fs::write(&set, key_set(&[ES256])).unwrap();
    std::fs::write(&secret, "another secret of thirty-two bytes or so").unwrap();
    check(&authenticator, &signed(RS256, "RS256"), Ok(())).await;
    authenticator.reload().unwrap();
    check(&authenticator, &signed(RS256, "RS256"), Err(Invalid)).await;
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
    check(&authenticator, &hmac, Err(Invalid)).await;

    std::fs::write(&set, "").unwrap();
    assert!(authenticator.reload().is_err());
    check(&authenticator, &signed(ES256, "ES256"), Ok(())).await;
}
