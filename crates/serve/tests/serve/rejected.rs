//! Limits on requests that end in 401.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc};

use actix_web::{http::header, test::TestRequest};
use manyface_serve::{Backend, PerMinute, RateLimits, TrustedProxies};

use crate::{backend, send};

async fn limited(address: u32) -> Backend {
    let dialect = manyface_movieknight::dialect();
    let mut backend = backend().await;
    backend.limits = Arc::new(RateLimits::new([&dialect], |_, _| PerMinute {
        credential: None,
        address: NonZeroU32::new(address),
    }));
    backend
}

async fn status(backend: &Backend, peer: &str, headers: &[(&str, &str)]) -> u16 {
    let peer = SocketAddr::new(peer.parse().unwrap(), 1);
    let mut request = TestRequest::get().uri("/api/users/me").peer_addr(peer);
    for header in headers {
        request = request.append_header(*header);
    }
    let (status, headers, body) = send(backend, request).await;
    let wait = headers.get(header::RETRY_AFTER);
    assert_eq!(wait.is_some(), status == 429 || status == 503, "{body}");
    if status == 429 {
        let said = r#"{"ok":false,"error":"too many requests, try again later"}"#;
        assert_eq!(body, said);
        assert!(headers.contains_key("ratelimit"));
    }
    status
}

const BAD: &[(&str, &str)] = &[("authorization", "Bearer bad")];
const GOOD: &[(&str, &str)] = &[("authorization", "Bearer good")];

#[actix_web::test]
async fn invalid_credentials_are_limited_by_address_and_valid_ones_are_not() {
    let backend = limited(4).await;
    for headers in [
        BAD,
        &[("authorization", "Bearer stranger")],
        &[("authorization", "Basic x")],
        &[],
    ] {
        assert_eq!(status(&backend, "192.0.2.1", headers).await, 401);
        assert_eq!(status(&backend, "192.0.2.1", GOOD).await, 200);
    }
    for headers in [BAD, &[("authorization", "Bearer stranger")], &[]] {
        assert_eq!(status(&backend, "192.0.2.1", headers).await, 429);
        assert_eq!(status(&backend, "192.0.2.1", GOOD).await, 200);
        assert_eq!(status(&backend, "192.0.2.2", GOOD).await, 200);
    }
    assert_eq!(status(&backend, "192.0.2.2", BAD).await, 401);
}

#[actix_web::test]
async fn credentials_that_cannot_be_checked_are_not_counted() {
    let backend = limited(1).await;
    let unavailable = &[("authorization", "Bearer unavailable")];
    for _ in 0..3 {
        assert_eq!(status(&backend, "192.0.2.1", unavailable).await, 503);
    }
    assert_eq!(status(&backend, "192.0.2.1", BAD).await, 401);
}

#[actix_web::test]
async fn bad_credentials_behind_a_proxy_are_their_clients() {
    let mut backend = limited(1).await;
    backend.trusted_proxies = Arc::new(TrustedProxies::parse(["10.0.0.0/8"]).unwrap());
    let mut statuses = Vec::new();
    for client in ["1.1.1.1", "1.1.1.1", "2.2.2.2"] {
        let headers = [BAD[0], ("x-forwarded-for", client)];
        statuses.push(status(&backend, "10.0.0.1", &headers).await);
    }
    assert_eq!(statuses, [401, 429, 401]);
}

#[actix_web::test]
async fn without_limits_every_bad_credential_is_a_401() {
    let backend = backend().await;
    for _ in 0..100 {
        assert_eq!(status(&backend, "192.0.2.1", BAD).await, 401);
    }
}
