//! Parsing of JWK sets (RFC 7517).

use std::ops::RangeInclusive;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey,
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use crate::{
    Algorithm,
    algorithm::{KeyKind, RSA_BITS},
    key::Key,
    skipped_key::{SkipReason, SkippedKey},
};

/// The sizes of RSA exponents that the verifier accepts, in bits.
const EXPONENT_BITS: RangeInclusive<usize> = 2..=33;

/// Base64url that may have non-zero trailing bits. Tokens are decoded strictly.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The keys of a JWK set.
pub(crate) struct ReadKeys {
    /// The usable keys.
    pub(crate) keys: Vec<Key>,
    /// The unusable keys.
    pub(crate) skipped: Vec<SkippedKey>,
}

/// Why a document is not a JWK set.
#[derive(Debug, thiserror::Error)]
pub enum NotKeySet {
    /// It is not a JSON object.
    #[error("not a JSON object")]
    Json,
    /// It has no array `keys`.
    #[error("a JSON object without an array `keys`")]
    NoKeys,
    /// It is the metadata of an issuer (OpenID Connect Discovery §3).
    #[error("not the keys but the issuer's configuration; its jwks_uri has the keys")]
    Discovery,
}

/// Parses a JWK set, and returns the keys that fit `algorithms`.
///
/// An unusable key does not affect the others.
pub(crate) fn parse(document: &[u8], algorithms: &[Algorithm]) -> Result<ReadKeys, NotKeySet> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let Ok(Value::Object(mut document)) = serde_json::from_slice(document) else {
        return Err(NotKeySet::Json);
    };
    let Some(Value::Array(values)) = document.remove("keys") else {
        let is_discovery = document.contains_key("jwks_uri");
        return Err(if is_discovery {
            NotKeySet::Discovery
        } else {
            NotKeySet::NoKeys
        });
    };
    let mut read = ReadKeys {
        keys: Vec::new(),
        skipped: Vec::new(),
    };
    for (index, value) in values.iter().enumerate() {
        match Jwk::read(value).and_then(|jwk| jwk.key(algorithms)) {
            Ok(key) => read.keys.push(key),
            Err(reason) => read.skipped.push(SkippedKey {
                name: match value.get("kid").and_then(Value::as_str) {
                    Some(id) => id.to_owned(),
                    None => format!("number {}", index + 1),
                },
                reason,
            }),
        }
    }
    Ok(read)
}

/// Returns the length of a big-endian number in bits.
pub(crate) fn bit_length(number: &[u8]) -> usize {
    let digits = without_zeros(number);
    let unused = digits
        .first()
        .map_or(0, |first| first.leading_zeros() as usize);
    digits.len() * 8 - unused
}

/// A key of a JWK set. Null members count as absent; `x5c`, `x5t` and unknown members are ignored.
struct Jwk<'a>(&'a Map<String, Value>);

impl<'a> Jwk<'a> {
    fn read(value: &'a Value) -> Result<Self, SkipReason> {
        let members = value.as_object().ok_or(SkipReason::NotObject)?;
        Ok(Self(members))
    }

    fn member(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &'static str) -> Result<Option<&'a str>, SkipReason> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        value.as_str().map(Some).ok_or(SkipReason::NotString(name))
    }

    fn key(&self, algorithms: &[Algorithm]) -> Result<Key, SkipReason> {
        if self.member("d").is_some() || self.member("k").is_some() {
            return Err(SkipReason::Secret);
        }
        self.check_usage()?;
        let (id, algorithm) = (self.text("kid")?, self.text("alg")?);
        let (kind, material) = self.material()?;
        let usable = match algorithm {
            None => algorithms.to_vec(),
            Some(name) => {
                let own = Algorithm::parse(name).filter(|own| algorithms.contains(own));
                vec![own.ok_or_else(|| SkipReason::Algorithm(name.to_owned()))?]
            }
        };
        let key = Key::new(id.map(str::to_owned), kind, material, &usable);
        key.ok_or_else(|| match algorithm {
            None => SkipReason::Unused(kind),
            Some(name) => SkipReason::Unfit(name.to_owned(), kind),
        })
    }

    fn check_usage(&self) -> Result<(), SkipReason> {
        if let Some(usage) = self.text("use")?.filter(|usage| *usage != "sig") {
            return Err(SkipReason::Usage(usage.to_owned()));
        }
        let operations = match self.member("key_ops") {
            None => return Ok(()),
            Some(value) => value.as_array().ok_or(SkipReason::NotArray("key_ops"))?,
        };
        if operations.iter().any(|operation| operation == "verify") {
            Ok(())
        } else {
            Err(SkipReason::Operations)
        }
    }

    fn material(&self) -> Result<(KeyKind, DecodingKey), SkipReason> {
        let kind = self.text("kty")?.ok_or(SkipReason::Missing("kty"))?;
        let curve = self.text("crv")?;
        match (kind, curve) {
            ("RSA", _) => Ok((KeyKind::Rsa, self.rsa()?)),
            ("EC", Some("P-256")) => Ok((KeyKind::P256, self.point(&ECDSA_P256_SHA256_FIXED, 32)?)),
            ("EC", Some("P-384")) => Ok((KeyKind::P384, self.point(&ECDSA_P384_SHA384_FIXED, 48)?)),
            ("OKP", Some("Ed25519")) => {
                let x = self.bytes("x")?;
                if x.len() != 32 {
                    return Err(SkipReason::Length("x", x.len()));
                }
                Ok((KeyKind::Ed25519, DecodingKey::from_ed_der(&x)))
            }
            ("EC" | "OKP", None) => Err(SkipReason::Missing("crv")),
            ("EC" | "OKP", Some(curve)) => Err(SkipReason::Curve(curve.to_owned())),
            (kind, _) => Err(SkipReason::Kind(kind.to_owned())),
        }
    }

    fn rsa(&self) -> Result<DecodingKey, SkipReason> {
        // RFC 7518 §6.3.1.1 forbids leading zeros, but the integers of many languages have one.
        let (n, e) = (self.bytes("n")?, self.bytes("e")?);
        let (n, e) = (without_zeros(&n), without_zeros(&e));
        let bits = bit_length(n);
        if !RSA_BITS.contains(&bits) {
            return Err(SkipReason::RsaBits(bits));
        }
        // The verifier would reject such a key only with each token.
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        if !is_odd(n) || !is_odd(e) || !EXPONENT_BITS.contains(&bit_length(e)) {
            return Err(SkipReason::Rejected("RSA"));
        }
        Ok(DecodingKey::from_rsa_raw_components(n, e))
    }

    /// Returns the uncompressed point. Coordinates are padded, because many libraries strip leading
    /// zeros.
    fn point(
        &self,
        algorithm: &'static EcdsaVerificationAlgorithm,
        length: usize,
    ) -> Result<DecodingKey, SkipReason> {
        let mut point = vec![4];
        for name in ["x", "y"] {
            let coordinate = self.bytes(name)?;
            let digits = without_zeros(&coordinate);
            let zeros = length.checked_sub(digits.len());
            let zeros = zeros.ok_or(SkipReason::Length(name, coordinate.len()))?;
            point.resize(point.len() + zeros, 0);
            point.extend_from_slice(digits);
        }
        let parsed = ParsedPublicKey::new(algorithm, &point);
        parsed.map_err(|_| SkipReason::Rejected("EC"))?;
        Ok(DecodingKey::from_ec_der(&point))
    }

    fn bytes(&self, name: &'static str) -> Result<Vec<u8>, SkipReason> {
        let text = self.text(name)?.ok_or(SkipReason::Missing(name))?;
        let bytes = LENIENT.decode(url_safe(text));
        bytes.map_err(|_| SkipReason::Encoding(name))
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// Translates `text` to the alphabet of base64url, without padding and white space.
fn url_safe(text: &str) -> String {
    let characters = text.chars().filter(|character| !character.is_whitespace());
    let translated = characters.map(|character| match character {
        '+' => '-',
        '/' => '_',
        other => other,
    });
    let mut translated: String = translated.collect();
    translated.truncate(translated.trim_end_matches('=').len());
    translated
}

#[cfg(test)]
mod tests;
