//! Authentication of API keys.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use manyface_core::{
    ApiKey, ApiKeyHolder, ApiKeys, AuthError, AuthErrorKind, Authenticator, Caller, Subject,
};

use crate::TokenKind;

/// Authenticates API keys, and passes other credentials on.
///
/// Keys are looked up by their digest for each request, so that a revoked key is rejected at once
/// and the response time reveals nothing about other keys.
pub struct ApiKeyAuthenticator {
    keys: Arc<dyn ApiKeys>,
    others: Arc<dyn Authenticator>,
}

impl ApiKeyAuthenticator {
    /// Returns an authenticator for the API keys in `keys`. `others` authenticates other
    /// credentials.
    pub fn new(keys: Arc<dyn ApiKeys>, others: Arc<dyn Authenticator>) -> Self {
        Self { keys, others }
    }

    /// Returns whether `credential` has the prefix of an API key.
    pub fn is_api_key(credential: &str) -> bool {
        credential.starts_with(TokenKind::ApiKey.prefix())
    }
}

#[async_trait]
impl Authenticator for ApiKeyAuthenticator {
    async fn authenticate(
        &self,
        dialect: &str,
        credential: &str,
    ) -> Result<Arc<Caller>, AuthError> {
        if !Self::is_api_key(credential) {
            return self.others.authenticate(dialect, credential).await;
        }
        // Malformed keys cause no look-up.
        let Some(digest) = TokenKind::ApiKey.digest(credential) else {
            return Err(AuthError {
                code: "malformed_api_key",
                reason: Some("an API key is mfk_ and 43 characters of base64url".into()),
                ..AuthErrorKind::Invalid.into()
            });
        };
        let found = self.keys.find(dialect, &digest).await;
        match found {
            Ok(Some(key)) => Ok(Arc::new(caller(key))),
            Ok(None) => Err(AuthError {
                code: "unknown_api_key",
                reason: Some("no such API key: unknown, revoked, or of another dialect".into()),
                ..AuthErrorKind::Invalid.into()
            }),
            Err(error) => Err(AuthError {
                code: "api_keys_unavailable",
                reason: Some(error.into()),
                ..AuthErrorKind::Unavailable.into()
            }),
        }
    }
}

fn caller(key: ApiKey) -> Caller {
    let ApiKey {
        id,
        dialect: _,
        app,
        accounts,
        tenant_id,
        scopes,
        api_version,
        created_at: _,
        revoked_at: _,
    } = key;
    let mut caller = Caller::anonymous();
    caller.subject = Subject::ApiKey(ApiKeyHolder {
        id,
        tenant_id,
        app,
        accounts,
        api_version,
    });
    caller.scopes = scopes;
    caller
}

impl fmt::Debug for ApiKeyAuthenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiKeyAuthenticator")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use manyface_core::{MemoryProfiles, ProfileRef, TenantId, Timestamp};

    use super::*;
    use crate::{NewToken, secret_token::SECRET_LENGTH};

    struct Others;

    /// Keys whose look-up fails.
    struct UnavailableKeys;

    #[async_trait]
    impl ApiKeys for UnavailableKeys {
        async fn find(&self, _: &str, _: &[u8; 32]) -> manyface_core::Result<Option<ApiKey>> {
            Err(manyface_core::Error::Unavailable(None))
        }

        async fn add(&self, _: &ApiKey, _: &[u8; 32]) -> manyface_core::Result<()> {
            Err(manyface_core::Error::Unavailable(None))
        }

        async fn list(&self) -> manyface_core::Result<Vec<ApiKey>> {
            Err(manyface_core::Error::Unavailable(None))
        }

        async fn revoke(&self, _: &str, _: Timestamp) -> manyface_core::Result<bool> {
            Err(manyface_core::Error::Unavailable(None))
        }
    }

    #[async_trait]
    impl Authenticator for Others {
        async fn authenticate(&self, _: &str, _: &str) -> Result<Arc<Caller>, AuthError> {
            let who = ProfileRef::Username("other".to_owned());
            Ok(Arc::new(Caller::user(who)))
        }
    }

    fn key(id: &str) -> ApiKey {
        ApiKey {
            id: id.to_owned(),
            dialect: "whop".to_owned(),
            app: None,
            accounts: vec!["biz_1".to_owned()],
            tenant_id: TenantId("9f1c7a52-3a2b-4c5d-8e6f-0123456789ab".parse().unwrap()),
            scopes: vec!["a".to_owned()],
            api_version: Some("2026-07-01".to_owned()),
            created_at: Timestamp::UNIX_EPOCH,
            revoked_at: None,
        }
    }

    #[tokio::test]
    async fn a_key_authenticates_its_account_until_it_is_revoked() {
        let keys = Arc::new(MemoryProfiles::default());
        let authenticator = ApiKeyAuthenticator::new(Arc::clone(&keys) as _, Arc::new(Others));
        let new = NewToken::of_random(TokenKind::ApiKey, [7; 32]);
        assert_eq!(new.as_str().len(), 47);
        assert!(!format!("{new:?}").contains(new.as_str()));
        keys.add(&key("key_1"), &new.digest()).await.unwrap();

        let caller = authenticator
            .authenticate("whop", new.as_str())
            .await
            .unwrap();
        assert_eq!(caller.actor(), "key:key_1");
        assert!(caller.may_act_for("biz_1") && !caller.may_act_for("biz_2"));
        assert!(caller.has_scope("a") && caller.profile().is_none());
        assert!(
            matches!(&caller.subject, Subject::ApiKey(known) if known.tenant_id == key("x").tenant_id)
        );

        for (dialect, credential) in [
            ("tenant", new.as_str().to_owned()),
            ("whop", format!("{}x", new.as_str())),
            (
                "whop",
                new.as_str().to_uppercase().replacen("MFK_", "mfk_", 1),
            ),
            ("whop", TokenKind::ApiKey.prefix().to_owned()),
        ] {
            let rejected = authenticator.authenticate(dialect, &credential).await;
            assert_eq!(
                rejected.unwrap_err().kind,
                AuthErrorKind::Invalid,
                "{credential}"
            );
        }
        keys.revoke("key_1", Timestamp::UNIX_EPOCH).await.unwrap();
        let rejected = authenticator.authenticate("whop", new.as_str()).await;
        assert_eq!(rejected.unwrap_err().kind, AuthErrorKind::Invalid);
        let other = authenticator.authenticate("whop", "ey.x.y").await.unwrap();
        assert!(other.profile().is_some());
    }
    #[tokio::test]
    async fn malformed_keys_are_not_looked_up() {
        let authenticator = ApiKeyAuthenticator::new(Arc::new(UnavailableKeys), Arc::new(Others));
        let secret = "a".repeat(SECRET_LENGTH);
        for (secret, code) in [
            (secret.clone(), "api_keys_unavailable"),
            (secret.replacen('a', "-", 1), "api_keys_unavailable"),
            (secret.replacen('a', "_", 1), "api_keys_unavailable"),
            (String::new(), "malformed_api_key"),
            (secret[1..].to_owned(), "malformed_api_key"),
            (format!("{secret}a"), "malformed_api_key"),
            (secret.replacen('a', "+", 1), "malformed_api_key"),
            (secret.replacen("aa", "é", 1), "malformed_api_key"),
        ] {
            let key = format!("{}{secret}", TokenKind::ApiKey.prefix());
            let rejected = authenticator.authenticate("whop", &key).await.unwrap_err();
            assert_eq!(rejected.code, code, "{key}");
        }
    }
}
