//! Authentication of bearer tokens.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{AuthError, AuthErrorKind, Authenticator, Caller, SignIns};
use serde_json::Value;

use crate::{
    Excerpt, Excerpts, SetupError,
    cache::{Verified, VerifiedTokens},
    issuer::{Issuer, Origin},
    token::Token,
    token_error::TokenError,
};

/// Authenticates bearer tokens (RFC 6750, RFC 7519) of the configured issuers. If keys are fetched
/// from URLs, [`authenticate`](Authenticator::authenticate) must run in a Tokio runtime.
pub struct TokenAuthenticator {
    pub(crate) clock: fn() -> Timestamp,
    /// The issuers of each dialect. Their names are unique within a dialect.
    pub(crate) issuers: HashMap<String, Vec<Arc<Issuer>>>,
    pub(crate) verified: VerifiedTokens,
    /// The receiver of the first use of tokens of issuers that provision users.
    pub(crate) sign_ins: Option<Arc<dyn SignIns>>,
}

impl TokenAuthenticator {
    /// Starts fetching the keys from URLs, so that the first request need not wait for them.
    /// Requires a Tokio runtime.
    pub fn warm_up(&self) {
        for issuer in self.issuers.values().flatten() {
            match &issuer.origin {
                Origin::Remote(remote) => remote.fetch_in_background((self.clock)()),
                Origin::Given | Origin::Local(_) => {}
            }
        }
    }

    /// Reloads keys from files and environment variables, blocking the thread.
    ///
    /// If loading fails for an issuer, its old keys stay in use. Returns the first error after all
    /// issuers were tried.
    pub fn reload(&self) -> Result<(), SetupError> {
        let mut outcome = Ok(());
        for issuer in self.issuers.values().flatten() {
            outcome = outcome.and(issuer.reload());
        }
        outcome
    }

    /// Fetches the keys from URLs, and returns when all fetches have finished. Requires a Tokio
    /// runtime.
    pub async fn refetch(&self) {
        let now = (self.clock)();
        let fetches: Vec<_> = self
            .issuers
            .values()
            .flatten()
            .filter_map(|issuer| match &issuer.origin {
                Origin::Remote(remote) => Some(remote.refetch(now)),
                Origin::Given | Origin::Local(_) => None,
            })
            .collect();
        for fetch in fetches {
            if let Err(error) = fetch.await {
                tracing::error!(%error, "the fetch of issuer keys was aborted");
            }
        }
    }

    /// Returns the issuer in `dialect` that the token claims as its own.
    pub(crate) fn claimed_issuer(
        &self,
        dialect: &str,
        token: &Token<'_>,
    ) -> Result<&Arc<Issuer>, TokenError> {
        let claimed = match token.claims.get("iss") {
            None => None,
            Some(Value::String(name)) => Some(name.as_str()),
            Some(
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_),
            ) => return Err(TokenError::IssuerForm),
        };
        let issuers = self.issuers.get(dialect).ok_or(TokenError::NoIssuer)?;
        let by_name = |name: &str| issuers.iter().find(|issuer| &*issuer.rules.issuer == name);
        let found = by_name(claimed.unwrap_or_default()).or_else(|| by_name(""));
        found.ok_or_else(|| {
            let expected = Excerpts::new(issuers.iter().map(|issuer| &*issuer.rules.issuer));
            match claimed {
                None => TokenError::IssuerMissing(expected),
                Some(claimed) => TokenError::Issuer {
                    given: Excerpt::new(claimed),
                    expected,
                },
            }
        })
    }

    /// Verifies a token that is not cached, and caches it if it is valid.
    async fn verify(
        &self,
        dialect: &str,
        credential: &str,
        now: Timestamp,
    ) -> Result<Arc<Caller>, AuthError> {
        let token = Token::parse(credential)?;
        let key_id = || Excerpt::of(token.header.key_id.as_deref()).into_text();
        let issuer = self
            .claimed_issuer(dialect, &token)
            .map_err(|error| AuthError {
                key_id: key_id(),
                ..error.into()
            })?;
        let checked = issuer.check(&token, now).await;
        let (caller, valid_until, generation) = checked.map_err(|error| AuthError {
            issuer: Some(Arc::clone(&issuer.rules.issuer)),
            key_id: key_id(),
            ..error.into()
        })?;
        let is_signed_in = match (&self.sign_ins, issuer.rules.sign_in(&caller, &token.claims)) {
            (Some(sign_ins), Some(sign_in)) => {
                let signed_in = sign_ins.sign_in(&sign_in).await;
                signed_in.map_err(|error| AuthError {
                    code: "sign_in_unavailable",
                    reason: Some(error.into()),
                    ..AuthErrorKind::Unavailable.into()
                })?
            }
            (None, _) | (_, None) => true,
        };
        let caller = Arc::new(caller);
        if !is_signed_in {
            return Ok(caller);
        }
        let verified = Verified {
            caller: Arc::clone(&caller),
            issuer: Arc::clone(issuer),
            generation,
            valid_until,
        };
        self.verified.insert(credential, verified);
        Ok(caller)
    }
}

#[async_trait]
impl Authenticator for TokenAuthenticator {
    async fn authenticate(
        &self,
        dialect: &str,
        credential: &str,
    ) -> Result<Arc<Caller>, AuthError> {
        let now = (self.clock)();
        match self.verified.get(dialect, credential, now) {
            Some(caller) => Ok(caller),
            None => self.verify(dialect, credential, now).await,
        }
    }
}

impl fmt::Debug for TokenAuthenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenAuthenticator")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{AuthConfig, DevelopmentIssuer, Mint, SubjectKind};

    fn clock() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    #[tokio::test]
    async fn the_cache_is_bounded_and_has_no_invalid_tokens() {
        for cache_entries in [0, 1, 16] {
            let issuer = DevelopmentIssuer::new(&[7; 32]).unwrap();
            let config = AuthConfig {
                cache_entries,
                ..AuthConfig::default()
            };
            let authenticator = TokenAuthenticator::builder(config, clock)
                .development("d", SubjectKind::ExternalId, &issuer)
                .build()
                .unwrap();
            for n in 0..100 {
                let token = issuer.mint(&Mint {
                    dialect: "d",
                    subject: &n.to_string(),
                    scopes: &[],
                    tenant: None,
                    account: None,
                    groups: &[],
                    id: None,
                    now: clock(),
                    ttl: Duration::from_secs(60),
                });
                let before = authenticator.verified.len();
                let forged = token.replacen("ey", "eyA", 1);
                assert!(authenticator.authenticate("d", &forged).await.is_err());
                assert_eq!(authenticator.verified.len(), before);
                assert!(authenticator.authenticate("d", &token).await.is_ok());
                assert!(authenticator.authenticate("d", &token).await.is_ok());
            }
            assert!(authenticator.verified.len() <= cache_entries);
        }
    }
}
