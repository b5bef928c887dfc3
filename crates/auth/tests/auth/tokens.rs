//! Checks of claims.

use jsonwebtoken::Algorithm::{ES256, EdDSA, HS256, HS384, PS256, RS256};
use manyface_auth::{SubjectKind, TokenAuthenticator};
use manyface_core::{
    AuthErrorKind, AuthErrorKind::Expired, AuthErrorKind::Invalid, AuthErrorKind::NoSubject,
    AuthErrorKind::WrongKind, Caller, ProfileRef, Subject,
};
use serde_json::{Value, json};

use crate::support::{
    DIALECT, EC, ED, HMAC, RSA, START, authenticate, authenticate_in, authenticator, clock, config,
    environment, issuer, set_time, token, with_claims, with_header,
};

async fn check(token: &str, expected: Result<(), AuthErrorKind>) {
    let outcome = authenticate(&authenticator(), token).await;
    assert_eq!(outcome.map(|_| ()), expected, "{token}");
}

#[tokio::test]
async fn every_family_of_algorithms_is_accepted() {
    for (issuer, algorithm) in [
        (HMAC, HS256),
        (RSA, RS256),
        (RSA, PS256),
        (EC, ES256),
        (ED, EdDSA),
    ] {
        check(&token(issuer, algorithm, &json!({}), &json!({})), Ok(())).await;
    }
}

#[tokio::test]
async fn unlisted_algorithms_are_rejected() {
    check(&token(HMAC, HS384, &json!({}), &json!({})), Err(Invalid)).await;
    check(&token(RSA, HS256, &json!({}), &json!({})), Err(Invalid)).await;
}

#[tokio::test]
async fn issuer_and_audience_are_checked() {
    check(&with_claims(&json!({"iss": null})), Err(Invalid)).await;
    check(&with_claims(&json!({"iss": ""})), Err(Invalid)).await;
    check(&with_claims(&json!({"iss": [HMAC]})), Err(Invalid)).await;
    check(
        &with_claims(&json!({"iss": "https://else.example.com/"})),
        Err(Invalid),
    )
    .await;
    // Signed by another issuer of the same dialect.
    check(&with_claims(&json!({"iss": RSA})), Err(Invalid)).await;
    check(&token(EC, RS256, &json!({}), &json!({})), Err(Invalid)).await;
    check(&with_claims(&json!({"aud": ["else", DIALECT]})), Ok(())).await;
    check(&with_claims(&json!({"aud": null})), Err(Invalid)).await;
    check(&with_claims(&json!({"aud": "else"})), Err(Invalid)).await;
    check(&with_claims(&json!({"aud": "Movieknight"})), Err(Invalid)).await;
    check(&with_claims(&json!({"aud": []})), Err(Invalid)).await;
    check(
        &with_claims(&json!({"aud": {DIALECT: DIALECT}})),
        Err(Invalid),
    )
    .await;
}

#[tokio::test]
async fn a_token_is_valid_for_its_dialect_only() {
    let authenticator = authenticator();
    let token = with_claims(&json!({}));
    assert!(authenticate(&authenticator, &token).await.is_ok());
    let outcome = authenticate_in(&authenticator, "whop", &token).await;
    assert_eq!(outcome, Err(Invalid));
}

#[tokio::test]
async fn times_are_checked_with_leeway() {
    for (exp, expected) in [
        (json!(START - 29), Ok(())),
        (json!(START - 30), Err(Expired)),
        (json!(0), Err(Expired)),
        (json!(1_800_000_000.5), Ok(())),
        (json!(START + 30 * 86_400), Ok(())),
        (json!(START + 30 * 86_400 + 1), Err(Invalid)),
        (json!(253_402_300_799_i64), Err(Invalid)),
        (json!(i64::MAX), Err(Invalid)),
        (json!(u64::MAX), Err(Invalid)),
        (json!(1e300), Err(Invalid)),
        (json!(-1), Err(Invalid)),
        (json!("1900000000"), Err(Invalid)),
        (json!([START + 600]), Err(Invalid)),
        (json!(true), Err(Invalid)),
        (Value::Null, Err(Invalid)),
    ] {
        check(&with_claims(&json!({"exp": exp})), expected).await;
        if expected != Ok(()) {
            check(&with_claims(&json!({"exp": exp, "iat": null})), expected).await;
        }
    }
    for claim in ["nbf", "iat"] {
        check(&with_claims(&json!({claim: START + 30})), Ok(())).await;
        check(&with_claims(&json!({claim: START + 31})), Err(Invalid)).await;
        check(&with_claims(&json!({claim: "now"})), Err(Invalid)).await;
        check(&with_claims(&json!({claim: -1})), Err(Invalid)).await;
    }
    // An old token with a long lifetime.
    let old = json!({"iat": START - 30 * 86_400, "exp": START + 600});
    check(&with_claims(&old), Err(Invalid)).await;
}

#[tokio::test]
async fn expiry_is_reported_only_after_verification() {
    let expired = with_claims(&json!({"exp": START - 600}));
    check(&expired, Err(Expired)).await;
    let forged = format!("{}.{}", expired.rsplit_once('.').unwrap().0, "A".repeat(43));
    check(&forged, Err(Invalid)).await;
}

#[tokio::test]
async fn a_subject_is_a_short_string_without_control_characters() {
    check(&with_claims(&json!({"sub": "é".repeat(255)})), Ok(())).await;
    check(&with_claims(&json!({"sub": null})), Err(NoSubject)).await;
    for sub in [
        json!(""),
        json!(1),
        json!(["user-1"]),
        json!("x".repeat(256)),
        json!("a\u{0}b"),
        json!("a\nb"),
        json!("a\u{85}b"),
    ] {
        check(&with_claims(&json!({"sub": sub})), Err(Invalid)).await;
    }
}

#[tokio::test]
async fn other_token_types_are_rejected() {
    for typ in [
        Value::Null,
        json!("jwt"),
        json!("AT+JWT"),
        json!("application/at+jwt"),
        json!("Application/JWT"),
    ] {
        check(&with_header(&json!({"typ": typ})), Ok(())).await;
    }
    for typ in [
        "id_token+jwt",
        "dpop+jwt",
        "refresh+jwt",
        "secevent+jwt",
        "application/",
        "",
    ] {
        check(&with_header(&json!({"typ": typ})), Err(WrongKind)).await;
    }
}

#[tokio::test]
async fn required_claims_must_have_their_exact_value() {
    set_time(0);
    let issuer = issuer(
        HMAC,
        &["HS256"],
        &json!({"secret_env": "SECRET", "token_types": ["at+jwt"],
               "required_claims": {"token_type": "access", "level": 2}}),
    );
    let authenticator = TokenAuthenticator::builder(config(vec![issuer]), clock)
        .environment(environment)
        .build()
        .unwrap();
    let typ = json!({"typ": "at+jwt"});
    for (typ, claims, expected) in [
        (&typ, json!({"token_type": "access", "level": 2}), Ok(())),
        (
            &typ,
            json!({"token_type": "access", "level": "2"}),
            Err(WrongKind),
        ),
        (
            &typ,
            json!({"token_type": "refresh", "level": 2}),
            Err(WrongKind),
        ),
        (
            &typ,
            json!({"token_type": ["access"], "level": 2}),
            Err(WrongKind),
        ),
        (&typ, json!({}), Err(WrongKind)),
        (
            &json!({"typ": null}),
            json!({"token_type": "access", "level": 2}),
            Err(WrongKind),
        ),
    ] {
        let token = token(HMAC, HS256, typ, &claims);
        let outcome = authenticate(&authenticator, &token).await;
        assert_eq!(outcome.map(|_| ()), expected, "{claims}");
    }
}

#[tokio::test]
async fn scopes_come_as_text_or_array() {
    for (claims, expected) in [
        (json!({"scope": "a b:c"}), vec!["a", "b:c"]),
        (json!({"scope": "  a   b "}), vec!["a", "b"]),
        (json!({"scope": ["a", "b"]}), vec!["a", "b"]),
        (json!({"scp": ["a"]}), vec!["a"]),
        (json!({"scp": "a b"}), vec!["a", "b"]),
        (json!({"scope": "", "scp": ["a"]}), vec![]),
        (json!({"scope": []}), vec![]),
        (json!({}), vec![]),
    ] {
        let caller = authenticate(&authenticator(), &with_claims(&claims)).await;
        assert_eq!(caller.unwrap().scopes, expected, "{claims}");
    }
    for scope in [json!(1), json!({"a": true}), json!(["a", 1])] {
        check(&with_claims(&json!({"scope": scope})), Err(Invalid)).await;
    }
}

#[tokio::test]
async fn groups_come_as_array_or_text() {
    for (claims, expected) in [
        (json!({"groups": ["hr", "on call"]}), vec!["hr", "on call"]),
        (json!({"groups": "on call"}), vec!["on call"]),
        (json!({"groups": []}), vec![]),
        (json!({"groups": null}), vec![]),
        (json!({}), vec![]),
    ] {
        let caller = authenticate(&authenticator(), &with_claims(&claims)).await;
        assert_eq!(caller.unwrap().groups, expected, "{claims}");
    }
    for groups in [json!(1), json!({"hr": true}), json!(["hr", 1])] {
        check(&with_claims(&json!({"groups": groups})), Err(Invalid)).await;
    }
}

#[tokio::test]
async fn tenant_and_account_are_read() {
    let tenant = "019efe55-e4c0-7fff-bfff-ffffffffffff";
    let claims = json!({"tenant_id": tenant, "account_id": "biz_1"});
    let caller = authenticate(&authenticator(), &with_claims(&claims)).await;
    let expected = Caller {
        tenant: Some(tenant.parse().unwrap()),
        account: Some("biz_1".to_owned()),
        ..Caller::user(ProfileRef::External {
            dialect: DIALECT.into(),
            id: "user-1".to_owned(),
        })
    };
    assert_eq!(*caller.unwrap(), expected);
    check(&with_claims(&json!({"tenant_id": "t1"})), Err(Invalid)).await;
    check(&with_claims(&json!({"tenant_id": 1})), Err(Invalid)).await;
    check(&with_claims(&json!({"account_id": ""})), Err(Invalid)).await;
}

#[tokio::test]
async fn the_subject_has_the_configured_meaning() {
    set_time(0);
    let id = "019efe55-e4c0-7fff-bfff-ffffffffffff";
    let named = async |subject, sub: &str| {
        let mut issuer = issuer(HMAC, &["HS256"], &json!({"secret_env": "SECRET"}));
        issuer.subject = subject;
        let authenticator = TokenAuthenticator::builder(config(vec![issuer]), clock)
            .environment(environment)
            .build()
            .unwrap();
        let caller = authenticate(&authenticator, &with_claims(&json!({"sub": sub}))).await?;
        Ok(caller.subject.clone())
    };
    let user = |profile| Ok(Subject::User(profile));
    assert_eq!(
        named(SubjectKind::ProfileId, id).await,
        user(ProfileRef::Id(id.parse().unwrap()))
    );
    assert_eq!(named(SubjectKind::ProfileId, "user-1").await, Err(Invalid));
    assert_eq!(
        named(SubjectKind::Identity, "1").await,
        user(ProfileRef::Identity {
            issuer: HMAC.into(),
            subject: "1".to_owned()
        })
    );
}

#[tokio::test]
async fn cached_tokens_expire() {
    let authenticator = authenticator();
    let token = with_claims(&json!({}));
    let first = authenticate(&authenticator, &token).await.unwrap();
    let second = authenticate(&authenticator, &token).await.unwrap();
    assert!(
        std::sync::Arc::ptr_eq(&first, &second),
        "the token was not cached"
    );
    set_time(629);
    assert!(authenticate(&authenticator, &token).await.is_ok());
    set_time(630);
    assert_eq!(authenticate(&authenticator, &token).await, Err(Expired));
}
