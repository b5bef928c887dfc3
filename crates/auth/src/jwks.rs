//! JWK sets (RFC 7517).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use crate::{Algorithm, algorithm::KeyKind, key::Key};

/// The RSA keys that are used, in bits. The upper end is what the verifier takes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// What a JWK set held.
pub(crate) struct ReadKeys {
    /// The keys that can be used.
    pub(crate) keys: Vec<Key>,
    /// How many keys were left out for being private or symmetric.
    pub(crate) secret: usize,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// The members that are read, of all kinds of keys.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Reads a JWK set and keeps the keys that fit `algorithms`; `None` if it is not a JWK set.
///
/// A key that cannot be used does not spoil the others.
pub(crate) fn parse(document: &[u8], algorithms: &[Algorithm]) -> Option<ReadKeys> {
    let document: Document = serde_json::from_slice(document).ok()?;
    let mut read = ReadKeys {
        keys: Vec::new(),
        secret: 0,
    };
    for value in document.keys {
        if value.get("d").is_some() || value.get("k").is_some() {
            read.secret += 1;
        } else if let Ok(jwk) = serde_json::from_value::<Jwk>(value) {
            read.keys.extend(jwk.into_key(algorithms));
        }
    }
    Some(read)
}

/// Whether an RSA modulus (big endian) is of a length that is used.
pub(crate) fn is_strong_modulus(modulus: &[u8]) -> bool {
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let bits = modulus.get(zeros).map_or(0, |first| {
        (modulus.len() - zeros) * 8 - first.leading_zeros() as usize
    });
    RSA_BITS.contains(&bits)
}

impl Jwk {
    fn into_key(self, algorithms: &[Algorithm]) -> Option<Key> {
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        let verifies = self
            .key_ops
            .as_ref()
            .is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !signs || !verifies {
            return None;
        }
        let (kind, material) = self.material()?;
        match &self.alg {
            None => Key::new(self.kid, kind, material, algorithms),
            Some(name) => {
                let only = Algorithm::parse(name).filter(|only| algorithms.contains(only))?;
                Key::new(self.kid, kind, material, &[only])
            }
        }
    }

    fn material(&self) -> Option<(KeyKind, DecodingKey)> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let (n, e) = (bytes(self.n.as_deref())?, bytes(self.e.as_deref())?);
                let material = DecodingKey::from_rsa_raw_components(&n, &e);
                is_strong_modulus(&n).then_some((KeyKind::Rsa, material))
            }
            ("EC", Some("P-256")) => Some((KeyKind::P256, self.point(32)?)),
            ("EC", Some("P-384")) => Some((KeyKind::P384, self.point(48)?)),
            ("OKP", Some("Ed25519")) => {
                let x = bytes(self.x.as_deref()).filter(|x| x.len() == 32)?;
                Some((KeyKind::Ed25519, DecodingKey::from_ed_der(&x)))
            }
            _ => None,
        }
    }

    /// The uncompressed point with coordinates of `length` bytes.
    fn point(&self, length: usize) -> Option<DecodingKey> {
        let (x, y) = (bytes(self.x.as_deref())?, bytes(self.y.as_deref())?);
        (x.len() == length && y.len() == length)
            .then(|| DecodingKey::from_ec_der(&[&[4], x.as_slice(), y.as_slice()].concat()))
    }
}

fn bytes(member: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(member?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALL: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

    fn check(key: &Value, expected: usize) {
        let document = json!({"keys": [key]}).to_string();
        let read = parse(document.as_bytes(), &ALL).unwrap();
        assert_eq!(read.keys.len(), expected, "{key}");
    }

    fn of_bytes(byte: u8, length: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![byte; length])
    }

    #[test]
    fn keys_that_fit_are_kept_and_others_skipped() {
        let (n, x) = (of_bytes(0xff, 256), of_bytes(1, 32));
        check(&json!({"kty": "RSA", "n": n, "e": "AQAB"}), 1);
        check(
            &json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "use": "sig"}),
            1,
        );
        check(
            &json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "PS256"}),
            0,
        );
        check(
            &json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "ES256"}),
            0,
        );
        check(
            &json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "HS256"}),
            0,
        );
        check(&json!({"kty": "RSA", "n": n, "e": "AQAB", "use": "enc"}), 0);
        check(
            &json!({"kty": "RSA", "n": n, "e": "AQAB", "key_ops": ["encrypt"]}),
            0,
        );
        check(
            &json!({"kty": "RSA", "n": of_bytes(0xff, 255), "e": "AQAB"}),
            0,
        );
        check(
            &json!({"kty": "RSA", "n": of_bytes(0x7f, 256), "e": "AQAB"}),
            0,
        );
        check(&json!({"kty": "RSA", "e": "AQAB"}), 0);
        check(&json!({"kty": "EC", "crv": "P-256", "x": x, "y": x}), 1);
        check(
            &json!({"kty": "EC", "crv": "P-256", "x": x, "y": of_bytes(1, 31)}),
            0,
        );
        check(&json!({"kty": "EC", "crv": "secp256k1", "x": x, "y": x}), 0);
        check(&json!({"kty": "OKP", "crv": "Ed25519", "x": x}), 1);
        check(&json!({"kty": "OKP", "crv": "X25519", "x": x}), 0);
        check(&json!({"kty": "AKP", "alg": "ML-DSA-44"}), 0);
        check(&json!({"kty": 1}), 0);
        check(&json!("key"), 0);
    }

    #[test]
    fn private_and_symmetric_keys_are_counted_and_left_out() {
        let x = of_bytes(1, 32);
        let document = json!({"keys": [
            {"kty": "oct", "k": x},
            {"kty": "OKP", "crv": "Ed25519", "x": x, "d": x},
            {"kty": "OKP", "crv": "Ed25519", "x": x},
        ]});
        let read = parse(document.to_string().as_bytes(), &ALL).unwrap();
        assert_eq!((read.keys.len(), read.secret), (1, 2));
    }

    #[test]
    fn other_documents_are_refused() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
            assert!(parse(text.as_bytes(), &ALL).is_none(), "{text}");
        }
    }
}
