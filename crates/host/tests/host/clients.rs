//! Requests of real clients and proxies.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use manyface_testing::http::{Connection, Response};

use crate::{
    host::{Host, Place},
    tenants::text,
};

/// The profile of each dialect, with a change of it.
const RESOURCES: [(&str, &str, &str, &str); 4] = [
    ("movieknight", "PATCH", "/api/users/me", r#"{"bio":"b"}"#),
    ("whop", "PATCH", "/api/v1/users/me", r#"{"bio":"b"}"#),
    (
        "tenant",
        "PUT",
        "/v1/users/me/profile",
        r#"{"display_name":"b"}"#,
    ),
    (
        "iam",
        "PATCH",
        "/api/v1/iam/user/profile/",
        r#"{"details":{"bio":"b"}}"#,
    ),
];

#[test]
fn upgrades_are_ignored_and_the_connection_stays() {
    let place = Place::sqlite();
    let host = place.serve();
    place.user("ada");
    let tenants = place.print("tenant list");
    let tenant = text(&tenants, "id");
    let upgrades = [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n",
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "connection: keep-alive, upgrade\r\nupgrade: WebSocket, h2c\r\n",
        "Upgrade: websocket\r\n",
    ];
    for (dialect, method, path, change) in RESOURCES {
        let headers = format!(
            "Authorization: Bearer {}\r\nX-Tenant-ID: {tenant}\r\n\
             Content-Type: application/json\r\n",
            place.token_for(dialect, "ada")
        );
        let mut connection = Connection::open(&host.authority).unwrap();
        for upgrade in upgrades {
            for (method, body) in [(method, change), ("GET", ""), (method, change)] {
                let headers = format!("{headers}{upgrade}");
                let response = connection.send(method, path, &headers, body).unwrap();
                let head = response.head.to_ascii_lowercase();
                assert_eq!(response.status, 200, "{dialect} {upgrade}: {response:?}");
                assert!(!head.contains("connection:"), "{dialect} {upgrade}: {head}");
                assert!(!head.contains("upgrade:"), "{dialect} {upgrade}: {head}");
            }
        }
    }
}

#[test]
fn errors_of_clients_are_not_logged_as_errors() {
    let place = Place::sqlite();
    let many = "a: b\r\n".repeat(200);
    let long = "x".repeat(200_000);
    let malformed = [
        "GARBAGE\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\n\r\n"),
        format!("GET / HTTP/1.1\r\na: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{many}\r\n"),
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(),
    ];
    let leaving = [
        "GET / HT",
        "PATCH /api/users/me HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        "PATCH /api/users/me HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /openapi/movieknight.json HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for (levels, closed) in [("info", 0), ("info,manyface=debug", malformed.len())] {
        let host = place.serve_with(&format!("log = \"{levels}\"\nlog_format = \"json\"\n"));
        for bytes in leaving {
            let mut stream = TcpStream::connect(&host.authority).unwrap();
            stream.write_all(bytes.as_bytes()).unwrap();
        }
        for bytes in &malformed {
            let mut stream = TcpStream::connect(&host.authority).unwrap();
            // The server may close before all is sent or read.
            let _ = stream.write_all(bytes.as_bytes());
            let _ = stream.read_to_end(&mut Vec::new());
        }
        assert_eq!(host.ask("/healthz").status, 200);
        host.terminate();
        let said = host.hear_all();
        assert!(!said.contains("\"ERROR\""), "{said}");
        assert!(!said.contains("\"WARN\""), "{said}");
        let lines = said.matches("connection closed").count();
        assert!(lines >= closed, "{lines}: {said}");
        assert!(closed > 0 || lines == 0, "{said}");
    }
}

/// Sends a name check with further headers.
fn check_name(host: &Host, headers: &str) -> Response {
    let headers = format!("Content-Type: application/json\r\n{headers}");
    let path = "/api/v1/iam/check-user-existence/";
    host.send("POST", path, &headers, r#"{"username":"ada"}"#)
}

#[test]
fn clients_without_a_credential_are_counted_by_their_address() {
    let text = "[dialects.iam]\nanonymous_requests_per_minute = 2\nrequests_per_minute = 3\n";
    for place in Place::both() {
        let host = place.serve_with(text);
        place.user("ada");
        // Headers of a client do not change its address.
        let spoofed = [
            "",
            "X-Forwarded-For: 8.8.8.8\r\n",
            "Forwarded: for=8.8.8.8\r\n",
        ];
        let statuses = spoofed.map(|headers| check_name(&host, headers).status);
        assert_eq!(statuses, [200, 200, 429]);
        let rejected = check_name(&host, "");
        assert!(rejected.header("retry-after").is_some(), "{rejected:?}");
        assert!(rejected.body.contains("throttled"), "{rejected:?}");
        // A request that ends in 401 counts once.
        let resume = [(); 3].map(|()| host.ask("/api/v1/iam/user/resume/a.pdf").status);
        assert_eq!(resume, [401, 401, 429]);
        // The address's allowance does not affect users.
        let user = format!(
            "Authorization: Bearer {}\r\n",
            place.token_for("iam", "ada")
        );
        assert_eq!(
            [(); 4].map(|()| check_name(&host, &user).status),
            [200, 200, 200, 429]
        );
        drop(host);

        let host = place.serve_with(&format!("trusted_proxies = [\"127.0.0.0/8\"]\n{text}"));
        let by = |client: &str| check_name(&host, &format!("X-Forwarded-For: {client}\r\n")).status;
        assert_eq!(["1.1.1.1", "1.1.1.1", "1.1.1.1"].map(by), [200, 200, 429]);
        assert_eq!(
            ["9.9.9.9, 2.2.2.2", "8.8.8.8, 2.2.2.2", "2.2.2.2"].map(by),
            [200, 200, 429]
        );
        let networks = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"];
        assert_eq!(networks.map(by), [200, 200, 429]);
        assert_eq!(by("2001:db8:0:1::1"), 200);
        // The other header is set by the client.
        let spoofed = |n: u8| {
            let headers = format!("X-Forwarded-For: 3.3.3.3\r\nForwarded: for=4.4.4.{n}\r\n");
            check_name(&host, &headers).status
        };
        assert_eq!([1, 2, 3].map(spoofed), [200, 200, 429]);
    }
    let place = Place::sqlite();
    for (setting, said) in [
        (
            "trusted_proxies = [\"proxy.example\"]\n",
            "trusted_proxies: proxy.example",
        ),
        (
            "client_address_header = \"x-real-ip\"\n",
            "must be x-forwarded-for or forwarded",
        ),
    ] {
        let file = place.file("wrong.toml", setting);
        for arguments in [&["--listen", "127.0.0.1:0"][..], &["check"]] {
            let output = place.run(&[arguments, &["--config", &file]].concat());
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            assert!(String::from_utf8_lossy(&output.stderr).contains(said));
        }
    }
}

#[test]
fn bad_credentials_are_limited_in_every_dialect() {
    let names = RESOURCES.map(|(dialect, ..)| dialect);
    let limit = |name| format!("[dialects.{name}]\nanonymous_requests_per_minute = 1\n");
    for place in Place::both() {
        place.user("ada");
        let host = place.serve_with(&names.map(limit).concat());
        let forged = format!("mfk_{}", "x".repeat(43));
        let tenants = place.print("tenant list");
        let tenant = text(&tenants, "id");
        for (dialect, _, path, _) in RESOURCES {
            let ask = |credential: &str| {
                let headers =
                    format!("Authorization: Bearer {credential}\r\nX-Tenant-ID: {tenant}\r\n");
                host.send("GET", path, &headers, "")
            };
            let good = place.token_for(dialect, "ada");
            assert_eq!(ask(&forged).status, 401, "{dialect}");
            let rejected = ask(&forged);
            assert_eq!(rejected.status, 429, "{dialect}");
            let wait: u64 = rejected.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&wait), "{dialect} {wait}");
            assert_eq!(ask(&good).status, 200, "{dialect}");
        }
    }
}

#[test]
fn the_missing_slash_is_added_under_the_public_path() {
    let place = Place::sqlite();
    for (base, location) in [
        (
            "https://id.example.com/profiles",
            "/profiles/api/v1/iam/user/profile/?a=b",
        ),
        ("https://id.example.com/", "/api/v1/iam/user/profile/?a=b"),
    ] {
        let host = place.serve_with(&format!("public_url = \"{base}\"\n"));
        let moved = host.ask("/api/v1/iam/user/profile?a=b");
        assert_eq!(
            (moved.status, moved.header("location")),
            (301, Some(location))
        );
        let docs = host.ask("/");
        let location = location.replace("api/v1/iam/user/profile/?a=b", "docs/");
        assert_eq!(
            (docs.status, docs.header("location")),
            (307, Some(&*location))
        );
    }
}

#[test]
fn development_logs_requests_and_ignored_keys() {
    let place = Place::sqlite();
    let host = place.serve();
    let token = place.user("ada");
    assert_eq!(host.patch(&token, r#"{"bio":"x","boi":"y"}"#).status, 200);
    let said = host.hear("\"status\":200");
    let line = said
        .lines()
        .find(|line| line.contains("keys without effect"));
    assert!(line.unwrap().contains(r#""keys":"boi""#), "{said}");
    let line = said
        .lines()
        .find(|line| line.contains("\"status\":200"))
        .unwrap();
    let (_, micros) = line.split_once(r#""micros":"#).unwrap();
    assert!(
        micros.starts_with(|digit: char| digit.is_ascii_digit()),
        "{line}"
    );
}

#[test]
fn all_log_lines_are_json_if_configured() {
    let place = Place::sqlite();
    let host = place.serve_with("log_format = \"json\"\n");
    assert_eq!(host.ask("/healthz").status, 200);
    let mut said = host.hear("\"ready\"");
    host.terminate();
    said += &host.hear("draining");
    said += &host.hear_all();
    for line in said.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    }
    assert!(!said.contains("Bearer"), "{said}");
    assert!(said.contains(&host.url()), "{said}");
}

#[test]
fn development_listens_on_loopback_by_default() {
    let place = Place::sqlite();
    let output = place.run("--listen 0.0.0.0:0");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("development_access"), "{said}");
    let file = place.file(
        "manyface.toml",
        "development_access = \"network\"\nlisten = \"0.0.0.0:0\"\n",
    );
    let mut child = place
        .command(&["--config", &file])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.starts_with("http://0.0.0.0:"), "{line}");
}
