//! From bearer tokens to callers.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use manyface_core::{AuthError, AuthErrorKind, Authenticator, Caller, SignIns};
use serde_json::Value;

use crate::{
    AuthConfig, Builder, Excerpt, Excerpts, SetupError,
    cache::{Verified, VerifiedTokens},
    issuer::{Issuer, Origin},
    token::Token,
    token_error::TokenError,
};

/// Checks bearer tokens (RFC 6750, RFC 7519) of the configured issuers. Keys behind URLs need a Tokio
/// runtime around [`authenticate`](Authenticator::authenticate).
pub struct TokenAuthenticator {
    pub(crate) clock: fn() -> Timestamp,
    /// Each dialect's issuers; no two of one dialect have the same name.
    pub(crate) issuers: HashMap<String, Vec<Arc<Issuer>>>,
    pub(crate) verified: VerifiedTokens,
    /// The receiver of the first use of tokens of issuers that provision users.
    pub(crate) sign_ins: Option<Arc<dyn SignIns>>,
}

impl TokenAuthenticator {
    /// Starts from `config`, with the time of `clock`.
    pub fn builder(config: AuthConfig, clock: fn() -> Timestamp) -> Builder {
        Builder::new(config, clock)
    }

    /// Whether any token could be good for `dialect`.
    pub fn covers(&self, dialect: &str) -> bool {
        self.issuers.contains_key(dialect)
    }

    /// Starts to fetch the keys behind URLs, so that the first request need not wait for them. Call
    /// it in a Tokio runtime.
    pub fn warm_up(&self) {
        for issuer in self.issuers.values().flatten() {
            match &issuer.origin {
                Origin::Remote(remote) => remote.fetch_in_background((self.clock)()),
                Origin::Given | Origin::Local(_) => {}
            }
        }
    }

    /// Reads keys in files and environment variables again. Blocks the thread.
    ///
    /// An issuer whose keys cannot be read keeps the old ones; the others get their new ones. The
    /// error is the first.
    pub fn reload(&self) -> Result<(), SetupError> {
        let mut outcome = Ok(());
        for issuer in self.issuers.values().flatten() {
            outcome = outcome.and(issuer.reload());
        }
        outcome
    }

    /// Fetches the keys behind URLs now, and returns once that is done. Call it in a Tokio runtime.
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

    /// The issuer in `dialect` that a token claims to be from.
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
        let called = |name: &str| issuers.iter().find(|issuer| &*issuer.rules.issuer == name);
        let found = called(claimed.unwrap_or_default()).or_else(|| called(""));
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

    /// Checks a token that is not remembered, and remembers it if it is good.
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
        let (caller, good_until, generation) = checked.map_err(|error| AuthError {
            issuer: Some(Arc::clone(&issuer.rules.issuer)),
            key_id: key_id(),
            ..error.into()
        })?;
        if let Some(sign_ins) = &self.sign_ins
            && let Some(sign_in) = issuer.rules.sign_in(&caller, &token.claims)
            && let Err(error) = sign_ins.sign_in(&sign_in).await
        {
            return Err(AuthError {
                code: "sign_in_unavailable",
                reason: Some(error.into()),
                ..AuthErrorKind::Unavailable.into()
            });
        }
        let caller = Arc::new(caller);
        let verified = Verified {
            caller: Arc::clone(&caller),
            issuer: Arc::clone(issuer),
            generation,
            good_until,
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
    use crate::{DevelopmentIssuer, Mint, SubjectKind};

    fn clock() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    #[tokio::test]
    async fn few_good_tokens_and_no_bad_ones_are_remembered() {
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
