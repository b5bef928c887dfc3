//! The examples of RFC 7515, appendix A, through the authenticator.

use jsonwebtoken::Algorithm::HS256;
use manyface_auth::{IssuerConfig, TokenAuthenticator};
use manyface_core::{AuthErrorKind, ProfileRef, Subject};
use serde_json::{Value, json};

use crate::support::{START, authenticate, clock, config, issuer, set_time};

/// The `exp` of all three tokens.
const EXPIRES_AT: i64 = 1_300_819_380;

const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// A.1: the header and the signature.
const HMAC: (&str, &str) = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
);
const SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

/// A.2.
const RSA: (&str, &str) = (
    "eyJhbGciOiJSUzI1NiJ9",
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
);
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";

/// A.3.
const EC: (&str, &str) = (
    "eyJhbGciOiJFUzI1NiJ9",
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
);
const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

/// Returns the issuer `joe`, whose tokens have no subject but `iss`.
fn joe(algorithm: &str, key: &Value) -> IssuerConfig {
    let mut settings = json!({"audience": null, "subject_claim": "iss"});
    settings
        .as_object_mut()
        .unwrap()
        .extend(key.as_object().unwrap().clone());
    issuer("joe", &[algorithm], &settings)
}

async fn check(algorithm: &str, key: &Value, (header, signature): (&str, &str)) {
    let authenticator = TokenAuthenticator::builder(config(vec![joe(algorithm, key)]), clock)
        .build()
        .unwrap();
    let token = format!("{header}.{CLAIMS}.{signature}");
    set_time(EXPIRES_AT - 1 - START);
    let caller = authenticate(&authenticator, &token).await.unwrap();
    let Subject::User(ProfileRef::External { id, .. }) = &caller.subject else {
        panic!("{caller:?}");
    };
    assert_eq!(id, "joe");
    set_time(EXPIRES_AT + 30 - START);
    assert_eq!(
        authenticate(&authenticator, &token).await,
        Err(AuthErrorKind::Expired)
    );
    let (first, rest) = signature.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    let forged = format!("{header}.{CLAIMS}.{other}{rest}");
    assert_eq!(
        authenticate(&authenticator, &forged).await,
        Err(AuthErrorKind::Invalid)
    );
}

#[tokio::test]
async fn the_examples_of_rfc_7515_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let secret = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, SECRET);
    let secret = json!({"secret_file": file("secret", &secret.unwrap())});
    check(&format!("{HS256:?}"), &secret, HMAC).await;
    let set = |key: &Value| json!({"keys": [key]}).to_string();
    let rsa = set(&json!({"kty": "RSA", "n": MODULUS, "e": "AQAB"}));
    check(
        "RS256",
        &json!({"jwks_file": file("rsa", rsa.as_bytes())}),
        RSA,
    )
    .await;
    let ec = set(&json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y}));
    check(
        "ES256",
        &json!({"jwks_file": file("ec", ec.as_bytes())}),
        EC,
    )
    .await;
}
