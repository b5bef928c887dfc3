//! Memory and time budgets: clients neither exceed them nor delay others.

mod noise;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::net::{AddressFamily, SocketType, connect, socket, sockopt};

use crate::host::{Host, Place, files, until};
use noise::{flat, noise};

const PROFILE: &str = "/api/v1/iam/user/profile/";
const MIB: u64 = 1024 * 1024;

/// Connects with a small receive buffer.
fn narrow(host: &Host) -> TcpStream {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    sockopt::set_socket_recv_buffer_size(&socket, 2048).unwrap();
    let address: std::net::SocketAddr = host.authority.parse().unwrap();
    connect(&socket, &address).unwrap();
    socket.into()
}

/// Requests `path` and reads the first byte only.
fn silent(host: &Host, path: &str, headers: &str) -> TcpStream {
    let mut stream = narrow(host);
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut first = [0];
    stream.read_exact(&mut first).unwrap();
    stream
}

/// Returns a field of the process's status, in bytes.
fn memory(host: &Host, field: &str) -> u64 {
    let path = format!("/proc/{}/status", host.child.id());
    let status = fs::read_to_string(path).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

/// Returns an iam request that uploads an image.
fn upload(token: &str, file: &[u8]) -> Vec<u8> {
    let head = "--x\r\nContent-Disposition: form-data; name=\"details.profile_picture\"; \
                filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    let tail = "\r\n--x--\r\n";
    let length = head.len() + file.len() + tail.len();
    let request = format!(
        "PATCH {PROFILE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\
         \r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n{head}"
    );
    [request.as_bytes(), file, tail.as_bytes()].concat()
}

/// Stores a large image of a new user and returns its path.
fn large_image(place: &Place, host: &Host) -> String {
    place.user("large");
    let iam = place.token_for("iam", "large");
    let response = host.upload(&iam, "profile_picture", &noise(2048));
    host.path_of(response.text_after("\"profile_picture\":\""))
        .to_owned()
}

#[test]
fn silent_clients_and_decodes_of_one_user_do_not_delay_others() {
    for place in Place::both() {
        check_that_others_are_served(&place);
    }
}

fn check_that_others_are_served(place: &Place) {
    let host = place.serve();
    let path = large_image(place, &host);
    let (busy, quick) = (place.user("busy"), place.user("quick"));
    let (busy_iam, quick_iam) = (
        place.token_for("iam", "busy"),
        place.token_for("iam", "quick"),
    );
    drop(host);
    let host = place.serve();
    let avatar = flat(8);
    let response = host.upload(&quick_iam, "profile_picture", &avatar);
    assert_eq!(response.status, 200);
    let before = memory(&host, "VmRSS");

    let readers: Vec<_> = (0..200).map(|_| silent(&host, &path, "")).collect();
    let writers: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(&host.authority).unwrap();
            let request = format!(
                "PATCH {PROFILE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {busy_iam}\r\n\
                 Content-Type: application/json\r\nContent-Length: 16777216\r\n\r\n{{"
            );
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    let decode = upload(&busy_iam, &flat(2048));
    let decodes: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(&host.authority).unwrap();
            // The server may have closed the connection already.
            let _ = stream.write_all(&decode);
            stream
        })
        .collect();

    let begun = Instant::now();
    let response = host.upload(&quick_iam, "profile_picture", &avatar);
    assert_eq!(response.status, 200, "{response:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(host.get(&quick).status, 200);
    assert_eq!(host.get(&busy).status, 200);
    let grown = memory(&host, "VmHWM").saturating_sub(before);
    assert!(grown < 200 * MIB, "grew by {} MiB", grown / MIB);
    drop((readers, writers, decodes));
}

#[test]
fn stalled_readers_are_disconnected_and_slow_ones_are_not() {
    let place = Place::sqlite();
    let host = place.serve();
    let path = large_image(&place, &host);
    drop(host);
    let host = place.serve_with("response_timeout_seconds = 2\n");
    let stopped: Vec<_> = (0..20).map(|_| silent(&host, &path, "")).collect();

    let mut slow = narrow(&host);
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    slow.write_all(request.as_bytes()).unwrap();
    let (clock, ticks) = mpsc::channel::<()>();
    let mut bytes = Vec::new();
    // Slow at first, slower than buffers can hide.
    for _ in 0..40 {
        let mut some = [0; 1024];
        let read = slow.read(&mut some).unwrap();
        bytes.extend_from_slice(&some[..read]);
        let _ = ticks.recv_timeout(Duration::from_millis(200));
    }
    slow.read_to_end(&mut bytes).unwrap();
    drop(clock);
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let length: usize = length.lines().next().unwrap().parse().unwrap();
    assert!(length > 12_000_000, "{length}");
    assert_eq!(bytes.len() - end - 4, length);

    // An error is reported once.
    let mut stopped = stopped;
    until("the readers that stopped are cut", || {
        stopped.retain(|stream| stream.take_error().unwrap().is_none());
        stopped.is_empty()
    });
}

#[test]
fn silent_readers_lose_memory_that_other_requests_wait_for() {
    let place = Place::sqlite();
    let settings = "response_memory_mib = 1\nresponse_timeout_seconds = 600\n";
    let host = place.serve_with(settings);
    let url = format!("https://e.example/{}", "a".repeat(1_500_000));
    let tokens = ["ada", "bob", "cy", "di", "late"].map(|name| place.user(name));
    for token in &tokens {
        let body = format!(r#"{{"avatarUrl":"{url}"}}"#);
        assert_eq!(host.patch(token, &body).status, 200);
    }
    let (late, silent_ones) = tokens.split_last().unwrap();
    let readers = silent_ones.iter().map(|token| {
        let headers = format!("Authorization: Bearer {token}\r\n");
        let mut stream = silent(&host, "/api/users/me", &headers);
        // The responses exceed the system's buffers.
        let request = format!("GET /api/users/me HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        stream.write_all(request.repeat(7).as_bytes()).unwrap();
        stream
    });
    let readers: Vec<_> = readers.collect();
    until("another user is served", || host.get(late).status == 200);
    drop(readers);
}

#[test]
fn silent_readers_do_not_delay_the_shutdown() {
    let place = Place::sqlite();
    let host = place.serve();
    let path = large_image(&place, &host);
    let readers: Vec<_> = (0..20).map(|_| silent(&host, &path, "")).collect();
    let begun = Instant::now();
    host.terminate();
    assert!(host.wait().success());
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    drop(readers);
}

#[test]
fn cached_images_are_not_read() {
    let place = Place::sqlite();
    let host = place.serve();
    let path = large_image(&place, &host);
    let tag = format!("If-None-Match: \"{}\"\r\n", &path["/media/".len()..]);
    for file in stored(&place) {
        // From now on, its content is irrelevant.
        fs::write(file, b"x").unwrap();
    }
    assert_eq!(host.send("GET", &path, &tag, "").status, 304);
    let other = "0".repeat(64);
    let (path, tag) = (
        format!("/media/{other}"),
        format!("If-None-Match: \"{other}\"\r\n"),
    );
    assert_eq!(host.send("GET", &path, &tag, "").status, 404);
}

#[test]
fn aborted_responses_are_logged_at_most_once() {
    let place = Place::sqlite();
    let host = place.serve();
    let path = large_image(&place, &host);
    drop(host);
    let settings = "log = \"info,manyface=debug\"\nlog_format = \"json\"\n";
    let host = place.serve_with(settings);
    // A client disconnects.
    drop(silent(&host, &path, ""));
    let left = host.hear("connection closed");
    assert!(!left.contains("\"ERROR\""), "{left}");
    // A stored file has been truncated.
    let mut reader = silent(&host, &path, "");
    for file in stored(&place) {
        fs::File::options()
            .write(true)
            .open(file)
            .and_then(|file| file.set_len(0))
            .unwrap();
    }
    let _ = reader.read_to_end(&mut Vec::new());
    let said = host.hear("cannot read the response's file from storage");
    host.terminate();
    let said = said + &host.hear_all();
    assert_eq!(said.matches("\"ERROR\"").count(), 1, "{said}");
}

/// Returns the stored files of the deployment.
fn stored(place: &Place) -> Vec<std::path::PathBuf> {
    files(&place.folder.path().join("manyface-data/media"))
}

#[test]
fn stalled_bodies_do_not_delay_other_requests() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        let iam = place.token_for("iam", "ada");
        let heads = [
            "GET /api/v1/iam/user/resume/x HTTP/1.1\r\nHost: x\r\n".to_owned(),
            "PUT /api/v1/files/file_x/content HTTP/1.1\r\nHost: x\r\n".to_owned(),
            "POST /api/v1/iam/check-user-existence/ HTTP/1.1\r\nHost: x\r\n".to_owned(),
            format!("GET {PROFILE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {iam}\r\n"),
            format!("PATCH {PROFILE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {iam}\r\n"),
        ];
        let idle: Vec<_> = (0..400)
            .map(|at| {
                let mut stream = TcpStream::connect(&host.authority).unwrap();
                let head: &str = &heads[at % heads.len()];
                let announced = match at % 2 {
                    0 => "Content-Length: 8388608\r\n\r\n",
                    _ => "Transfer-Encoding: chunked\r\n\r\n",
                };
                stream
                    .write_all(format!("{head}{announced}").as_bytes())
                    .unwrap();
                stream
            })
            .collect();
        let body = format!("{{\"bio\":\"x\"}}{}", " ".repeat(1_500_000));
        let begun = Instant::now();
        assert_eq!(host.patch(&token, &body).status, 200);
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{:?}",
            begun.elapsed()
        );
        drop(idle);
    }
}

#[test]
fn uploads_are_checked_before_their_body_arrives() {
    let place = Place::sqlite();
    let host = place.serve();
    for (head, status) in [
        (
            "PUT /api/v1/files/file_x/content?expires=9999999999&signature=00",
            403,
        ),
        ("PUT /api/v1/files/file_x/content", 403),
        ("GET /api/v1/iam/user/resume/x", 401),
        ("PATCH /api/users/me", 401),
        ("POST /nowhere", 404),
    ] {
        let mut stream = TcpStream::connect(&host.authority).unwrap();
        let request = format!("{head} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut line = [0; 12];
        stream.read_exact(&mut line).unwrap();
        assert_eq!(line, format!("HTTP/1.1 {status}").as_bytes(), "{head}");
    }
}

#[test]
fn a_body_must_arrive_at_a_minimum_rate() {
    let place = Place::sqlite();
    let text = "body_timeout_seconds = 1\nbody_min_bytes_per_second = 1000\n";
    let host = place.serve_with(text);
    let token = place.user("ada");
    let mut stream = TcpStream::connect(&host.authority).unwrap();
    let request = format!(
        "PATCH /api/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut dripping = stream.try_clone().unwrap();
    let (stop, ticks) = mpsc::channel::<()>();
    let drip = thread::spawn(move || {
        while ticks.recv_timeout(Duration::from_millis(100)).is_err()
            && dripping.write(b" ").is_ok()
        {}
    });
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 408");
    drop(stop);
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    drip.join().unwrap();
}
