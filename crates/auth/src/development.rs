//! The built-in issuer for development.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{EncodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use manyface_core::TenantId;
use serde_json::{Map, Value};

use crate::{
    Algorithm, Problem, SetupError, SubjectKind, config::IssuerConfig, key::Key, local_keys,
};

/// The `iss` of development tokens.
pub const DEVELOPMENT_ISSUER: &str = "manyface-development";

/// Signs tokens with HS256 and a secret.
#[derive(Clone)]
pub struct DevelopmentIssuer {
    secret: Vec<u8>,
    max_lifetime_seconds: u32,
}

/// The content of a development token.
#[derive(Clone, Debug)]
pub struct Mint<'a> {
    /// The dialect.
    pub dialect: &'a str,
    /// `sub`.
    pub subject: &'a str,
    /// `scope`; omitted if empty.
    pub scopes: &'a [&'a str],
    /// `tenant_id`.
    pub tenant: Option<TenantId>,
    /// `account_id`.
    pub account: Option<&'a str>,
    /// `groups`; omitted if empty.
    pub groups: &'a [&'a str],
    /// `jti`.
    pub id: Option<&'a str>,
    /// `iat`.
    pub now: Timestamp,
    /// The lifetime, from `now` to `exp`. Authenticators reject more than the issuer's maximum.
    pub ttl: Duration,
}

impl DevelopmentIssuer {
    /// Returns an issuer with this secret of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, SetupError> {
        if secret.len() < local_keys::MIN_SECRET_BYTES {
            let problem = Problem::ShortSecret("the development key".to_owned());
            return Err(problem.of("any", DEVELOPMENT_ISSUER));
        }
        Ok(Self {
            secret: secret.to_owned(),
            max_lifetime_seconds: IssuerConfig::default().max_lifetime_seconds,
        })
    }

    /// Sets the maximum lifetime of accepted tokens, in seconds. Default: 30 days.
    #[must_use]
    pub fn with_max_lifetime(mut self, seconds: u32) -> Self {
        self.max_lifetime_seconds = seconds;
        self
    }

    /// Signs a token.
    ///
    /// # Panics
    ///
    /// Never: HMAC accepts keys and messages of any length.
    pub fn mint(&self, mint: &Mint<'_>) -> String {
        let Mint {
            dialect,
            subject,
            scopes,
            tenant,
            account,
            groups,
            id,
            now,
            ttl,
        } = mint;
        let issued_at = now.as_second();
        let lifetime = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let scope = (!scopes.is_empty()).then(|| scopes.join(" "));
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Option<Value>| {
            claims.extend(value.map(|value| (name.to_owned(), value)));
        };
        claim("iss", Some(DEVELOPMENT_ISSUER.into()));
        claim("aud", Some(audience(dialect).into()));
        claim("sub", Some((*subject).into()));
        claim("iat", Some(issued_at.into()));
        claim("exp", Some(issued_at.saturating_add(lifetime).into()));
        claim("jti", id.map(Value::from));
        claim("scope", scope.map(Value::from));
        claim("tenant_id", tenant.map(|tenant| tenant.to_string().into()));
        claim("account_id", account.map(Value::from));
        claim("groups", (!groups.is_empty()).then(|| (*groups).into()));
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
        let message = format!("{header}.{claims}");
        let signature = self.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Returns the configuration that accepts the tokens for `dialect`.
    pub(crate) fn config(&self, dialect: &str, subject: SubjectKind) -> IssuerConfig {
        IssuerConfig {
            max_lifetime_seconds: self.max_lifetime_seconds,
            issuer: DEVELOPMENT_ISSUER.to_owned(),
            audience: vec![audience(dialect)],
            algorithms: vec![Algorithm::Hs256],
            subject,
            ..IssuerConfig::default()
        }
    }

    /// Returns the keys that verify the tokens.
    pub(crate) fn keys(&self) -> Result<Vec<Key>, Problem> {
        local_keys::from_secret(&self.secret, "the development key", &[Algorithm::Hs256])
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let key = EncodingKey::from_secret(&self.secret);
        (DEFAULT_PROVIDER.signer_factory)(&jsonwebtoken::Algorithm::HS256, &key)
            .expect("a secret fits HS256")
            .sign(message)
    }
}

impl fmt::Debug for DevelopmentIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DevelopmentIssuer")
            .finish_non_exhaustive()
    }
}

fn audience(dialect: &str) -> String {
    format!("manyface:{dialect}")
}
