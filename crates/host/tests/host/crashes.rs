//! Servers that crash during writes.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use manyface_testing::Postgres;

use crate::host::{Host, Place, until};

const CLIENTS: usize = 8;
/// The number of acknowledged writes before and after a kill.
const WRITES: usize = 200;

/// A client's knowledge of its profile.
#[derive(Clone, Copy, Debug, Default)]
struct Ledger {
    /// The last acknowledged number.
    acknowledged: usize,
    /// The last sent number.
    attempted: usize,
}

impl Ledger {
    /// Asserts that `kept`, the stored number, was acknowledged, or sent after the acknowledged
    /// one.
    fn check(self, kept: usize) {
        let Self {
            acknowledged,
            attempted,
        } = self;
        assert!(
            kept >= acknowledged,
            "{acknowledged} was acknowledged, {kept} is kept"
        );
        assert!(
            kept <= attempted,
            "{kept} is kept, but only {attempted} was sent"
        );
    }
}

struct Load {
    tokens: Vec<String>,
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
}

/// Stops the load on drop, because a panicking scope waits for its threads.
struct EndOnDrop<'a>(&'a Load);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

impl Load {
    fn new(place: &Place) -> Self {
        let name = |number| format!("client-{number}");
        Self {
            tokens: (0..CLIENTS)
                .map(|number| place.user(&name(number)))
                .collect(),
            acknowledged: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// Writes increasing numbers until the load is stopped or, unless it must respond, the server
    /// is gone.
    fn run(&self, host: &Host, token: &str, must_respond: bool) -> Ledger {
        let mut ledger = Ledger::default();
        while !self.is_over.load(Ordering::Relaxed) {
            ledger.attempted += 1;
            let body = format!(r#"{{"bio":"{}"}}"#, ledger.attempted);
            match host.try_patch(token, &body) {
                Ok(response) if response.status == 200 => {
                    ledger.acknowledged = ledger.attempted;
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                Ok(response) => {
                    let rejection = r#"{"ok":false,"error":"try again later"}"#;
                    assert_eq!((response.status, response.body.as_str()), (503, rejection));
                    assert_eq!(response.header("retry-after"), Some("1"));
                }
                Err(error) => {
                    assert!(!must_respond, "no response: {error}");
                    return ledger;
                }
            }
        }
        ledger
    }

    fn wait_for(&self, more: usize) {
        let goal = self.acknowledged.load(Ordering::Relaxed) + more;
        until("enough writes are acknowledged", || {
            self.acknowledged.load(Ordering::Relaxed) >= goal
        });
    }

    fn check(&self, host: &Host, ledgers: &[Ledger]) {
        for (token, ledger) in self.tokens.iter().zip(ledgers) {
            let response = host.get(token);
            let kept = response.text_after(r#""bio":""#).parse().unwrap_or(0);
            ledger.check(kept);
        }
    }
}

#[test]
fn acknowledged_writes_survive_a_killed_host() {
    for place in Place::both() {
        let load = Load::new(&place);
        let host = place.serve();
        let id = host.child.id().to_string();
        let ledgers = thread::scope(|scope| {
            let (load, host) = (&load, &host);
            let _end = EndOnDrop(load);
            let clients = load.tokens.iter();
            let clients = clients.map(|token| scope.spawn(move || load.run(host, token, false)));
            let clients: Vec<_> = clients.collect();
            load.wait_for(WRITES);
            let killed = std::process::Command::new("kill")
                .args(["-KILL", &id])
                .status();
            assert!(killed.unwrap().success());
            clients
                .into_iter()
                .map(|client| client.join().unwrap())
                .collect::<Vec<_>>()
        });
        let host = place.serve();
        load.check(&host, &ledgers);
    }
}

#[test]
fn postgresql_crashes_cause_503_and_lose_no_write() {
    let cluster = Postgres::start_new();
    let place = Place::on(&cluster);
    let load = Load::new(&place);
    let host = place.serve();
    let ledgers = thread::scope(|scope| {
        let (load, host) = (&load, &host);
        let end = EndOnDrop(load);
        let clients = load.tokens.iter();
        let clients = clients.map(|token| scope.spawn(move || load.run(host, token, true)));
        let clients: Vec<_> = clients.collect();
        load.wait_for(WRITES);
        cluster.kill();
        until("it is not ready", || host.ask("/readyz").status == 503);
        assert_eq!(host.ask("/healthz").status, 200);
        cluster.start();
        load.wait_for(WRITES);
        drop(end);
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect::<Vec<_>>()
    });
    until("it is ready again", || host.ask("/readyz").status == 200);
    load.check(&host, &ledgers);
}

#[test]
fn hosts_start_before_their_database() {
    let cluster = Postgres::start_new();
    let place = Place::on(&cluster);
    cluster.stop();
    let host = place.serve();
    assert_eq!(host.ask("/healthz").status, 200);
    assert_eq!(host.ask("/readyz").status, 503);
    cluster.start();
    let said = host.hear("Next: ");
    assert!(said.contains("curl "));
    assert_eq!(host.ask("/readyz").status, 200);
    assert_eq!(host.get(&place.token("moviefan")).status, 200);
}

#[test]
fn sigterm_drains_in_flight_requests() {
    use std::io::{Read, Write};
    let place = Place::sqlite();
    let host = place.serve();
    let token = place.token("moviefan");
    let body = r#"{"bio":"finished"}"#;
    let mut stream = std::net::TcpStream::connect(&host.authority).unwrap();
    let head = format!(
        "PATCH /api/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server requested the body, so the request is in flight.
    let mut go = [0; 25];
    stream.read_exact(&mut go).unwrap();
    assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
    host.hear("Next: ");
    host.terminate();
    host.hear("draining in-flight requests");
    stream.write_all(body.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(host.wait().success());
    assert!(
        place
            .serve()
            .get(&token)
            .body
            .contains(r#""bio":"finished""#)
    );
}
