//! Keys behind URLs, in `check` and after SIGHUP.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::host::Place;

/// Returns three keys: one with a leading zero and padded standard base64, an invalid one, and one
/// that is not for signatures.
fn keys() -> String {
    let n = format!("AP//{}//8=", "/".repeat(336));
    format!(
        r#"{{"keys":[
            {{"kty":"RSA","kid":"k1","e":"AAEAAQ==","n":"{n}"}},
            {{"kty":"RSA","kid":"k2","e":"AQAB","n":"?"}},
            {{"kty":"OKP","kid":"k3","crv":"X25519","x":"AA"}}
        ]}}"#
    )
}

/// Serves [`keys`] and sends a message for each request.
pub(crate) fn key_server() -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let (sender, fetched) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = BufReader::new(stream.try_clone().unwrap()).lines();
            let lines = request.map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let keys = keys();
            let length = keys.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(keys.as_bytes()).unwrap();
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    (url, fetched)
}

fn config(url: &str) -> String {
    format!(
        "[[dialects.movieknight.issuers]]\nissuer = \"https://id.example.com/\"\n\
         audience = [\"movieknight\"]\nalgorithms = [\"RS256\"]\njwks_url = \"{url}\"\n"
    )
}

#[test]
fn check_fetches_the_keys_of_each_url() {
    let place = Place::sqlite();
    place.print("migrate");
    let check = |url: &str| {
        let file = place.file("m.toml", &config(url));
        let output = place.run(&["check", "--config", &file]);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (url, _fetched) = key_server();
    let (code, said) = check(&url);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        format!("movieknight, {url}: 1 key, RS256 k1"),
        format!("movieknight, {url}: skipped key k2: n is not base64url"),
        format!("movieknight, {url}: skipped key k3: crv \"X25519\" is not supported"),
    ] {
        assert!(said.contains(&line), "{line}: {said}");
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    drop(listener);
    let (code, said) = check(&closed);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(&format!("movieknight, {closed}: ")), "{said}");
    assert!(!said.contains("all is well"), "{said}");
}

#[test]
fn sighup_refetches_keys_and_warnings_name_the_url() {
    let place = Place::sqlite();
    let (url, fetched) = key_server();
    let host = place.serve_with(&config(&url));
    let wait = || fetched.recv_timeout(Duration::from_secs(30)).unwrap();
    wait();
    let said = host.hear("new issuer keys");
    assert!(said.contains("1 key, RS256 k1"), "{said}");
    assert!(
        said.contains(&url) && said.contains("key k2: n is not base64url"),
        "{said}"
    );
    host.hang_up();
    wait();
}
