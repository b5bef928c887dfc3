//! The example, started and asked as its own line says.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use manyface_conformance::{Account, Conclusion, HttpTarget, Options, Suite, conform};
use manyface_testing::http::{Response, send};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(authority: &str, method: &str, token: &str, body: &str) -> Response {
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    send(authority, method, "/api/users/me", &headers, body).expect("it responses")
}

/// The program, and where it listens.
fn start() -> (Running, String) {
    let program = env!("CARGO_BIN_EXE_embed-one-adapter");
    let mut child = Command::new(program)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdout = child.stdout.take().expect("it is piped");
    let running = Running(child);
    let mut line = String::new();
    let read = BufReader::new(stdout).read_line(&mut line);
    read.expect("it prints a line");
    let rest = line
        .strip_prefix("curl http://")
        .expect("the line is a command");
    let (authority, _) = rest.split_once('/').expect("the line has a path");
    (running, authority.to_owned())
}

#[test]
fn the_example_responds_like_the_dialect() {
    let (_running, authority) = start();
    let authority = authority.as_str();

    let response = ask(authority, "GET", "open-sesame", "");
    assert_eq!(response.status, 200);
    assert!(
        response.body.contains(r#""username":"moviefan""#),
        "{response:?}"
    );

    let written = ask(authority, "PATCH", "open-sesame", r#"{"bio":"embedded"}"#);
    assert_eq!(written.status, 200);
    let response = ask(authority, "GET", "open-sesame", "");
    assert!(
        response.body.contains(r#""bio":"embedded""#),
        "{response:?}"
    );

    let rejected = ask(authority, "GET", "open-wheat", "");
    let error = r#"{"ok":false,"error":"invalid token"}"#;
    assert_eq!((rejected.status, &*rejected.body), (401, error));
}

/// Replays the documented exchanges, except for images, which the example does not store.
#[test]
fn the_example_conforms() -> Result<(), Box<dyn std::error::Error>> {
    let (_running, authority) = start();
    let suite = Suite::built_in("movieknight").ok_or("it is built in")??;
    let account = Account::known("open-sesame".to_owned(), None);
    let target = HttpTarget::with_account(&format!("http://{authority}"), account)?;
    let options = Options {
        allow_writes: true,
        except: ["picture", "image", "data-url"].map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let report = conform(&suite, &target, &options);
    let summary = report.summary(None);
    assert_eq!(report.conclusion(None), Conclusion::Good, "{summary}");
    assert!(report.counts().passed > 100, "{summary}");
    Ok(())
}
