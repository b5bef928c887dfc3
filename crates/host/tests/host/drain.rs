//! The shutdown of a server behind a proxy.

use std::time::{Duration, Instant};

use manyface_testing::http::Connection;

use crate::host::{ME, Place};

#[test]
fn a_draining_server_serves_requests_and_is_not_ready() {
    let place = Place::sqlite();
    let host = place.serve_with("drain_seconds = 3600");
    let authorization = format!("Authorization: Bearer {}\r\n", place.user("ada"));
    let mut old = Connection::open(&host.authority).unwrap();
    let before = old.send("GET", ME, &authorization, "").unwrap();
    assert_eq!((before.status, before.header("connection")), (200, None));
    host.terminate();
    host.hear("shutting down");
    let mut new = Connection::open(&host.authority).unwrap();
    let readiness = new.send("GET", "/readyz", "", "").unwrap();
    assert_eq!(readiness.status, 503);
    assert_eq!(readiness.body, r#"{"status":"draining"}"#);
    assert_eq!(readiness.header("connection"), Some("close"));
    let after = old.send("GET", ME, &authorization, "").unwrap();
    assert_eq!(
        (after.status, after.header("connection")),
        (200, Some("close"))
    );
    assert!(old.send("GET", ME, &authorization, "").is_err());
    assert_eq!(host.ask("/healthz").status, 200);
    // A second signal ends the server at once.
    host.terminate();
    assert!(host.wait().success());
}

#[test]
fn an_idle_server_drains_for_the_configured_time() {
    let place = Place::sqlite();
    for (seconds, least) in [(0, 0), (1, 1)] {
        let host = place.serve_with(&format!("drain_seconds = {seconds}"));
        let idle = Connection::open(&host.authority).unwrap();
        let begun = Instant::now();
        host.terminate();
        assert!(host.wait().success());
        assert!(begun.elapsed() >= Duration::from_secs(least));
        drop(idle);
    }
}
