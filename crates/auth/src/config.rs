//! The configuration of tokens.

use std::{collections::BTreeMap, path::PathBuf};

use manyface_core::bounded;
use serde::Deserialize;
use serde_json::Value;

use crate::Algorithm;

/// The issuers of each dialect, and the cache durations.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// How many verified tokens are remembered. Default: 10,000.
    #[serde(deserialize_with = "bounded::<0, 10_000_000, _, _>")]
    pub cache_entries: usize,
    /// How old the keys behind a URL get, in seconds: a key that its issuer removed is rejected no
    /// later, as long as the URL is reachable. They are refetched at half that age. Default: 600.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_age_seconds: u32,
    /// How long keys are trusted that cannot be fetched again, in seconds since they last were. After
    /// that, no token of the issuer can be checked ([`AuthErrorKind::Unavailable`](manyface_core::AuthErrorKind)).
    /// At least `keys_max_age_seconds`. Default: a day.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_stale_seconds: u32,
    /// The least time between two fetches that tokens of no known key cause, and before a failed
    /// fetch is tried again, in seconds. Default: 60.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub refetch_cooldown_seconds: u32,
    /// The issuers of each dialect, by the dialect's name.
    pub dialects: BTreeMap<String, Vec<IssuerConfig>>,
}

/// Someone who issues tokens for one dialect.
///
/// Exactly one of [`secret_file`](Self::secret_file), [`secret_env`](Self::secret_env),
/// [`pem_file`](Self::pem_file), [`jwks_file`](Self::jwks_file) and [`jwks_url`](Self::jwks_url) is set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuerConfig {
    /// The exact `iss` of the tokens. Empty, where that is allowed: any that no other issuer of the
    /// dialect claims.
    pub issuer: String,
    /// A token's `aud` has at least one of these. Empty, where that is allowed: `aud` is not checked.
    pub audience: Vec<String>,
    /// The accepted clients, for issuers whose access tokens have no `aud` (Amazon
    /// Cognito). With `audience`, a token must satisfy both. Default: empty, not checked.
    pub client_ids: Vec<String>,
    /// The claims that may hold the client's id; the first that is there counts. Default:
    /// `["client_id", "azp"]`.
    pub client_claims: Vec<String>,
    /// The accepted signature algorithms; never taken from the token alone.
    pub algorithms: Vec<Algorithm>,
    /// A file with an HMAC secret of at least 32 bytes; one line end after it is ignored.
    pub secret_file: Option<PathBuf>,
    /// The name of an environment variable with an HMAC secret of at least 32 bytes.
    pub secret_env: Option<String>,
    /// A file with one public key (RSA of at least 2048 bits, P-256, P-384 or Ed25519) as PEM.
    pub pem_file: Option<PathBuf>,
    /// A file with public keys as a JWK set (RFC 7517 §5).
    pub jwks_file: Option<PathBuf>,
    /// The URL of the issuer's JWK set: `https`, or `http` on a loopback host.
    pub jwks_url: Option<String>,
    /// The meaning of the subject claim. Default: [`SubjectKind::ExternalId`].
    pub subject: SubjectKind,
    /// The claim that names the user, such as `user_id` or `oid`. Where it is set, also to `sub`, a
    /// integer is read as its digits. Default: `sub`, which is a string (RFC 7519 §4.1.2).
    pub subject_claim: Option<String>,
    /// How far clocks may differ, in seconds, at most 300. Default: 30.
    #[serde(deserialize_with = "bounded::<0, 300, _, _>")]
    pub leeway_seconds: u32,
    /// The longest a token may live, from `iat` or, without it, from now, in seconds. Default: 30 days.
    #[serde(deserialize_with = "bounded::<1, 315_360_000, _, _>")]
    pub max_lifetime_seconds: u32,
    /// The accepted values of the header's `typ`, in any case, with or without `application/`; the
    /// empty string means a token without `typ`. Default: `["", "JWT", "at+jwt"]`.
    pub token_types: Vec<String>,
    /// Claims a token must have, each with its exact value.
    pub required_claims: BTreeMap<String, Value>,
    /// The claims that may hold the scopes, as one text separated by spaces or as an array; the first
    /// that is there counts. Default: `["scope", "scp"]`.
    pub scope_claims: Vec<String>,
    /// The claim that holds the tenant's UUID. Default: `tenant_id`.
    pub tenant_claim: String,
    /// The claim that holds the account's id. Default: `account_id`.
    pub account_claim: String,
    /// The claim that holds the groups that policies know the user by, as an array of texts or as
    /// one text, which is one group. Default: `groups`.
    pub groups_claim: String,
    /// The claims from which users are created at their first request, by field, such as
    /// `{ username = "preferred_username", email = "email" }`. Default: empty, users are not created.
    pub provision: BTreeMap<String, String>,
}

/// The meaning of a token's subject claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The profile's id in the dialect the token is for.
    #[default]
    ExternalId,
    /// The profile's canonical UUID.
    ProfileId,
    /// The user at the issuer: `iss` and the subject claim together.
    Identity,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            cache_entries: 10_000,
            keys_max_age_seconds: 600,
            keys_max_stale_seconds: 24 * 60 * 60,
            refetch_cooldown_seconds: 60,
            dialects: BTreeMap::new(),
        }
    }
}

impl Default for IssuerConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: Vec::new(),
            client_ids: Vec::new(),
            client_claims: ["client_id", "azp"].map(str::to_owned).into(),
            algorithms: Vec::new(),
            secret_file: None,
            secret_env: None,
            pem_file: None,
            jwks_file: None,
            jwks_url: None,
            subject: SubjectKind::default(),
            subject_claim: None,
            leeway_seconds: 30,
            max_lifetime_seconds: 30 * 24 * 60 * 60,
            token_types: ["", "JWT", "at+jwt"].map(str::to_owned).into(),
            required_claims: BTreeMap::new(),
            scope_claims: ["scope", "scp"].map(str::to_owned).into(),
            tenant_claim: "tenant_id".to_owned(),
            account_claim: "account_id".to_owned(),
            groups_claim: "groups".to_owned(),
            provision: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn what_is_not_written_has_its_default() {
        assert_eq!(
            from_value::<AuthConfig>(json!({})).unwrap(),
            AuthConfig::default()
        );
        let issuer: IssuerConfig =
            from_value(json!({"algorithms": ["RS256", "EdDSA"], "subject": "profile_id"})).unwrap();
        assert_eq!(
            issuer,
            IssuerConfig {
                algorithms: vec![Algorithm::Rs256, Algorithm::EdDsa],
                subject: SubjectKind::ProfileId,
                ..IssuerConfig::default()
            }
        );
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let error = from_value::<IssuerConfig>(json!({"isuer": "x"})).unwrap_err();
        assert!(error.to_string().contains("isuer"));
        let error = from_value::<AuthConfig>(json!({"cache": 1})).unwrap_err();
        assert!(error.to_string().contains("cache"));
        assert!(from_value::<IssuerConfig>(json!({"algorithms": ["none"]})).is_err());
    }
}
