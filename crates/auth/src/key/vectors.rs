//! Test vectors of Project Wycheproof, verified with keys from JWK sets.
//!
//! The messages are not tokens, so the vectors bypass the token parser.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;
use crate::jwks;

/// The number of checked vectors, so that no group is skipped unnoticed.
#[derive(Default)]
struct Counts {
    valid: usize,
    invalid: usize,
}

impl Counts {
    fn check(
        &mut self,
        keys: &[Key],
        algorithm: Algorithm,
        (message, signature): (&[u8], &[u8]),
        expected: TestResult,
        id: usize,
    ) {
        let token = Token {
            header: Header {
                algorithm,
                key_id: None,
                token_type: None,
            },
            claims: serde_json::Map::new(),
            message,
            signature: signature.to_owned(),
        };
        let is_verified = keys[0].fits(&token.header) && keys[0].verifies(&token);
        match expected {
            TestResult::Valid => self.valid += 1,
            TestResult::Invalid => self.invalid += 1,
            // A weak encoding that may be accepted.
            TestResult::Acceptable => return,
        }
        assert_eq!(
            is_verified,
            expected == TestResult::Valid,
            "{algorithm}, vector {id}"
        );
    }
}

/// Parses a JWK set with one key, for one algorithm.
fn key(jwk: &Value, algorithm: Algorithm) -> Vec<Key> {
    let document = json!({"keys": [jwk]}).to_string();
    let read = jwks::parse(document.as_bytes(), &[algorithm]).unwrap();
    assert_eq!(
        read.keys.len(),
        1,
        "{}",
        crate::SkippedKey::line(&read.skipped)
    );
    read.keys
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn rsa_signatures_match_wycheproof() {
    let mut counts = Counts::default();
    for (name, algorithm) in [
        (rsa_pkcs1_verify::TestName::Rsa2048Sha256, Algorithm::Rs256),
        (rsa_pkcs1_verify::TestName::Rsa2048Sha384, Algorithm::Rs384),
        (rsa_pkcs1_verify::TestName::Rsa4096Sha512, Algorithm::Rs512),
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let jwk = json!({"kty": "RSA", "n": encode(&group.key.n), "e": encode(&group.key.e)});
            let keys = key(&jwk, algorithm);
            for test in group.tests {
                let signed = (test.msg.as_slice(), test.sig.as_slice());
                counts.check(&keys, algorithm, signed, test.result, test.tc_id);
            }
        }
    }
    for (name, algorithm) in [
        (
            rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32,
            Algorithm::Ps256,
        ),
        (
            rsa_pss_verify::TestName::RsaPss2048Sha384Mgf1SaltLen48,
            Algorithm::Ps384,
        ),
        (
            rsa_pss_verify::TestName::RsaPss4096Sha512Mgf1SaltLen64,
            Algorithm::Ps512,
        ),
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let jwk = json!({"kty": "RSA", "n": encode(&group.key.n), "e": encode(&group.key.e)});
            let keys = key(&jwk, algorithm);
            for test in group.tests {
                let signed = (test.msg.as_slice(), test.sig.as_slice());
                counts.check(&keys, algorithm, signed, test.result, test.tc_id);
            }
        }
    }
    assert!(
        counts.valid > 100 && counts.invalid > 500,
        "{} {}",
        counts.valid,
        counts.invalid
    );
}

#[test]
fn ecdsa_signatures_match_wycheproof() {
    let mut counts = Counts::default();
    for (name, curve, algorithm) in [
        (
            ecdsa::TestName::EcdsaSecp256r1Sha256P1363,
            "P-256",
            Algorithm::Es256,
        ),
        (
            ecdsa::TestName::EcdsaSecp384r1Sha384P1363,
            "P-384",
            Algorithm::Es384,
        ),
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            // Integers with and without leading zeros, as other languages write them.
            let (x, y) = (encode(&group.key.affine_x), encode(&group.key.affine_y));
            let keys = key(
                &json!({"kty": "EC", "crv": curve, "x": x, "y": y}),
                algorithm,
            );
            for test in group.tests {
                let signed = (test.msg.as_slice(), test.sig.as_slice());
                counts.check(&keys, algorithm, signed, test.result, test.tc_id);
            }
        }
    }
    assert!(
        counts.valid > 100 && counts.invalid > 100,
        "{} {}",
        counts.valid,
        counts.invalid
    );
}

#[test]
fn ed25519_signatures_match_wycheproof() {
    let mut counts = Counts::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&group.key.pk)});
        let keys = key(&jwk, Algorithm::EdDsa);
        for test in group.tests {
            let signed = (test.msg.as_slice(), test.sig.as_slice());
            counts.check(&keys, Algorithm::EdDsa, signed, test.result, test.tc_id);
        }
    }
    assert!(
        counts.valid > 50 && counts.invalid > 50,
        "{} {}",
        counts.valid,
        counts.invalid
    );
}

#[test]
fn hmac_tags_match_wycheproof() {
    let mut counts = Counts::default();
    for (name, algorithm, bits) in [
        (mac::TestName::HmacSha256, Algorithm::Hs256, 256),
        (mac::TestName::HmacSha384, Algorithm::Hs384, 384),
        (mac::TestName::HmacSha512, Algorithm::Hs512, 512),
    ] {
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let material = DecodingKey::from_secret(&test.key);
                let keys: Vec<_> = Key::new(None, KeyKind::Secret, material, &[algorithm])
                    .into_iter()
                    .collect();
                // A truncated tag is valid for an HMAC, but never for a token.
                let is_whole = group.tag_size == bits;
                let expected = if is_whole {
                    test.result
                } else {
                    TestResult::Invalid
                };
                let signed = (test.msg.as_slice(), test.tag.as_slice());
                counts.check(&keys, algorithm, signed, expected, test.tc_id);
            }
        }
    }
    assert!(
        counts.valid > 50 && counts.invalid > 50,
        "{} {}",
        counts.valid,
        counts.invalid
    );
}
