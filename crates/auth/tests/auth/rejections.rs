//! Rejected configurations.

use manyface_auth::{
    DEVELOPMENT_ISSUER, DevelopmentIssuer, IssuerConfig, SubjectKind, TokenAuthenticator,
};
use serde_json::{Value, json};

use crate::support::{DIALECT, RSA, clock, config, environment, issuer, key_set, path};

fn message(issuers: Vec<IssuerConfig>, strict: bool) -> Option<String> {
    TokenAuthenticator::builder(config(issuers), clock)
        .environment(environment)
        .strict(strict)
        .build()
        .err()
        .map(|error| error.to_string())
}

/// Checks that the message for one issuer is a single line with `expected` and the issuer's name.
fn check(algorithms: &[&str], rest: &Value, expected: &str) {
    let message = message(vec![issuer(RSA, algorithms, rest)], true).expect(expected);
    assert!(message.contains(expected), "{message}");
    assert!(message.contains("dialect movieknight"), "{message}");
    assert!(
        !message.contains(['\n']) && !message.contains("hunter2"),
        "{message}"
    );
}

fn pem(file: &str) -> Value {
    json!({"pem_file": path(file)})
}

#[test]
fn exactly_one_key_source_is_required() {
    check(&["RS256"], &json!({}), "no key");
    let two = json!({"pem_file": path("rsa.public.pem"), "jwks_url": "https://x"});
    check(&["RS256"], &two, "only one");
    check(&["RS256"], &pem("absent.pem"), "absent.pem");
    for (secret, expected) in [
        (json!({"secret_env": "UNSET"}), "UNSET"),
        (json!({"secret_env": "SHORT"}), "shorter than 32 bytes"),
        (json!({"secret_file": path("absent")}), "cannot read"),
    ] {
        check(&["HS256"], &secret, expected);
    }
}

#[test]
fn algorithms_must_fit_each_other_and_the_key() {
    for (algorithms, file, expected) in [
        ("", "rsa.public.pem", "algorithms is empty"),
        ("HS256 RS256", "rsa.public.pem", "cannot be combined"),
        ("HS256", "rsa.public.pem", "HS256 does not fit an RSA key"),
        ("RS256 ES256", "rsa.public.pem", "ES256 does not fit an RSA"),
        ("ES384", "ec-256.public.pem", "ES384 does not fit a P-256"),
        ("ES256", "ed25519.public.pem", "does not fit an Ed25519 key"),
    ] {
        let algorithms: Vec<_> = algorithms.split_whitespace().collect();
        check(&algorithms, &pem(file), expected);
    }
    let secret = json!({"secret_env": "SECRET"});
    check(&["RS256"], &secret, "RS256 does not fit a secret");
    let url = json!({"jwks_url": "https://id.example.com/"});
    check(&["HS256"], &url, "HS256 does not fit a set of public keys");
    for (algorithm, file) in [
        ("PS512", "rsa.public.pem"),
        ("ES384", "ec-384.public.pem"),
        ("EdDSA", "ed25519.public.pem"),
    ] {
        assert_eq!(
            message(vec![issuer(RSA, &[algorithm], &pem(file))], true),
            None
        );
    }
}

#[test]
fn a_pem_file_must_be_one_strong_public_key() {
    for (algorithm, file, expected) in [
        ("RS256", "rsa.private.pem", "contains a private key"),
        ("ES256", "ec-256.private.pem", "contains a private key"),
        ("RS256", "rsa-1024.public.pem", "shorter than 2048 bits"),
        ("ES256", "ec-521.public.pem", "is not one public key"),
        ("RS256", "README.md", "is not one public key"),
    ] {
        check(&[algorithm], &pem(file), expected);
    }
}

#[test]
fn a_key_set_must_be_public_and_have_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let set = |document: &str| {
        let file = folder.path().join("jwks.json");
        std::fs::write(&file, document).unwrap();
        json!({"jwks_file": file})
    };
    let rsa = key_set(&[jsonwebtoken::Algorithm::RS256]);
    check(&["RS256"], &set("{}"), "is not a JWK set");
    check(&["RS256"], &set(r#"{"keys":[]}"#), "has no key that fits");
    check(&["ES256"], &set(&rsa), "has no key that fits");
    let secret = key_set(&[jsonwebtoken::Algorithm::HS256]);
    check(
        &["RS256"],
        &set(&secret),
        "contains a private or symmetric key",
    );
    check(
        &["HS256"],
        &set(&secret),
        "does not fit a set of public keys",
    );
    assert_eq!(
        message(vec![issuer(RSA, &["RS256"], &set(&rsa))], true),
        None
    );
}

#[test]
fn key_urls_must_be_https() {
    for url in [
        "http://id.example.com/",
        "https://me:hunter2@id.example.com/",
        "jwks",
        "",
    ] {
        check(&["RS256"], &json!({"jwks_url": url}), "must be https");
    }
}

#[test]
fn settings_that_no_token_can_match_are_rejected() {
    let key = path("rsa.public.pem");
    let with = |name: &str, value: Value| json!({"pem_file": key, name: value});
    for (name, value) in [
        ("audience", json!(["a", ""])),
        ("client_ids", json!([""])),
        ("client_claims", json!(["azp", ""])),
        ("scope_claims", json!([""])),
        ("subject_claim", json!("")),
        ("tenant_claim", json!("")),
        ("groups_claim", json!("")),
    ] {
        let expected = format!("{name} has an empty entry");
        check(&["RS256"], &with(name, value), &expected);
    }
    for (name, value) in [
        ("audience", json!([" a"])),
        ("account_claim", json!("x ")),
        ("issuer", json!("https://rsa.example.com/\n")),
    ] {
        let expected = format!("{name} begins or ends with white space");
        check(&["RS256"], &with(name, value), &expected);
    }
    let no_types = with("token_types", json!([]));
    check(&["RS256"], &no_types, "token_types is empty");
    let no_claims = json!({"pem_file": key, "client_ids": ["a"], "client_claims": []});
    check(&["RS256"], &no_claims, "client_claims is empty");
    let only_clients = json!({"pem_file": key, "client_ids": ["a"], "audience": null});
    let only_clients = issuer(RSA, &["RS256"], &only_clients);
    assert_eq!(message(vec![only_clients], true), None);
}

#[test]
fn leeway_and_lifetime_are_limited() {
    // Values that a configuration file rejects, but a program can set.
    let key = json!({"pem_file": path("rsa.public.pem")});
    let good = || issuer(RSA, &["RS256"], &key);
    let too_lenient = IssuerConfig {
        leeway_seconds: 301,
        ..good()
    };
    let too_short = IssuerConfig {
        max_lifetime_seconds: 0,
        ..good()
    };
    for (config, expected) in [
        (too_lenient, "leeway_seconds is more than 300"),
        (too_short, "max_lifetime_seconds is 0"),
    ] {
        let message = message(vec![config], true).unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn key_ages_are_checked() {
    let config = manyface_auth::AuthConfig {
        keys_max_age_seconds: 0,
        ..config(vec![issuer(RSA, &["RS256"], &pem("rsa.public.pem"))])
    };
    let outcome = TokenAuthenticator::builder(config, clock).build();
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("keys_max_age_seconds"), "{message}");
    let config = manyface_auth::AuthConfig {
        keys_max_stale_seconds: 599,
        ..crate::support::config(vec![issuer(RSA, &["RS256"], &pem("rsa.public.pem"))])
    };
    let outcome = TokenAuthenticator::builder(config, clock).build();
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("keys_max_stale_seconds"), "{message}");
}

#[test]
fn production_requires_issuer_and_audience() {
    let with = |issuer: &str, audience: &[&str]| {
        let file = path("rsa.public.pem");
        json!({"pem_file": file, "issuer": issuer, "audience": audience})
    };
    check(&["RS256"], &with("", &[DIALECT]), "issuer is missing");
    check(&["RS256"], &with(RSA, &[]), "audience is missing");
    check(
        &["RS256"],
        &with(RSA, &[DIALECT, ""]),
        "audience has an empty entry",
    );
    let lax = issuer(RSA, &["RS256"], &with("", &[]));
    assert_eq!(message(vec![lax.clone()], false), None);
    let identity = IssuerConfig {
        subject: SubjectKind::Identity,
        ..lax.clone()
    };
    assert!(
        message(vec![identity], false)
            .unwrap()
            .contains("needs an issuer")
    );
    assert!(
        message(vec![lax.clone(), lax], false)
            .unwrap()
            .contains("twice")
    );
}

#[test]
fn duplicate_and_missing_issuers_are_rejected() {
    let once = issuer(RSA, &["RS256"], &pem("rsa.public.pem"));
    let twice = message(vec![once.clone(), once], true).unwrap();
    assert!(twice.contains("twice") && twice.contains(RSA), "{twice}");
    assert!(message(vec![], true).unwrap().contains("no issuer"));
    let empty = TokenAuthenticator::builder(manyface_auth::AuthConfig::default(), clock).build();
    assert!(empty.unwrap_err().to_string().contains("no issuer"));
}

#[test]
fn production_rejects_the_development_issuer() {
    let development = DevelopmentIssuer::new(&[7; 32]).unwrap();
    let outcome = TokenAuthenticator::builder(manyface_auth::AuthConfig::default(), clock)
        .strict(true)
        .development(DIALECT, SubjectKind::ExternalId, &development)
        .build();
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("production") && message.contains(DEVELOPMENT_ISSUER));
    assert!(DevelopmentIssuer::new(&[7; 31]).is_err());
}
