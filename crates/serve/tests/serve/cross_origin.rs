//! Requests of pages of other origins.

use std::{num::NonZeroU32, sync::Arc};

use actix_web::{
    App,
    http::{
        Method,
        header::{self, HeaderMap},
    },
    test::{TestRequest, call_service, init_service},
};
use manyface_core::Timestamp;
use manyface_serve::{
    AllowedOrigins, Backend, Deprecation, DialectOrigins, PerMinute, RateLimits, Readiness, media,
};

use crate::{FailingRepository, backend, patch, send};

const APP: &str = "https://app.example.com";
const OTHER: &str = "https://other.example.com";
const ME: &str = "/api/users/me";

async fn allowing(origins: &[&str]) -> Backend {
    let mut backend = backend().await;
    let origins = AllowedOrigins::parse(origins.iter().copied()).unwrap();
    backend.origins = Arc::new(DialectOrigins::new([("movieknight".to_owned(), origins)]));
    backend
}

fn preflight(uri: &str, origin: &str, method: &str) -> TestRequest {
    TestRequest::default()
        .method(Method::OPTIONS)
        .uri(uri)
        .insert_header((header::ORIGIN, origin))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, method))
        .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization"))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// Checks that a page of `APP` may read the response, and one of another origin may not.
async fn check(backend: &Backend, request: impl Fn() -> TestRequest, status: u16) {
    let of_app = request().insert_header((header::ORIGIN, APP));
    let (got, headers, body) = send(backend, of_app).await;
    assert_eq!(got, status, "{body}");
    assert_eq!(text(&headers, "access-control-allow-origin"), Some(APP));
    assert_eq!(text(&headers, "vary"), Some("origin"));
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    let exposed = text(&headers, "access-control-expose-headers").unwrap();
    assert!(exposed.contains("x-request-id"), "{exposed}");
    for origin in [OTHER, "null", "*"] {
        let of_other = request().insert_header((header::ORIGIN, origin));
        let (got, headers, _) = send(backend, of_other).await;
        assert_eq!(got, status);
        check_unchanged(&headers);
    }
}

/// Checks that the response has no header for pages.
fn check_unchanged(headers: &HeaderMap) {
    let names = headers.keys().map(header::HeaderName::as_str);
    let added: Vec<_> = names
        .filter(|name| name.contains("access") || *name == "vary")
        .collect();
    assert!(added.is_empty(), "{added:?}");
}

fn get() -> TestRequest {
    TestRequest::get()
        .uri(ME)
        .insert_header((header::AUTHORIZATION, "Bearer good"))
}

#[actix_web::test]
async fn preflights_need_no_credential_and_list_what_the_path_supports() {
    let backend = allowing(&[APP]).await;
    for uri in [ME, "/api/no/such/path"] {
        let (status, headers, body) = send(&backend, preflight(uri, APP, "PATCH")).await;
        assert_eq!((status, body.as_str()), (204, ""));
        assert_eq!(text(&headers, "access-control-allow-origin"), Some(APP));
        assert_eq!(
            text(&headers, "access-control-allow-headers"),
            Some("authorization, content-type, content-encoding, if-match, if-none-match")
        );
        let methods = text(&headers, "access-control-allow-methods").unwrap();
        let mut methods: Vec<_> = methods.split(", ").collect();
        methods.sort_unstable();
        assert_eq!(methods, ["GET", "HEAD", "OPTIONS", "PATCH"]);
        assert_eq!(text(&headers, "access-control-max-age"), Some("600"));
        assert_eq!(text(&headers, "vary"), Some("origin"));
    }
    let (_, headers, _) = send(&backend, preflight(ME, OTHER, "PATCH")).await;
    assert_eq!(text(&headers, "allow"), Some("GET, HEAD, PATCH, OPTIONS"));
    check_unchanged(&headers);
}

#[actix_web::test]
async fn preflights_succeed_before_the_server_is_ready() {
    let mut backend = allowing(&[APP]).await;
    backend.readiness = Readiness::pending();
    let (status, ..) = send(&backend, preflight(ME, APP, "GET")).await;
    assert_eq!(status, 204);
    check(&backend, get, 503).await;
}

#[actix_web::test]
async fn every_response_can_be_read_by_allowed_origins() {
    let backend = allowing(&[APP]).await;
    let without_token = || TestRequest::get().uri(ME);
    let limit = 2 * 1024 * 1024;
    check(&backend, get, 200).await;
    check(&backend, without_token, 401).await;
    check(&backend, || TestRequest::get().uri("/api/x"), 404).await;
    check(&backend, || TestRequest::post().uri(ME), 405).await;
    check(
        &backend,
        || TestRequest::default().method(Method::OPTIONS).uri(ME),
        204,
    )
    .await;
    check(&backend, || patch("{"), 400).await;
    check(&backend, || patch(vec![b' '; limit + 1]), 413).await;
    let plain = || patch("{}").insert_header((header::CONTENT_TYPE, "text/plain"));
    check(&backend, plain, 415).await;
    let stale = || patch(r#"{"bio":"x"}"#).insert_header((header::IF_MATCH, "\"x\""));
    check(&backend, stale, 412).await;
    let mut failing = backend.clone();
    let services = &mut failing.services;
    services.replace_profiles(|_| Arc::new(FailingRepository(|| panic!("a defect"))));
    check(&failing, get, 500).await;
    let mut limited = backend;
    let dialect = manyface_movieknight::dialect();
    limited.limits = Arc::new(RateLimits::new([&dialect], |_, _| PerMinute {
        credential: NonZeroU32::new(1),
        address: NonZeroU32::new(1),
    }));
    send(&limited, get()).await;
    check(&limited, get, 429).await;
    send(&limited, without_token()).await;
    check(&limited, without_token, 429).await;
}

#[actix_web::test]
async fn all_headers_of_the_dialect_are_exposed() {
    let mut backend = allowing(&[APP]).await;
    let dialect = manyface_movieknight::dialect();
    backend.limits = Arc::new(RateLimits::new([&dialect], |_, _| PerMinute {
        credential: NonZeroU32::new(100),
        address: None,
    }));
    let since = Timestamp::UNIX_EPOCH;
    backend.deprecations = Arc::new([Deprecation {
        dialect: "movieknight".to_owned(),
        operation: None,
        api_version: None,
        since,
        sunset: Some(since),
        link: Some("https://a.example".to_owned()),
    }]);
    let exposed = async |request: TestRequest| {
        let request = request.insert_header((header::ORIGIN, APP));
        let (_, headers, _) = send(&backend, request).await;
        text(&headers, "access-control-expose-headers")
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        exposed(get()).await,
        "deprecation, etag, link, ratelimit, ratelimit-policy, sunset, x-request-id"
    );
    let unavailable = get().insert_header((header::AUTHORIZATION, "Bearer unavailable"));
    assert_eq!(exposed(unavailable).await, "retry-after, x-request-id");
    let rejected = TestRequest::get().uri(ME);
    assert_eq!(exposed(rejected).await, "www-authenticate, x-request-id");
}

#[actix_web::test]
async fn any_origin_gets_one_response_that_caches_may_share() {
    let backend = allowing(&["*"]).await;
    for request in [get(), get().insert_header((header::ORIGIN, "null"))] {
        let (_, headers, _) = send(&backend, request).await;
        assert_eq!(text(&headers, "access-control-allow-origin"), Some("*"));
        assert!(!headers.contains_key(header::VARY));
    }
}

#[actix_web::test]
async fn responses_are_unchanged_if_no_origin_is_allowed() {
    for backend in [backend().await, allowing(&[]).await] {
        let requests: [fn() -> TestRequest; 2] = [get, || preflight(ME, APP, "PATCH")];
        for request in requests {
            let of_page = request().insert_header((header::ORIGIN, APP));
            let (_, headers, _) = send(&backend, of_page).await;
            check_unchanged(&headers);
        }
    }
}

#[actix_web::test]
async fn origins_of_any_dialect_may_read_images() {
    for (origin, is_allowed) in [(APP, true), (OTHER, false)] {
        let app = App::new().service(media(&allowing(&[APP]).await));
        let app = init_service(app).await;
        let missing = || TestRequest::get().uri("/media/x");
        let wrong_method = || TestRequest::post().uri("/media/x");
        let preflight = || preflight("/media/x", origin, "GET");
        let preflight_status = if is_allowed { 204 } else { 405 };
        for (request, status) in [
            (missing(), 404),
            (wrong_method(), 405),
            (preflight(), preflight_status),
        ] {
            let request = request.insert_header((header::ORIGIN, origin));
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status().as_u16(), status);
            let headers = response.headers();
            let granted = text(headers, "access-control-allow-origin");
            assert_eq!(granted, is_allowed.then_some(APP));
            assert_eq!(text(headers, "vary"), is_allowed.then_some("origin"));
        }
    }
}
