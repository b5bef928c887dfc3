//! Keys from files and environment variables.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use jsonwebtoken::{DecodingKey, DecodingKeyKind, crypto::aws_lc::DEFAULT_PROVIDER};

use crate::{
    Algorithm, Problem,
    algorithm::{KeyKind, RSA_BITS},
    jwks::{self, ReadKeys},
    key::Key,
    skipped_key::{SkipReason, SkippedKey},
};

/// The minimum length of a secret, in bytes (RFC 7518 §3.2).
pub(crate) const MIN_SECRET_BYTES: usize = 32;

/// The PEM labels of public keys.
const PUBLIC_LABELS: [&str; 2] = ["PUBLIC KEY", "RSA PUBLIC KEY"];

/// The source of local keys.
pub(crate) enum LocalKeys {
    SecretFile(PathBuf),
    SecretVariable {
        name: String,
        environment: fn(&str) -> Option<String>,
    },
    Pem(PathBuf),
    Jwks(PathBuf),
}

impl LocalKeys {
    /// Loads the keys. A single key must fit all of `algorithms`.
    pub(crate) fn load(&self, algorithms: &[Algorithm]) -> Result<ReadKeys, Problem> {
        let one_key = match self {
            Self::SecretFile(file) => {
                let bytes = read(file)?;
                let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                from_secret(line, &file.display().to_string(), algorithms)
            }
            Self::SecretVariable { name, environment } => {
                let secret = environment(name).ok_or_else(|| Problem::Unset(name.clone()))?;
                from_secret(secret.as_bytes(), name, algorithms)
            }
            Self::Pem(file) => from_pem(&read(file)?, file, algorithms),
            Self::Jwks(file) => return from_jwks(&read(file)?, file, algorithms),
        };
        Ok(ReadKeys {
            keys: one_key?,
            skipped: Vec::new(),
        })
    }
}

impl fmt::Display for LocalKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretFile(file) | Self::Pem(file) | Self::Jwks(file) => {
                file.display().fmt(formatter)
            }
            Self::SecretVariable { name, .. } => write!(formatter, "${name}"),
        }
    }
}

/// Returns an HMAC key. `origin` names its source in messages.
pub(crate) fn from_secret(
    secret: &[u8],
    origin: &str,
    algorithms: &[Algorithm],
) -> Result<Vec<Key>, Problem> {
    if secret.len() < MIN_SECRET_BYTES {
        return Err(Problem::ShortSecret(origin.to_owned()));
    }
    only(
        KeyKind::Secret,
        DecodingKey::from_secret(secret),
        algorithms,
    )
}

fn from_pem(pem: &[u8], file: &Path, algorithms: &[Algorithm]) -> Result<Vec<Key>, Problem> {
    let not_public = || Problem::NotPublicKey(file.to_owned());
    let text = str::from_utf8(pem).map_err(|_| not_public())?;
    if text.contains("PRIVATE KEY-----") {
        return Err(Problem::PrivateKey(file.to_owned()));
    }
    // The parser would misread certificates and chains.
    let is_one_public_key = text.matches("-----BEGIN ").count() == 1
        && PUBLIC_LABELS
            .iter()
            .any(|label| text.contains(&format!("-----BEGIN {label}-----")));
    if !is_one_public_key {
        return Err(not_public());
    }
    let (kind, material) = if let Ok(material) = DecodingKey::from_rsa_pem(pem) {
        (KeyKind::Rsa, material)
    } else if let Ok(material) = DecodingKey::from_ed_pem(pem) {
        (KeyKind::Ed25519, material)
    } else {
        let material = DecodingKey::from_ec_pem(pem).map_err(|_| not_public())?;
        (
            curve(material_bytes(&material)).ok_or_else(not_public)?,
            material,
        )
    };
    if kind == KeyKind::Rsa {
        let components = DEFAULT_PROVIDER
            .key_utils
            .rsa_pub_components_from_public_key;
        let (modulus, _) = components(material_bytes(&material)).map_err(|_| not_public())?;
        if !RSA_BITS.contains(&jwks::bit_length(&modulus)) {
            return Err(Problem::WeakKey(file.to_owned()));
        }
    }
    only(kind, material, algorithms)
}

fn from_jwks(document: &[u8], file: &Path, algorithms: &[Algorithm]) -> Result<ReadKeys, Problem> {
    reject_secret_algorithms(algorithms)?;
    let read = jwks::parse(document, algorithms);
    let read = read.map_err(|error| Problem::NotKeySet(file.to_owned(), error))?;
    if read
        .skipped
        .iter()
        .any(|key| key.reason == SkipReason::Secret)
    {
        return Err(Problem::SecretInKeySet(file.to_owned()));
    }
    if read.keys.is_empty() {
        let skipped = SkippedKey::line(&read.skipped);
        return Err(Problem::NoKey(file.to_owned(), skipped));
    }
    Ok(read)
}

/// Rejects HMAC algorithms, because public key sets contain no secrets.
pub(crate) fn reject_secret_algorithms(algorithms: &[Algorithm]) -> Result<(), Problem> {
    let secret = algorithms
        .iter()
        .find(|algorithm| algorithm.key_kind() == KeyKind::Secret);
    match secret {
        None => Ok(()),
        Some(algorithm) => Err(Problem::Unfit {
            algorithm: *algorithm,
            key: "a set of public keys".to_owned(),
        }),
    }
}

fn only(
    kind: KeyKind,
    material: DecodingKey,
    algorithms: &[Algorithm],
) -> Result<Vec<Key>, Problem> {
    match algorithms
        .iter()
        .find(|algorithm| algorithm.key_kind() != kind)
    {
        Some(unfit) => Err(Problem::unfit(*unfit, kind)),
        None => Ok(Key::new(None, kind, material, algorithms)
            .into_iter()
            .collect()),
    }
}

fn material_bytes(material: &DecodingKey) -> &[u8] {
    match material.kind() {
        DecodingKeyKind::SecretOrDer(bytes) => bytes,
        DecodingKeyKind::RsaModulusExponent { n, .. } => n,
    }
}

/// Returns the curve of an uncompressed point, by its length.
fn curve(point: &[u8]) -> Option<KeyKind> {
    match point.len() {
        65 => Some(KeyKind::P256),
        97 => Some(KeyKind::P384),
        _ => None,
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    fs::read(file).map_err(|cause| Problem::Unreadable {
        file: file.to_owned(),
        cause,
    })
}
