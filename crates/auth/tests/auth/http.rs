//! Fetching keys from an HTTP server on a loopback address.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use jsonwebtoken::Algorithm::RS256;
use manyface_auth::{FetchKeys, HttpKeys, TokenAuthenticator};
use serde_json::json;

use crate::support::{RSA, authenticate, clock, config, issuer, key_set, set_time, token};

/// Serves `response` once and returns the URL.
fn serve(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = BufReader::new(stream.try_clone().unwrap());
        let lines = request.lines().map_while(Result::ok);
        lines.take_while(|line| !line.is_empty()).for_each(drop);
        // The client may close the connection early.
        stream.write_all(&response).ok();
    });
    url
}

fn ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn keys_are_fetched_over_http() {
    set_time(0);
    let url = serve(ok(&key_set(&[RS256])));
    let issuer = issuer(RSA, &["RS256"], &json!({"jwks_url": url}));
    let authenticator = TokenAuthenticator::builder(config(vec![issuer]), clock)
        .build()
        .unwrap();
    let good = token(RSA, RS256, &json!({"kid": "RS256"}), &json!({}));
    assert!(authenticate(&authenticator, &good).await.is_ok());
}

#[test]
fn redirects_errors_and_long_bodies_are_rejected() {
    let fetch = |response: &[u8]| HttpKeys::new().fetch(&serve(response.to_owned()));
    assert_eq!(fetch(&ok("{}")).unwrap(), b"{}");
    let elsewhere = serve(ok("{}"));
    let redirect =
        format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
    assert!(fetch(redirect.as_bytes()).is_err());
    assert!(fetch(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").is_err());
    assert!(fetch(b"HTTP/1.1 204 No Content\r\n\r\n").is_err());
    assert!(fetch(&ok(&" ".repeat(1024 * 1024))).is_ok());
    assert!(fetch(&ok(&" ".repeat(1024 * 1024 + 1))).is_err());
    assert!(HttpKeys::new().fetch("http://id.example.com/").is_err());
    assert!(HttpKeys::new().fetch("").is_err());
}
