//! Keys, tokens, a clock and a key server for tests.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm::{self, HS256},
    AlgorithmFamily::{Ec, Ed, Hmac, Rsa},
    EncodingKey, crypto,
    jwk::Jwk,
};
use manyface_auth::{AuthConfig, FetchKeys, IssuerConfig, TokenAuthenticator};
use manyface_core::{AuthErrorKind, Authenticator, BoxError, Caller};
use serde_json::{Value, json};

/// The time when tests start, in seconds since the epoch.
pub(crate) const START: i64 = 1_800_000_000;

pub(crate) const DIALECT: &str = "movieknight";
pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";
pub(crate) const HMAC: &str = "https://hmac.example.com/";
pub(crate) const RSA: &str = "https://rsa.example.com/";
pub(crate) const EC: &str = "https://ec.example.com/";
pub(crate) const ED: &str = "https://ed.example.com/";

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(START) };
}

/// Returns the time of this thread, which isolates tests from each other.
pub(crate) fn clock() -> Timestamp {
    Timestamp::from_second(NOW.get()).unwrap()
}

/// Sets the time to `seconds` after the start.
pub(crate) fn set_time(seconds: i64) {
    NOW.set(START + seconds);
}

pub(crate) fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/keys")
        .join(file)
}

pub(crate) fn read(file: &str) -> Vec<u8> {
    std::fs::read(path(file)).unwrap()
}

/// Returns the signing key for `algorithm`.
pub(crate) fn signer(algorithm: Algorithm) -> EncodingKey {
    match algorithm.family() {
        Hmac => Ok(EncodingKey::from_secret(SECRET.as_bytes())),
        Rsa => EncodingKey::from_rsa_pem(&read("rsa.private.pem")),
        Ec => EncodingKey::from_ec_pem(&read("ec-256.private.pem")),
        Ed => EncodingKey::from_ed_pem(&read("ed25519.private.pem")),
    }
    .unwrap()
}

pub(crate) fn encode(part: &str) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// Returns a token with exactly this header and these claims.
pub(crate) fn sign(header: &str, claims: &str, algorithm: Algorithm, key: &EncodingKey) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Returns valid claims of `issuer` with `changes`. Null removes a claim.
pub(crate) fn claims(issuer: &str, changes: &Value) -> String {
    let mut claims = json!({
        "iss": issuer, "aud": DIALECT, "sub": "user-1", "iat": START, "exp": START + 600,
    });
    change(&mut claims, changes);
    claims.to_string()
}

/// Returns a token of `issuer`, signed with the usual key for `algorithm`. Null removes a member.
pub(crate) fn token(
    issuer: &str,
    algorithm: Algorithm,
    header_changes: &Value,
    claim_changes: &Value,
) -> String {
    let mut header = json!({"alg": algorithm, "typ": "JWT"});
    change(&mut header, header_changes);
    sign(
        &header.to_string(),
        &claims(issuer, claim_changes),
        algorithm,
        &signer(algorithm),
    )
}

/// Returns a valid token of [`HMAC`] with changed claims.
pub(crate) fn with_claims(changes: &Value) -> String {
    token(HMAC, HS256, &json!({}), changes)
}

/// Returns a valid token of [`HMAC`] with a changed header.
pub(crate) fn with_header(changes: &Value) -> String {
    token(HMAC, HS256, changes, &json!({}))
}

fn change(object: &mut Value, changes: &Value) {
    let object = object.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        object.remove(name);
        if !value.is_null() {
            object.insert(name.clone(), value.clone());
        }
    }
}

/// Returns the configuration of an issuer, deserialized as from TOML.
pub(crate) fn issuer(name: &str, algorithms: &[&str], rest: &Value) -> IssuerConfig {
    let mut config = json!({"issuer": name, "audience": [DIALECT], "algorithms": algorithms});
    change(&mut config, rest);
    serde_json::from_value(config).unwrap()
}

pub(crate) fn config(issuers: Vec<IssuerConfig>) -> AuthConfig {
    AuthConfig {
        dialects: [(DIALECT.to_owned(), issuers)].into(),
        ..AuthConfig::default()
    }
}

/// Returns an authenticator with an issuer for each kind of key.
pub(crate) fn authenticator() -> TokenAuthenticator {
    set_time(0);
    let issuers = vec![
        issuer(HMAC, &["HS256"], &json!({"secret_env": "SECRET"})),
        issuer(
            RSA,
            &["RS256", "PS256"],
            &json!({"pem_file": path("rsa.public.pem")}),
        ),
        issuer(
            EC,
            &["ES256"],
            &json!({"pem_file": path("ec-256.public.pem")}),
        ),
        issuer(
            ED,
            &["EdDSA"],
            &json!({"pem_file": path("ed25519.public.pem")}),
        ),
    ];
    TokenAuthenticator::builder(config(issuers), clock)
        .environment(environment)
        .strict(true)
        .build()
        .unwrap()
}

pub(crate) fn environment(name: &str) -> Option<String> {
    match name {
        "SECRET" => Some(SECRET.to_owned()),
        "SHORT" => Some("hunter2".to_owned()),
        _ => None,
    }
}

pub(crate) async fn authenticate(
    authenticator: &TokenAuthenticator,
    token: &str,
) -> Result<Arc<Caller>, AuthErrorKind> {
    authenticate_in(authenticator, DIALECT, token).await
}

pub(crate) async fn authenticate_in(
    authenticator: &TokenAuthenticator,
    dialect: &str,
    token: &str,
) -> Result<Arc<Caller>, AuthErrorKind> {
    let outcome = authenticator.authenticate(dialect, token).await;
    outcome.map_err(|error| error.kind)
}

/// Returns a JWK set with the public keys for `algorithms`, whose names are the key ids.
pub(crate) fn key_set(algorithms: &[Algorithm]) -> String {
    let keys: Vec<Value> = algorithms
        .iter()
        .map(|algorithm| {
            let jwk = Jwk::from_encoding_key(&signer(*algorithm), *algorithm).unwrap();
            let mut jwk = serde_json::to_value(jwk).unwrap();
            change(&mut jwk, &json!({"kid": algorithm, "alg": null}));
            jwk
        })
        .collect();
    json!({"keys": keys}).to_string()
}

/// Returns a JWK set with one public RSA key, with or without `kid`.
pub(crate) fn rsa_key_set(private: &str, kid: Option<&str>) -> String {
    let key = EncodingKey::from_rsa_pem(&read(private)).unwrap();
    let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    change(&mut jwk, &json!({"kid": kid, "alg": null}));
    json!({"keys": [jwk]}).to_string()
}

/// A key server without a network.
#[derive(Default)]
pub(crate) struct Published {
    /// `None` if the server does not respond.
    document: Mutex<Option<String>>,
    fetches: AtomicUsize,
}

impl Published {
    pub(crate) fn publish(&self, document: Option<String>) {
        *self.document.lock().unwrap() = document;
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

impl FetchKeys for Published {
    fn fetch(&self, _url: &str) -> Result<Vec<u8>, BoxError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let document = self.document.lock().unwrap().clone();
        document
            .map(String::into_bytes)
            .ok_or_else(|| "no response".into())
    }
}
