//! Settings of issuers.

use std::error::Error;

use jsonwebtoken::Algorithm::ES256;
use manyface_auth::{IssuerConfig, TokenAuthenticator, TokenError};
use manyface_core::{AuthErrorKind, Authenticator, Claim, ProfileRef, Subject};
use serde_json::{Value, json};

use crate::{
    reasons::rejected,
    support::{
        DIALECT, EC, HMAC, authenticate, authenticator, clock, config, environment, issuer,
        set_time, token, with_claims,
    },
};

/// Returns an authenticator for one issuer with the usual secret and the settings in `rest`.
pub(crate) fn with_issuer(name: &str, rest: &Value) -> TokenAuthenticator {
    build(vec![issuer(name, &["HS256"], &secret(rest))], &[])
}

fn secret(rest: &Value) -> Value {
    let mut settings = json!({"secret_env": "SECRET"});
    settings
        .as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    settings
}

fn build(issuers: Vec<IssuerConfig>, reads: &[Claim]) -> TokenAuthenticator {
    set_time(0);
    TokenAuthenticator::builder(config(issuers), clock)
        .environment(environment)
        .strict(true)
        .reads(DIALECT, reads)
        .build()
        .unwrap()
}

#[tokio::test]
async fn malformed_claims_that_are_not_read_reject_no_token() {
    let unread = [
        (Claim::Account, json!({"account_id": 17})),
        (Claim::Account, json!({"account_id": ""})),
        (Claim::Groups, json!({"groups": [{"id": 1}]})),
        (Claim::Groups, json!({"groups": 7})),
        (Claim::Scopes, json!({"scope": {"read": true}})),
        (Claim::Scopes, json!({"scp": [1]})),
        (Claim::Tenant, json!({"tenant_id": "acme"})),
        (Claim::Tenant, json!({"tenant_id": 7})),
    ];
    for (claim, claims) in unread {
        let all = [Claim::Scopes, Claim::Tenant, Claim::Account, Claim::Groups];
        let others: Vec<_> = all.into_iter().filter(|other| *other != claim).collect();
        for (reads, is_valid) in [(&[][..], true), (&others, true), (&[claim], false)] {
            let authenticator = build(vec![issuer(HMAC, &["HS256"], &secret(&json!({})))], reads);
            let outcome = authenticate(&authenticator, &with_claims(&claims)).await;
            assert_eq!(outcome.is_ok(), is_valid, "{claims} {reads:?}");
        }
    }
    // Well-formed values are kept, so that a contradicting tenant is still detected.
    let authenticator = build(vec![issuer(HMAC, &["HS256"], &secret(&json!({})))], &[]);
    let tenant = "019efe55-e4c0-7fff-bfff-ffffffffffff";
    let claims = json!({"tenant_id": tenant, "account_id": "biz_1", "groups": ["hr"]});
    let caller = authenticate(&authenticator, &with_claims(&claims))
        .await
        .unwrap();
    assert_eq!(caller.tenant.unwrap().to_string(), tenant);
    assert_eq!(caller.account.as_deref(), Some("biz_1"));
    assert_eq!(caller.groups, ["hr"]);
}

#[tokio::test]
async fn client_ids_can_replace_the_audience() {
    let only = json!({"audience": null, "client_ids": ["app-1", "app-2"]});
    let authenticator = with_issuer(HMAC, &only);
    for (claims, expected) in [
        (json!({"aud": null, "client_id": "app-2"}), None),
        (json!({"aud": "else", "azp": "app-1"}), None),
        (json!({"client_id": null, "azp": "app-1"}), None),
        (
            json!({"client_id": "app-3", "azp": "app-1"}),
            Some(r#"client_id is ["app-3"]"#),
        ),
        (json!({"azp": "app-3"}), Some(r#"azp is ["app-3"]"#)),
        (json!({"azp": ["app-1"]}), Some("azp is an array")),
        (json!({}), Some("client_id or azp is missing")),
    ] {
        let token = with_claims(&claims);
        match expected {
            None => assert!(
                authenticate(&authenticator, &token).await.is_ok(),
                "{claims}"
            ),
            Some(given) => {
                let error = rejected(&authenticator, &token).await;
                let reason = error.source().unwrap().to_string();
                assert_eq!(
                    reason,
                    format!(r#"{given}, expected one of ["app-1", "app-2"]"#)
                );
                assert_eq!(
                    (error.code, error.kind),
                    ("wrong_client", AuthErrorKind::Invalid)
                );
            }
        }
    }
    // Both settings apply.
    let both = with_issuer(
        HMAC,
        &json!({"client_ids": ["app-1"], "client_claims": ["appid"]}),
    );
    for (claims, is_valid) in [
        (json!({"appid": "app-1"}), true),
        (json!({"appid": "app-1", "aud": "else"}), false),
        (json!({"client_id": "app-1"}), false),
    ] {
        let outcome = authenticate(&both, &with_claims(&claims)).await;
        assert_eq!(outcome.is_ok(), is_valid, "{claims}");
    }
}

#[tokio::test]
async fn another_claim_can_identify_the_user() {
    let subject = async |settings: Value, claims: Value| {
        let authenticator = with_issuer(HMAC, &settings);
        let outcome = authenticator
            .authenticate(DIALECT, &with_claims(&claims))
            .await;
        outcome.map(|caller| match caller.subject.clone() {
            Subject::User(ProfileRef::External { id, .. }) => id,
            Subject::User(ProfileRef::Identity { subject, .. }) => subject,
            other @ (Subject::User(_) | Subject::ApiKey(_) | Subject::Anonymous) => {
                panic!("{other:?}")
            }
        })
    };
    let user_id = || json!({"subject_claim": "user_id"});
    for (value, expected) in [
        (json!(42), "42"),
        (json!("42"), "42"),
        (json!(-1), "-1"),
        (json!(u64::MAX), "18446744073709551615"),
    ] {
        let named = subject(user_id(), json!({"user_id": value})).await;
        assert_eq!(named.unwrap(), expected);
    }
    for (value, code) in [
        (json!(null), "no_subject"),
        (json!(1.5), "malformed_claim"),
        (json!(1e300), "malformed_claim"),
        (json!(true), "malformed_claim"),
        (json!([42]), "malformed_claim"),
        (json!(""), "malformed_claim"),
    ] {
        let error = subject(user_id(), json!({"user_id": value}))
            .await
            .unwrap_err();
        assert_eq!(error.code, code, "{value}");
    }
    let error = subject(user_id(), json!({})).await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::NoSubject);
    let reason = error.reason.unwrap().downcast::<TokenError>().unwrap();
    assert_eq!(*reason, TokenError::NoSubject("user_id".to_owned()));
    // Integers are accepted only if the claim is configured.
    let named = subject(json!({"subject_claim": "sub"}), json!({"sub": 7})).await;
    assert_eq!(named.unwrap(), "7");
    assert!(subject(json!({}), json!({"sub": 7})).await.is_err());
    let oid = json!({"subject_claim": "oid", "subject": "identity"});
    assert_eq!(subject(oid, json!({"oid": "o-1"})).await.unwrap(), "o-1");
    let key = token(EC, ES256, &json!({}), &json!({"sub": null}));
    let denied = authenticate(&authenticator(), &key).await;
    assert_eq!(denied.unwrap_err(), AuthErrorKind::NoSubject);
}
