//! The example, started and asked as its own line says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use manyface_conformance::{Account, Conclusion, HttpTarget, Options, Suite, conform};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(authority: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(authority).expect("it listens");
    let written = stream.write_all(request.as_bytes());
    written.expect("it reads");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    read.expect("it answers");
    answer
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
fn the_example_answers_as_the_dialect_does() {
    let (_running, authority) = start();
    let authority = authority.as_str();

    let head = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer";
    let get = format!("GET /api/users/me {head} open-sesame\r\n\r\n");
    let answer = ask(authority, &get);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains(r#""username":"moviefan""#), "{answer}");

    let body = r#"{"bio":"embedded"}"#;
    let json = format!(
        "Content-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    let patch = format!("PATCH /api/users/me {head} open-sesame\r\n{json}\r\n\r\n{body}");
    assert!(ask(authority, &patch).starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(ask(authority, &get).contains(r#""bio":"embedded""#));

    let refused = ask(authority, &get.replace("open-sesame", "open-wheat"));
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert!(
        refused.ends_with(r#"{"ok":false,"error":"invalid token"}"#),
        "{refused}"
    );
}

/// What is documented of the dialect, but for pictures, which the example does not keep.
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
