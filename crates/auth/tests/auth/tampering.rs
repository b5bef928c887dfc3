//! Forged and manipulated tokens.

use jsonwebtoken::{
    Algorithm::{HS256, RS256},
    EncodingKey,
};
use manyface_core::{AuthErrorKind, AuthErrorKind::Invalid};
use serde_json::json;

use crate::support::{
    HMAC, RSA, authenticate, authenticator, claims, encode, read, sign, signer, token, with_claims,
    with_header,
};

async fn check(token: &str, expected: Result<(), AuthErrorKind>) {
    let outcome = authenticate(&authenticator(), token).await;
    assert_eq!(outcome.map(|_| ()), expected, "{token}");
}

async fn reject(token: &str) {
    check(token, Err(Invalid)).await;
}

#[tokio::test]
async fn none_is_not_an_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", "", "hs256"] {
        let header = encode(&json!({"alg": name}).to_string());
        let claims = encode(&claims(HMAC, &json!({})));
        reject(&format!("{header}.{claims}.")).await;
        let signed = with_header(&json!({"alg": name}));
        reject(&signed).await;
    }
    reject(&with_header(&json!({"alg": null}))).await;
}

#[tokio::test]
async fn signatures_of_other_keys_are_rejected() {
    let key = EncodingKey::from_secret(b"another secret of thirty-two bytes or so");
    let good = claims(HMAC, &json!({}));
    reject(&sign(r#"{"alg":"HS256"}"#, &good, HS256, &key)).await;
    let key = EncodingKey::from_secret(b"");
    reject(&sign(r#"{"alg":"HS256"}"#, &good, HS256, &key)).await;
    let key = EncodingKey::from_rsa_pem(&read("rsa-other.private.pem")).unwrap();
    let good = claims(RSA, &json!({}));
    reject(&sign(r#"{"alg":"RS256"}"#, &good, RS256, &key)).await;
}

#[tokio::test]
async fn a_public_key_is_not_accepted_as_a_secret() {
    let pem = read("rsa.public.pem");
    let trimmed = pem.trim_ascii_end();
    for secret in [pem.as_slice(), trimmed] {
        let key = EncodingKey::from_secret(secret);
        let good = claims(RSA, &json!({}));
        reject(&sign(r#"{"alg":"HS256"}"#, &good, HS256, &key)).await;
    }
}

#[tokio::test]
async fn a_key_id_is_only_compared() {
    for kid in ["../../dev/null", "' OR 1=1--", "\0", ""] {
        // Each issuer here has one key, so a `kid` changes nothing.
        check(&with_header(&json!({"kid": kid})), Ok(())).await;
        let forged = with_header(&json!({"kid": kid})) + "A";
        reject(&forged).await;
    }
    let long = with_header(&json!({"kid": "k".repeat(10_240)}));
    reject(&long).await;
    reject(&with_header(&json!({"kid": 1}))).await;
    reject(&with_header(&json!({"kid": ["1"]}))).await;
}

#[tokio::test]
async fn keys_inside_a_token_are_ignored() {
    let attacker = EncodingKey::from_rsa_pem(&read("rsa-other.private.pem")).unwrap();
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&attacker, RS256).unwrap();
    let claims = claims(RSA, &json!({}));
    for (name, value) in [
        ("jwk", serde_json::to_value(jwk).unwrap()),
        ("jku", json!("https://attacker.example.com/jwks.json")),
        ("x5u", json!("https://attacker.example.com/cert.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = json!({"alg": "RS256", name: value});
        let forged = sign(&header.to_string(), &claims, RS256, &attacker);
        reject(&forged).await;
        let honest = sign(&header.to_string(), &claims, RS256, &signer(RS256));
        check(&honest, Ok(())).await;
    }
}

#[tokio::test]
async fn critical_extensions_are_rejected() {
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp")] {
        reject(&with_header(&json!({"crit": crit}))).await;
    }
}

#[tokio::test]
async fn duplicate_members_are_rejected() {
    let signed = |header: &str, claims: &str| sign(header, claims, HS256, &signer(HS256));
    let good = claims(HMAC, &json!({}));
    let twice = |claim: &str| good.replacen('{', &format!("{{{claim},"), 1);
    check(&signed(r#"{"alg":"HS256"}"#, &good), Ok(())).await;
    reject(&signed(r#"{"alg":"none","alg":"HS256"}"#, &good)).await;
    reject(&signed(r#"{"alg":"HS256","alg":"HS256"}"#, &good)).await;
    for claim in [
        r#""sub":"user-2""#,
        r#""exp":1900000000"#,
        r#""iss":"x""#,
        r#""s\u0075b":"user-2""#,
        r#""x":1,"x":1"#,
        r#""x":{"y":1,"y":2}"#,
    ] {
        reject(&signed(r#"{"alg":"HS256"}"#, &twice(claim))).await;
    }
    reject(&signed(r#"{"alg":"HS256"}"#, "[]")).await;
    reject(&signed(r#"{"alg":"HS256"}"#, &format!("{good}{good}"))).await;
}

#[tokio::test]
async fn only_the_canonical_encoding_is_accepted() {
    let good = with_claims(&json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    check(&good, Ok(())).await;
    // 32 bytes leave two unused bits in the last of 43 characters. Change one of them.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet.find(last).unwrap() + 1;
    let tail = format!("{}{}", &signature[..42], &alphabet[next..=next]);
    reject(&format!("{message}.{tail}")).await;
    reject(&format!("{good}=")).await;
    reject(&format!("{header}=.{claims}.{signature}")).await;
    reject(&format!("{good}.{signature}")).await;
    reject(&format!("{good}.")).await;
    reject(&format!(".{good}")).await;
    reject(&format!("{header}..{signature}")).await;
    reject(message).await;
    reject(header).await;
    for space in [" ", "\n", "\t", "\u{a0}", "\0"] {
        reject(&format!("{header}{space}.{claims}.{signature}")).await;
        reject(&format!("{space}{good}")).await;
        reject(&format!("{good}{space}")).await;
    }
    for end in [0, 1, 20, good.len() - 1] {
        reject(&good[..end]).await;
    }
}

#[tokio::test]
async fn long_tokens_are_rejected() {
    let long = with_claims(&json!({"x": "x".repeat(64 * 1024)}));
    reject(&long).await;
    reject(&".".repeat(64 * 1024)).await;
    let room = 8 * 1024 - with_claims(&json!({"x": ""})).len();
    let fits = with_claims(&json!({"x": "x".repeat(room * 3 / 4 - 3)}));
    assert!(
        (8 * 1024 - 8..=8 * 1024).contains(&fits.len()),
        "{}",
        fits.len()
    );
    check(&fits, Ok(())).await;
}

#[tokio::test]
async fn deep_nesting_is_rejected() {
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(2_000), "]".repeat(2_000));
    reject(&sign(r#"{"alg":"HS256"}"#, &deep, HS256, &signer(HS256))).await;
}

#[tokio::test]
async fn a_signature_of_another_algorithm_is_rejected() {
    let header = json!({"alg": "HS256"});
    reject(&token(RSA, RS256, &header, &json!({}))).await;
    let header = json!({"alg": "PS256"});
    reject(&token(RSA, RS256, &header, &json!({}))).await;
    let header = json!({"alg": "RS256"});
    reject(&token(HMAC, HS256, &header, &json!({}))).await;
}
