//! Errors of the configuration of authentication.

use std::{io, path::PathBuf};

use crate::{Algorithm, NotKeySet, algorithm::KeyKind};

/// An insecure or invalid configuration. The message is one line without secrets.
#[derive(Debug, thiserror::Error)]
#[error("dialect {dialect}, issuer {issuer:?}: {problem}")]
pub struct SetupError {
    /// The dialect of the issuer.
    pub dialect: String,
    /// The `iss` of the issuer, which may be empty.
    pub issuer: String,
    /// The problem.
    pub problem: Problem,
}

/// What is wrong with the configuration of an issuer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A dialect, or the whole configuration, has no issuer.
    #[error("no issuer is configured, so every token would be rejected")]
    NoIssuer,
    /// `issuer` is empty.
    #[error("issuer is missing")]
    MissingIssuer,
    /// `audience` and `client_ids` are empty.
    #[error("audience is missing (or client_ids, if tokens only identify their client)")]
    MissingAudience,
    /// A setting is empty or has an empty entry.
    #[error("{0} has an empty entry")]
    EmptyEntry(&'static str),
    /// A setting is a list that must not be empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A setting begins or ends with white space.
    #[error("{0} begins or ends with white space")]
    WhiteSpace(&'static str),
    /// Two issuers of one dialect have the same name.
    #[error("the issuer is configured twice")]
    Twice,
    /// `subject = "identity"` needs a name for the issuer.
    #[error("subject = \"identity\" needs an issuer")]
    IdentityWithoutIssuer,
    /// `provision` lacks the user name or the email address.
    #[error("provision needs claims for username and email")]
    ProvisionWithoutNames,
    /// `provision` is combined with UUIDs, which only the server assigns.
    #[error("provision needs subject = \"identity\" or \"external_id\"")]
    ProvisionOfProfileIds,
    /// The development issuer is not for production.
    #[error("development tokens are not accepted in production")]
    Development,
    /// `algorithms` is empty.
    #[error("algorithms is empty")]
    NoAlgorithm,
    /// HMAC and public key algorithms are combined: a holder of the public key could sign tokens.
    #[error("HS algorithms and public key algorithms cannot be combined")]
    MixedAlgorithms,
    /// None of the five sources is set.
    #[error("no key: set secret_file, secret_env, pem_file, jwks_file or jwks_url")]
    NoKeySource,
    /// More than one source is set.
    #[error("set only one of secret_file, secret_env, pem_file, jwks_file and jwks_url")]
    ManyKeySources,
    /// `leeway_seconds` is too large.
    #[error("leeway_seconds is more than 300")]
    Leeway,
    /// `max_lifetime_seconds` is zero.
    #[error("max_lifetime_seconds is 0")]
    MaxLifetime,
    /// `keys_max_age_seconds` is zero: keys would be fetched for each token.
    #[error("keys_max_age_seconds is 0")]
    KeysMaxAge,
    /// `keys_max_stale_seconds` is too small: keys would be dropped before they are fetched again.
    #[error("keys_max_stale_seconds is less than keys_max_age_seconds")]
    KeysMaxStale,
    /// A file cannot be read.
    #[error("cannot read {file}: {cause}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// An environment variable is not set, or empty.
    #[error("the environment variable {0} is not set or empty")]
    Unset(String),
    /// A secret has fewer than 32 bytes.
    #[error("the secret in {0} is shorter than 32 bytes")]
    ShortSecret(String),
    /// A file is not one public key.
    #[error("{0} is not one public key in PEM (RSA, P-256, P-384 or Ed25519)")]
    NotPublicKey(PathBuf),
    /// A file contains a private key.
    #[error("{0} contains a private key; configure the public key")]
    PrivateKey(PathBuf),
    /// An RSA key has fewer than 2048 bits.
    #[error("the RSA key in {0} is shorter than 2048 bits")]
    WeakKey(PathBuf),
    /// An algorithm does not work with the key.
    #[error("{algorithm} does not fit {key}")]
    Unfit {
        /// The algorithm.
        algorithm: Algorithm,
        /// A description of the key: `an RSA key`.
        key: String,
    },
    /// A file is not a JWK set.
    #[error("{0} is not a JWK set: {1}")]
    NotKeySet(PathBuf, #[source] NotKeySet),
    /// No key of a JWK set fits the algorithms. Lists the keys with the reasons.
    #[error("{0} has no key that fits the algorithms: {1}")]
    NoKey(PathBuf, String),
    /// A JWK set contains a private or symmetric key.
    #[error("{0} contains a private or symmetric key")]
    SecretInKeySet(PathBuf),
    /// `jwks_url` cannot be trusted.
    #[error(
        "jwks_url must be https, or http on a loopback host, and contain no user name or password"
    )]
    Url,
}

impl Problem {
    pub(crate) fn unfit(algorithm: Algorithm, kind: KeyKind) -> Self {
        Self::Unfit {
            algorithm,
            key: kind.to_string(),
        }
    }

    pub(crate) fn of(self, dialect: &str, issuer: &str) -> SetupError {
        SetupError {
            dialect: dialect.to_owned(),
            issuer: issuer.to_owned(),
            problem: self,
        }
    }
}
