//! Tests of a dialect on actix-web, before an endpoint runs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cross_origin;
mod media;
mod rejected;

use std::sync::Arc;

use actix_web::{
    App, Error,
    body::BoxBody,
    dev::{Service, ServiceResponse},
    http::{Method, header},
    test::{TestRequest, call_service, init_service, read_body},
};
use async_trait::async_trait;
use manyface_core::{
    AdminRepository, AuthError, AuthErrorKind, Authenticator, Caller, MemoryProfiles, Profile,
    ProfileRef, ProfileRepository, ProfileUpdate, Provenance, TenantId, Timestamp, behaviour,
};
use manyface_serve::{Backend, configure, scope};

/// Accepts the token `good`; other tokens name their error.
struct TestAuthenticator(ProfileRef);

#[async_trait]
impl Authenticator for TestAuthenticator {
    async fn authenticate(
        &self,
        dialect: &str,
        credential: &str,
    ) -> Result<Arc<Caller>, AuthError> {
        assert_eq!(dialect, "movieknight");
        match credential {
            "good" => Ok(Arc::new(Caller::user(self.0.clone()))),
            "stranger" => {
                let who = ProfileRef::Username("unknown".to_owned());
                Ok(Arc::new(Caller::user(who)))
            }
            "expired" => Err(AuthErrorKind::Expired.into()),
            "unavailable" => Err(AuthErrorKind::Unavailable.into()),
            _ => Err(AuthErrorKind::Invalid.into()),
        }
    }
}

/// A store that fails with a given error.
struct FailingRepository(fn() -> manyface_core::Error);

#[async_trait]
impl ProfileRepository for FailingRepository {
    async fn find(&self, _: &ProfileRef) -> manyface_core::Result<Option<Profile>> {
        Err((self.0)())
    }

    async fn update(&self, _: ProfileUpdate) -> manyface_core::Result<Option<Profile>> {
        Err((self.0)())
    }
}

async fn backend() -> Backend {
    let store = MemoryProfiles::default();
    let tenant = TenantId(uuid::Uuid::nil());
    let now = Timestamp::UNIX_EPOCH;
    store.default_tenant(tenant, now).await.unwrap();
    let user = behaviour::new_profile(tenant);
    let added = store.add(&user, &[], &Provenance::operator(now)).await;
    added.unwrap();
    let authenticator = TestAuthenticator(ProfileRef::Id(user.id));
    Backend::new(Arc::new(store), Arc::new(authenticator))
}

type ReceivedResponse = (u16, header::HeaderMap, String);

async fn app(
    backend: &Backend,
) -> impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error> {
    let mounts = vec![("/api".to_owned(), manyface_movieknight::dialect())];
    init_service(App::new().configure(configure(mounts, backend))).await
}

async fn send(backend: &Backend, request: TestRequest) -> ReceivedResponse {
    let app = app(backend).await;
    let response = call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = read_body(response).await;
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

fn patch(body: impl Into<actix_web::web::Bytes>) -> TestRequest {
    TestRequest::patch()
        .uri("/api/users/me")
        .insert_header((header::AUTHORIZATION, "Bearer good"))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .set_payload(body)
}

async fn check(request: TestRequest, status: u16, error: &str) -> header::HeaderMap {
    let (got, headers, body) = send(&backend().await, request).await;
    let expected = serde_json::to_string(error).unwrap();
    let expected = format!(r#"{{"ok":false,"error":{expected}}}"#);
    assert_eq!((got, body), (status, expected));
    assert_eq!(
        headers.get(header::CONTENT_TYPE).unwrap(),
        "application/json"
    );
    assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
    assert_eq!(
        headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(),
        "nosniff"
    );
    assert!(headers.contains_key("x-request-id"));
    headers
}

#[actix_web::test]
async fn a_valid_request_succeeds() {
    let (status, headers, body) = send(&backend().await, patch(r#"{"bio":"hi"}"#)).await;
    assert_eq!(status, 200);
    assert!(
        body.starts_with(r#"{"ok":true,"data":{"user":{"id":""#),
        "{body}"
    );
    assert!(headers.contains_key(header::ETAG));
    assert!(headers.contains_key("x-request-id"));
}

#[actix_web::test]
async fn unknown_paths_return_the_404_of_the_dialect() {
    let get = |uri: &str| TestRequest::get().uri(uri);
    for uri in [
        "/api",
        "/api/",
        "/api/users",
        "/api/users/me/",
        "/api/users/me/x",
        "/api/%ff",
    ] {
        check(get(uri), 404, "not found").await;
    }
    for uri in ["/", "/apix/users/me", "//api/users/me", "/API/users/me"] {
        let (status, headers, body) = send(&backend().await, get(uri)).await;
        assert_eq!(
            (status, body.as_str()),
            (404, r#"{"error":"not found"}"#),
            "{uri}"
        );
        assert_eq!(
            headers.get(header::CONTENT_TYPE).unwrap(),
            "application/json"
        );
    }
}

#[actix_web::test]
async fn unsupported_methods_return_the_allowed_ones() {
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::TRACE,
        Method::CONNECT,
    ] {
        let request = TestRequest::default().method(method).uri("/api/users/me");
        let headers = check(request, 405, "method not allowed").await;
        assert_eq!(
            headers.get(header::ALLOW).unwrap(),
            "GET, HEAD, PATCH, OPTIONS"
        );
    }
    let request = TestRequest::default().method(Method::OPTIONS);
    let request = request
        .uri("/api/users/me")
        .insert_header((header::ORIGIN, "https://evil.example"));
    let (status, headers, body) = send(&backend().await, request).await;
    assert_eq!((status, body.as_str()), (204, ""));
    assert_eq!(
        headers.get(header::ALLOW).unwrap(),
        "GET, HEAD, PATCH, OPTIONS"
    );
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[actix_web::test]
async fn requests_need_exactly_one_bearer_token_in_the_header() {
    let get = |uri: &str| TestRequest::get().uri(uri);
    let with = |value: &str| get("/api/users/me").insert_header((header::AUTHORIZATION, value));
    let invalid = "Bearer error=\"invalid_token\"";
    for (request, error, challenge) in [
        (get("/api/users/me"), "authentication required", "Bearer"),
        (
            get("/api/users/me?access_token=good"),
            "authentication required",
            "Bearer",
        ),
        (with("Basic Z29vZA=="), "authentication required", "Bearer"),
        (with("good"), "authentication required", "Bearer"),
        (with("Bearer"), "malformed Authorization header", invalid),
        (with("Bearer  "), "malformed Authorization header", invalid),
        (
            with("Bearer \tgood"),
            "malformed Authorization header",
            invalid,
        ),
        (
            with("Bearer good good"),
            "malformed Authorization header",
            invalid,
        ),
        (
            with("Bearer good,Bearer good"),
            "malformed Authorization header",
            invalid,
        ),
        (with("Bearer bad"), "invalid token", invalid),
        (with("Bearer expired"), "token has expired", invalid),
        (with("Bearer stranger"), "invalid token", invalid),
        (
            with("Bearer good").append_header((header::AUTHORIZATION, "Bearer good")),
            "malformed Authorization header",
            invalid,
        ),
    ] {
        let headers = check(request, 401, error).await;
        assert_eq!(
            headers.get(header::WWW_AUTHENTICATE).unwrap(),
            challenge,
            "{error}"
        );
    }
    let (status, ..) = send(&backend().await, with("bearer good")).await;
    assert_eq!(status, 200);
    let headers = check(with("Bearer unavailable"), 503, "try again later").await;
    assert_eq!(headers.get(header::RETRY_AFTER).unwrap(), "1");
}

#[actix_web::test]
async fn bodies_have_a_limit_and_a_content_type() {
    let limit = 2 * 1024 * 1024;
    let too_large = format!("the body is larger than {limit} bytes");
    check(patch(vec![b' '; limit + 1]), 413, &too_large).await;
    check(
        patch(vec![b' '; limit]),
        400,
        "malformed JSON at line 1 column 2097152",
    )
    .await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = patch("{}").insert_header((header::CONTENT_TYPE, content_type));
        check(request, 415, "Content-Type must be application/json").await;
    }
    let request = patch("{}").insert_header((header::CONTENT_TYPE, "application/json; charset=x"));
    check(request, 415, "the charset must be utf-8 or absent").await;
    let request = patch("{}").insert_header((header::CONTENT_ENCODING, "gzip"));
    let sentence = "Content-Encoding must be identity or absent";
    let headers = check(request, 415, sentence).await;
    assert_eq!(headers.get(header::ACCEPT_ENCODING).unwrap(), "identity");
    let empty = patch("").insert_header((header::CONTENT_LENGTH, "0"));
    check(empty, 400, "malformed JSON at line 1 column 0").await;
}

#[actix_web::test]
async fn responses_do_not_reveal_errors_of_the_store() {
    for (fault, status, error) in [
        (
            (|| manyface_core::Error::Unavailable(Some("secret".into()))) as fn() -> _,
            503,
            "try again later",
        ),
        (
            || manyface_core::Error::Storage("secret".into()),
            500,
            "internal error",
        ),
        (|| panic!("secret"), 500, "internal error"),
    ] {
        let mut backend = backend().await;
        backend
            .services
            .replace_profiles(|_| Arc::new(FailingRepository(fault)));
        let (got, _, body) = send(&backend, patch(r#"{"bio":"x"}"#)).await;
        let expected = format!(r#"{{"ok":false,"error":"{error}"}}"#);
        assert_eq!((got, body), (status, expected));
    }
}

#[actix_web::test]
async fn dialects_can_be_mounted_under_any_prefix() {
    let backend = backend().await;
    let app = App::new().service(scope("/v9/mk", manyface_movieknight::dialect(), &backend));
    let app = init_service(app).await;
    let request = TestRequest::get()
        .uri("/v9/mk/users/me")
        .insert_header((header::AUTHORIZATION, "Bearer good"));
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status().as_u16(), 200);
}
