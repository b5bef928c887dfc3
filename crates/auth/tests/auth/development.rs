//! Tokens of the development issuer.

use std::time::Duration;

use manyface_auth::{AuthConfig, DevelopmentIssuer, Mint, SubjectKind, TokenAuthenticator};
use manyface_core::{AuthErrorKind, Caller, ProfileRef};

use crate::support::{DIALECT, authenticate_in, clock, set_time};

fn mint() -> Mint<'static> {
    Mint {
        dialect: DIALECT,
        subject: "user-1",
        scopes: &["profile:read", "profile:write"],
        tenant: Some("019efe55-e4c0-7fff-bfff-ffffffffffff".parse().unwrap()),
        account: Some("biz_1"),
        groups: &[],
        id: Some("token-1"),
        now: clock(),
        ttl: Duration::from_secs(3600),
    }
}

#[tokio::test]
async fn a_minted_token_is_valid_for_its_dialect_and_lifetime() {
    set_time(0);
    let issuer = DevelopmentIssuer::new(&[7; 32]).unwrap();
    let authenticator = TokenAuthenticator::builder(AuthConfig::default(), clock)
        .development(DIALECT, SubjectKind::ExternalId, &issuer)
        .development("whop", SubjectKind::ProfileId, &issuer)
        .build()
        .unwrap();
    let token = issuer.mint(&mint());
    let expected = Caller {
        scopes: mint().scopes.iter().map(ToString::to_string).collect(),
        tenant: mint().tenant,
        account: Some("biz_1".to_owned()),
        ..Caller::user(ProfileRef::External {
            dialect: DIALECT.into(),
            id: "user-1".to_owned(),
        })
    };
    let caller = authenticate_in(&authenticator, DIALECT, &token).await;
    assert_eq!(*caller.unwrap(), expected);
    let elsewhere = authenticate_in(&authenticator, "whop", &token).await;
    assert_eq!(elsewhere, Err(AuthErrorKind::Invalid));
    set_time(3630);
    let later = authenticate_in(&authenticator, DIALECT, &token).await;
    assert_eq!(later, Err(AuthErrorKind::Expired));
}

#[tokio::test]
async fn tokens_of_another_secret_are_rejected() {
    set_time(0);
    let ours = DevelopmentIssuer::new(&[7; 32]).unwrap();
    let theirs = DevelopmentIssuer::new(&[8; 32]).unwrap();
    let authenticator = TokenAuthenticator::builder(AuthConfig::default(), clock)
        .development(DIALECT, SubjectKind::ExternalId, &ours)
        .build()
        .unwrap();
    let forged = theirs.mint(&mint());
    let outcome = authenticate_in(&authenticator, DIALECT, &forged).await;
    assert_eq!(outcome, Err(AuthErrorKind::Invalid));
}

#[test]
fn debug_output_omits_the_secret() {
    let issuer = DevelopmentIssuer::new(&[7; 32]).unwrap();
    assert_eq!(format!("{issuer:?}"), "DevelopmentIssuer { .. }");
}
