//! Misbehaving servers: a run reports them quickly and never hangs.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{Account, Ended, HttpTarget, Options, OutcomeStatus, Suite, conform};

/// The timeout of a response in these tests.
const TIMEOUT: Duration = Duration::from_millis(300);
/// The maximum duration of a run that fails at its first request.
const SOON: Duration = Duration::from_secs(20);

/// Handles a connection to a misbehaving server.
type Misbehaviour = fn(TcpStream);

const MISBEHAVIOURS: [(&str, Misbehaviour, &str); 10] = [
    ("stays-silent", silent, "no whole response within 0.3 s"),
    (
        "sends-an-endless-body",
        endless_body,
        "longer than 16 MiB|no whole response",
    ),
    (
        "sends-endless-headers",
        endless_headers,
        "headers of the response do not end|no whole",
    ),
    (
        "says-100-forever",
        interim,
        "the response does not begin|the response is longer than",
    ),
    (
        "sends-one-byte-at-a-time",
        dripping,
        "no whole response within 0.3 s",
    ),
    ("hangs-up-at-once", drop, "closed before the response|reset"),
    (
        "hangs-up-in-the-middle",
        half,
        "closed before the response|reset",
    ),
    ("is-not-http", other_protocol, "is not HTTP/1.1"),
    (
        "rejects-the-token",
        rejecting,
        "the token of the user is rejected",
    ),
    ("is-no-api", page, "is not JSON"),
];

pub(crate) fn trials(suite: &Arc<Suite>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, misbehaviour, expected) in MISBEHAVIOURS {
        let suite = Arc::clone(suite);
        let name = format!("{}::hostile::{name}", suite.dialect);
        trials.push(Trial::test(name, move || {
            let (port, asked) = serve(misbehaviour);
            ends_soon(&suite, &format!("http://127.0.0.1:{port}"), expected)?;
            match asked.load(Ordering::Relaxed) {
                1 => Ok(()),
                asked => Err(format!("it received {asked} requests").into()),
            }
        }));
    }
    let second = Arc::clone(suite);
    let name = format!("{}::hostile::is-not-there", suite.dialect);
    trials.push(Trial::test(name, move || {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        ends_soon(
            &second,
            &format!("http://127.0.0.1:{port}"),
            "Connection refused",
        )
    }));
    let third = Arc::clone(suite);
    let name = format!("{}::hostile::has-no-tls", suite.dialect);
    trials.push(Trial::test(name, move || {
        let (port, _) = serve(page);
        ends_soon(
            &third,
            &format!("https://127.0.0.1:{port}"),
            "corrupt message|reset|closed|no whole response",
        )
    }));
    trials
}

/// The run fails with one of `expected` at the start, and no exchange counts as run.
fn ends_soon(suite: &Suite, base: &str, expected: &str) -> Result<(), Failed> {
    let account = Account::known("a-token".to_owned(), None);
    let target = HttpTarget::with_account(base, account)?.with_timeout(TIMEOUT);
    let begun = Instant::now();
    let report = conform(suite, &target, &Options::default());
    if begun.elapsed() > SOON {
        return Err(format!("it took {:?}", begun.elapsed()).into());
    }
    let is_left = |status: &OutcomeStatus| matches!(status, OutcomeStatus::Skipped(_));
    if !report
        .outcomes
        .iter()
        .all(|outcome| is_left(&outcome.status))
    {
        return Err(report.summary(None).into());
    }
    let ended = format!("{:?}", report.ended);
    let is_reported = expected.split('|').any(|one| ended.contains(one));
    if matches!(report.ended, Ended::CouldNotRun(_)) && is_reported {
        return Ok(());
    }
    Err(format!("{ended} does not say {expected:?}").into())
}

/// Starts a server with a misbehaviour; returns its port and its count of connections.
fn serve(misbehaviour: Misbehaviour) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let port = listener.local_addr().expect("it listens").port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::Relaxed);
            thread::spawn(move || misbehaviour(stream));
        }
    });
    (port, asked)
}

/// Reads the request's head.
fn read_request_head(stream: &mut TcpStream) {
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        heard.push(byte[0]);
    }
}

fn write_text(mut stream: TcpStream, text: &str) {
    read_request_head(&mut stream);
    // The client may be gone.
    let _ = stream.write_all(text.as_bytes());
}

fn silent(mut stream: TcpStream) {
    // Until the other side gives up.
    let _ = stream.read_to_end(&mut Vec::new());
}

fn endless_body(mut stream: TcpStream) {
    read_request_head(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    let much = vec![b'x'; 65_536];
    while stream.write_all(&much).is_ok() {}
}

fn endless_headers(mut stream: TcpStream) {
    read_request_head(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
    while stream.write_all(b"X-Header: value\r\n").is_ok() {}
}

fn interim(mut stream: TcpStream) {
    read_request_head(&mut stream);
    while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {}
}

fn dripping(mut stream: TcpStream) {
    read_request_head(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    let (_never, nothing) = mpsc::channel::<()>();
    while stream.write_all(b"x").is_ok() {
        let _ = nothing.recv_timeout(Duration::from_millis(20));
    }
}

fn half(stream: TcpStream) {
    write_text(stream, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}");
}

fn other_protocol(stream: TcpStream) {
    write_text(stream, "SSH-2.0-OpenSSH_9.9\r\n");
}

fn rejecting(stream: TcpStream) {
    write_text(
        stream,
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}",
    );
}

fn page(stream: TcpStream) {
    write_text(stream, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
}
