//! The configuration of token authentication.

use std::{collections::BTreeMap, path::PathBuf};

use manyface_core::bounded;
use serde::Deserialize;
use serde_json::Value;

use crate::Algorithm;

/// The issuers of each dialect, and the cache durations.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The maximum number of cached tokens. Default: 10,000.
    #[serde(deserialize_with = "bounded::<0, 10_000_000, _, _>")]
    pub cache_entries: usize,
    /// The maximum age of keys from a URL, in seconds: keys that the issuer has removed are
    /// rejected after that time at the latest, while the URL is reachable. Keys are fetched again
    /// at half that age. Default: 600.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_age_seconds: u32,
    /// The time for which keys from a URL stay trusted while fetching fails, in seconds since the
    /// last successful fetch. After that, tokens of the issuer fail with
    /// [`AuthErrorKind::Unavailable`](manyface_core::AuthErrorKind). At least
    /// `keys_max_age_seconds`. Default: a day.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_stale_seconds: u32,
    /// The minimum time between fetches that are caused by tokens with unknown keys, and before a
    /// failed fetch is retried, in seconds. Default: 60.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub refetch_cooldown_seconds: u32,
    /// The issuers of each dialect, by the dialect's name.
    pub dialects: BTreeMap<String, Vec<IssuerConfig>>,
}

/// An issuer of tokens for one dialect.
///
/// Exactly one of [`secret_file`](Self::secret_file), [`secret_env`](Self::secret_env),
/// [`pem_file`](Self::pem_file), [`jwks_file`](Self::jwks_file) and [`jwks_url`](Self::jwks_url)
/// must be set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuerConfig {
    /// The exact `iss` of the tokens. If empty (not allowed in production), any `iss` that is not
    /// another issuer of the dialect.
    pub issuer: String,
    /// The accepted values of `aud`, of which a token needs one. If empty (not allowed in
    /// production without `client_ids`), `aud` is not checked.
    pub audience: Vec<String>,
    /// The accepted clients, for issuers whose access tokens have no `aud` (Amazon Cognito). With
    /// `audience`, a token must satisfy both. Default: empty, not checked.
    pub client_ids: Vec<String>,
    /// The claims that may contain the client's id; the first one present is used. Default:
    /// `["client_id", "azp"]`.
    pub client_claims: Vec<String>,
    /// The accepted signature algorithms.
    pub algorithms: Vec<Algorithm>,
    /// A file with an HMAC secret of at least 32 bytes. One line break at its end is ignored.
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
    /// The claim that identifies the user, such as `user_id` or `oid`. If set, even to `sub`, it
    /// may be an integer, which is converted to decimal digits. Default: `sub`, which must be a
    /// string (RFC 7519 §4.1.2).
    pub subject_claim: Option<String>,
    /// The tolerated clock skew, in seconds, at most 300. Default: 30.
    #[serde(deserialize_with = "bounded::<0, 300, _, _>")]
    pub leeway_seconds: u32,
    /// The maximum lifetime of a token, in seconds from `iat`, or from now without `iat`. Default:
    /// 30 days.
    #[serde(deserialize_with = "bounded::<1, 315_360_000, _, _>")]
    pub max_lifetime_seconds: u32,
    /// The accepted values of the header's `typ`, case-insensitive, with or without `application/`.
    /// The empty string means no `typ`. Default: `["", "JWT", "at+jwt"]`.
    pub token_types: Vec<String>,
    /// The claims that a token must have, with their exact values.
    pub required_claims: BTreeMap<String, Value>,
    /// The claims that may contain the scopes, as a space-separated string or as an array; the
    /// first one present is used. Default: `["scope", "scp"]`.
    pub scope_claims: Vec<String>,
    /// The claim with the tenant's UUID. Default: `tenant_id`.
    pub tenant_claim: String,
    /// The claim with the account's id. Default: `account_id`.
    pub account_claim: String,
    /// The claim with the groups that policies refer to, as an array of strings or as a string with
    /// one group. Default: `groups`.
    pub groups_claim: String,
    /// The claims from which users are created at their first request, by field, such as
    /// `{ username = "preferred_username", email = "email" }`. Default: empty, users are not created.
    pub provision: BTreeMap<String, String>,
}

/// The meaning of a token's subject claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The id of the profile in the token's dialect.
    #[default]
    ExternalId,
    /// The UUID of the profile.
    ProfileId,
    /// The user at the issuer, identified by `iss` and the subject claim.
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
    fn omitted_settings_have_their_defaults() {
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
    fn errors_name_unknown_settings() {
        let error = from_value::<IssuerConfig>(json!({"isuer": "x"})).unwrap_err();
        assert!(error.to_string().contains("isuer"));
        let error = from_value::<AuthConfig>(json!({"cache": 1})).unwrap_err();
        assert!(error.to_string().contains("cache"));
        assert!(from_value::<IssuerConfig>(json!({"algorithms": ["none"]})).is_err());
    }
}
