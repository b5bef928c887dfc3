//! Tests of JWK sets in the forms that issuers publish.

use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;

const ALL: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];
/// The P-256 key of RFC 7515, appendix A.3.
const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn read(key: &Value) -> ReadKeys {
    let document = json!({"keys": [key]}).to_string();
    parse(document.as_bytes(), &ALL).unwrap()
}

/// Checks that the key is usable.
fn check_usable(key: &Value) {
    let read = read(key);
    assert_eq!(
        read.keys.len(),
        1,
        "{key}: {}",
        SkippedKey::line(&read.skipped)
    );
}

/// Checks that the key is skipped for the reason `expected`.
fn check_skipped(key: &Value, expected: &str) {
    let read = read(key);
    assert!(read.keys.is_empty(), "{key}");
    assert_eq!(SkippedKey::line(&read.skipped), expected, "{key}");
}

fn modulus() -> Vec<u8> {
    vec![0xff; 256]
}

fn rsa(changes: &Value) -> Value {
    let mut key = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(modulus()), "e": "AQAB"});
    let members = changes.as_object().unwrap().clone();
    key.as_object_mut().unwrap().extend(members);
    key
}

#[test]
fn published_forms_of_keys_are_parsed() {
    let (n, with_zero) = (modulus(), [&[0, 0], modulus().as_slice()].concat());
    check_usable(&rsa(&json!({})));
    check_usable(&rsa(
        &json!({"alg": "RS256", "use": "sig", "key_ops": ["verify"]}),
    ));
    check_usable(&rsa(
        &json!({"alg": null, "use": null, "kid": null, "d": null, "k": null}),
    ));
    check_usable(&rsa(&json!({"n": URL_SAFE_NO_PAD.encode(&with_zero)})));
    check_usable(&rsa(&json!({"n": URL_SAFE.encode(&n)})));
    check_usable(&rsa(&json!({"n": STANDARD.encode(&n)})));
    check_usable(&rsa(&json!({"n": STANDARD.encode(&n).replace('=', "")})));
    check_usable(&rsa(
        &json!({"n": STANDARD.encode(&n).replace("////////", "////////\r\n ")}),
    ));
    check_usable(&rsa(&json!({"e": "AAEAAQ"})));
    check_usable(&rsa(&json!({"e": "AQAB="})));
    check_usable(&rsa(&json!({"e": "Aw"})));
    check_usable(&rsa(&json!({"e": "Ax"})));
    check_usable(&rsa(
        &json!({"x5c": [1], "x5t": {}, "x5t#S256": 7, "iat": "x"}),
    ));
    check_usable(&json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y}));
    let y = URL_SAFE_NO_PAD.decode(Y).unwrap();
    let y = URL_SAFE_NO_PAD.encode([&[0], y.as_slice()].concat());
    check_usable(&json!({"kty": "EC", "crv": "P-256", "x": X, "y": y}));
    check_usable(&json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": "EdDSA"}));
    check_usable(&json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": "Ed25519"}));
}

#[test]
fn short_coordinates_are_padded() {
    // The point on P-256 with x = 5.
    let y = "RZJDuapYGAb-kTvOmYF63hHKUDxk2aPFM0FcCDJI-8w";
    let read = read(&json!({"kty": "EC", "crv": "P-256", "x": "BQ", "y": y}));
    let point = [
        &[4][..],
        &[0; 31],
        &[5],
        &URL_SAFE_NO_PAD.decode(y).unwrap(),
    ]
    .concat();
    assert_eq!(read.keys[0].secret_or_der(), point);
}

#[test]
fn unusable_keys_are_listed_with_the_reason() {
    check_skipped(
        &rsa(&json!({"kid": "k1", "n": "*"})),
        "key k1: n is not base64url",
    );
    check_skipped(&rsa(&json!({"n": 7})), "key number 1: n is not a string");
    check_skipped(&rsa(&json!({"e": null})), "key number 1: e is missing");
    check_skipped(
        &rsa(&json!({"kid": 7})),
        "key number 1: kid is not a string",
    );
    check_skipped(&rsa(&json!({"kty": null})), "key number 1: kty is missing");
    check_skipped(
        &rsa(&json!({"key_ops": "verify"})),
        "key number 1: key_ops is not an array",
    );
    for (bytes, bits) in [
        (vec![0xff; 255], 2040),
        (vec![0x7f; 256], 2047),
        (vec![1; 1025], 8193),
    ] {
        let expected = format!("key number 1: an RSA key of {bits} bits, expected 2048 to 8192");
        check_skipped(
            &rsa(&json!({"n": URL_SAFE_NO_PAD.encode(bytes)})),
            &expected,
        );
    }
    for e in ["AA", "AQ", "AQAA", "BAAAAAE"] {
        check_skipped(&rsa(&json!({"e": e})), "key number 1: not a valid RSA key");
    }
    let ec = |x: &str, y: &str| json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
    check_skipped(&ec(X, X), "key number 1: not a valid EC key");
    check_skipped(&ec(X, "AQ"), "key number 1: not a valid EC key");
    let long = URL_SAFE_NO_PAD.encode([1; 33]);
    check_skipped(
        &ec(X, &long),
        "key number 1: y has 33 bytes, which do not fit its curve",
    );
    let short = json!({"kty": "OKP", "crv": "Ed25519", "x": "AQ"});
    check_skipped(
        &short,
        "key number 1: x has 1 bytes, which do not fit its curve",
    );
    check_skipped(
        &rsa(&json!({"alg": "ES256"})),
        "key number 1: alg \"ES256\" does not fit an RSA key",
    );
    check_skipped(&json!("key"), "key number 1: not a JSON object");
    let secret =
        "key number 1: a private or symmetric key, which does not belong in a published set";
    check_skipped(&rsa(&json!({"d": "AQAB"})), secret);
    check_skipped(&json!({"kty": "oct", "k": "AQAB"}), secret);
}

#[test]
fn keys_for_other_purposes_are_not_faulty() {
    for key in [
        rsa(&json!({"alg": "PS256"})),
        rsa(&json!({"alg": "RSA-OAEP"})),
        rsa(&json!({"use": "enc"})),
        rsa(&json!({"key_ops": ["encrypt"]})),
        json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": Y}),
        json!({"kty": "OKP", "crv": "X25519", "x": X}),
        json!({"kty": "AKP", "alg": "ML-DSA-44"}),
    ] {
        let read = read(&key);
        assert!(
            read.keys.is_empty() && !read.skipped[0].is_faulty(),
            "{key}"
        );
    }
    let read = parse(
        json!({"keys": [rsa(&json!({}))]}).to_string().as_bytes(),
        &ALL[1..],
    );
    let line = SkippedKey::line(&read.unwrap().skipped);
    assert_eq!(
        line,
        "key number 1: an RSA key, for none of the issuer's algorithms"
    );
}

#[test]
fn a_bad_key_does_not_affect_others() {
    let good = rsa(&json!({"kid": "good"}));
    let mut keys = vec![
        json!(null),
        rsa(&json!({"n": 1})),
        json!({"kty": "oct", "k": "x"}),
    ];
    keys.extend(vec![good; 500]);
    let document = format!("\u{feff}{}\n", json!({"keys": keys, "more": true}));
    let read = parse(document.as_bytes(), &ALL).unwrap();
    assert_eq!((read.keys.len(), read.skipped.len()), (500, 3));
}

#[test]
fn other_documents_are_rejected() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        "<html>",
        r#"{"keys":null}"#,
    ] {
        assert!(parse(text.as_bytes(), &ALL).is_err(), "{text}");
    }
    let discovery = br#"{"issuer":"https://x","jwks_uri":"https://x/keys"}"#;
    let error = parse(discovery, &ALL).err().unwrap();
    assert!(error.to_string().contains("jwks_uri"), "{error}");
}
