//! The limits of connections.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use manyface_testing::http::Connection;

use crate::host::{Place, until};

#[test]
fn connections_beyond_the_limit_get_a_response() {
    let place = Place::sqlite();
    let host = place.serve_with("[connections]\nmax = 1\nidle_timeout_seconds = 3600");
    let mut first = Connection::open(&host.authority).unwrap();
    assert_eq!(first.send("GET", "/healthz", "", "").unwrap().status, 200);
    let rejected = host.ask("/healthz");
    assert_eq!(rejected.status, 503);
    assert_eq!(rejected.header("retry-after"), Some("1"));
    assert_eq!(rejected.header("connection"), Some("close"));
    host.hear("connections.max");
    assert_eq!(first.send("GET", "/healthz", "", "").unwrap().status, 200);
    drop(first);
    until("the connection is free", || {
        host.ask("/healthz").status == 200
    });
}

#[test]
fn idle_and_silent_connections_are_closed() {
    let place = Place::sqlite();
    let host =
        place.serve_with("[connections]\nidle_timeout_seconds = 1\nheader_timeout_seconds = 1");
    let mut idle = TcpStream::connect(&host.authority).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut received = String::new();
    idle.read_to_string(&mut received).unwrap();
    assert!(received.starts_with("HTTP/1.1 200"), "{received}");
    let mut silent = TcpStream::connect(&host.authority).unwrap();
    silent.write_all(b"GET /healthz HTTP/1.1\r\nHo").unwrap();
    let mut received = String::new();
    silent.read_to_string(&mut received).unwrap();
    assert!(received.starts_with("HTTP/1.1 408"), "{received}");
}
