//! `manyface conform`, beside a running server.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use crate::host::{Host, Place};

/// An exchange that any server fails.
const WRONG: &str = r#"
why = "a profile is a teapot"
source = "decision: for this test"

[[step]]
send = "GET /api/users/me"
status = 418
expect = '"[any]"'
"#;

/// A server that passes everything on to the host, but keeps the answers of some writes.
struct Proxy {
    base: String,
    /// Hears of each write that is kept.
    kept: mpsc::Receiver<usize>,
}

impl Proxy {
    /// Before `host`; `keeps` says of each write, by its number, whether its answer is kept.
    fn before(host: &Host, keeps: fn(usize) -> bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (sender, kept) = mpsc::channel();
        let (authority, count) = (host.authority.clone(), Arc::new(AtomicUsize::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (authority, count) = (authority.clone(), Arc::clone(&count));
                let sender = sender.clone();
                thread::spawn(move || pass_on(stream, &authority, &count, &sender, keeps));
            }
        });
        Self { base, kept }
    }

    fn wait(&self) -> usize {
        let kept = self.kept.recv_timeout(Duration::from_secs(60));
        kept.expect("a write comes by")
    }
}

fn pass_on(
    mut client: TcpStream,
    authority: &str,
    count: &AtomicUsize,
    sender: &mpsc::Sender<usize>,
    keeps: fn(usize) -> bool,
) {
    let mut server = TcpStream::connect(authority).unwrap();
    let mut first = [0; 5];
    if client.read_exact(&mut first).is_err() {
        return;
    }
    server.write_all(&first).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let requesting = thread::spawn(move || {
        // Until either of them has enough.
        let _ = std::io::copy(&mut from, &mut to);
    });
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    let number = count.load(Ordering::SeqCst);
    if &first == b"PATCH" && keeps(count.fetch_add(1, Ordering::SeqCst)) {
        // The test may have seen enough.
        let _ = sender.send(number);
        let _ = requesting.join();
        return;
    }
    let _ = client.write_all(&answer);
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = requesting.join();
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().unwrap();
    assert!(sent.success());
}

/// Starts a run that writes, with the user's token in a file.
fn start(place: &Place, url: &str, token: &str) -> Child {
    let file = place.file("token", token);
    let words = [
        "conform",
        "movieknight",
        "--url",
        url,
        "--token-file",
        &file,
        "--allow-writes",
        "--timeout",
        "10m",
    ];
    let mut command = place.command(&words);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// A user with something of their own in their profile.
fn somebody(place: &Place, host: &Host) -> (String, String) {
    let token = place.user("ada");
    let body =
        r#"{"bio":"my own","name":"Ada","countryCode":"DE","avatarUrl":"https://a.example/"}"#;
    assert_eq!(host.patch(&token, body).unwrap().status, 200);
    let before = host.get(&token).body;
    (token, before)
}

#[test]
fn an_interrupted_run_puts_the_profile_back() {
    for place in Place::both() {
        let host = place.serve();
        let (token, before) = somebody(&place, &host);
        for name in ["-INT", "-TERM", "-HUP"] {
            // The first write of an exchange is its state, the second its own.
            let proxy = Proxy::before(&host, |number| number == 1);
            let run = start(&place, &proxy.base, &token);
            proxy.wait();
            assert_ne!(host.get(&token).body, before, "nothing was written");
            signal(&run, name);
            let output = run.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(3), "{said}");
            assert!(said.contains("it was interrupted"), "{said}");
            assert_eq!(host.get(&token).body, before, "{name}: {said}");
        }
    }
}

#[test]
fn interrupted_twice_it_says_what_the_profile_was() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, _) = somebody(&place, &host);
    let proxy = Proxy::before(&host, |number| number > 0);
    let mut run = start(&place, &proxy.base, &token);
    let mut said = BufReader::new(run.stderr.take().unwrap());
    proxy.wait();
    signal(&run, "-INT");
    let mut text = String::new();
    while !text.contains("once more") {
        assert!(said.read_line(&mut text).unwrap() > 0, "{text}");
    }
    // It is being put back, which takes for ever.
    proxy.wait();
    signal(&run, "-INT");
    said.read_to_string(&mut text).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{text}");
    assert!(text.contains(r#""bio":"my own","name":"Ada""#), "{text}");
    assert!(!text.contains(&token), "{text}");
}

/// Runs `manyface conform` to its end: the status, what it prints, and what it says.
fn conform(place: &Place, words: &[&str]) -> (Option<i32>, String, String) {
    let words = [&["conform"], words].concat();
    let Output {
        status,
        stdout,
        stderr,
    } = place.run(&words);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn reports_are_written_compared_and_show_no_token() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, before) = somebody(&place, &host);
    let url = format!("http://{}", host.authority);
    let file = place.file("token", &format!("{token}\n"));
    let common = ["movieknight", "--url", &url, "--token-file", &file];

    let good = [&common[..], &["--allow-writes", "--json", "-"]].concat();
    let (status, json, said) = conform(&place, &good);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("PATCH /api/users/me") && said.contains(" 0 failed"),
        "{said}"
    );
    assert!(
        said.contains("1  needs a user to whom nobody has written [fresh-user]"),
        "{said}"
    );
    assert!(
        json.starts_with("{\n  \"format\": \"manyface-conformance/1\""),
        "{json}"
    );
    assert_eq!(host.get(&token).body, before);

    // A suite of somebody's own, with something that is not so.
    let folder = place.folder.path().join("exchanges");
    fs::create_dir(&folder).unwrap();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../movieknight/exchanges");
    for name in ["suite.toml", "head-is-get-without-a-body.toml"] {
        fs::copy(format!("{own}/{name}"), folder.join(name)).unwrap();
    }
    fs::write(folder.join("a-teapot.toml"), WRONG).unwrap();
    let folder = folder.to_str().unwrap();
    let path = |name: &str| place.folder.path().join(name).to_str().unwrap().to_owned();
    let [json, junit, html] = ["report.json", "report.xml", "report.html"].map(path);
    let reports = [
        "--suite", folder, "--json", &json, "--junit", &junit, "--html", &html,
    ];
    let wrong = [&common[..], &reports].concat();
    let (status, printed, said) = conform(&place, &wrong);
    assert_eq!((status, &*printed), (Some(1), ""), "{said}");
    assert!(
        said.contains("failed: a-teapot: a profile is a teapot"),
        "{said}"
    );
    assert!(said.contains("1 passed, 1 failed, 0 skipped"), "{said}");
    let texts = [&json, &junit, &html].map(|name| fs::read_to_string(name).unwrap());
    for text in texts.iter().chain([&said]) {
        assert!(text.contains("a-teapot") && text.contains("418"), "{text}");
        assert!(!text.contains(&token), "{text}");
    }
    for text in &texts[..] {
        assert!(text.contains("Bearer [redacted]"), "{text}");
    }

    // What failed before is no finding.
    let known = [&common[..], &["--suite", folder, "--baseline", &json]].concat();
    let (status, _, said) = conform(&place, &known);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("1  still failing: a-teapot"), "{said}");
}

#[test]
fn tokens_come_from_the_environment_too() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, _) = somebody(&place, &host);
    let url = format!("http://{}", host.authority);
    let mut command = place.command(&["conform", "movieknight", "head-is", "etag"]);
    command.env("MANYFACE_CONFORM_TOKEN", &token);
    let output = command.env("MANYFACE_CONFORM_URL", &url).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    // And do not disturb a server.
    let mut command = place.command(&["check"]);
    command.env("MANYFACE_CONFORM_TOKEN", &token);
    assert!(command.output().unwrap().status.success());
}

#[test]
fn what_cannot_be_run_is_said_before_anything_is() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, _) = somebody(&place, &host);
    let url = format!("http://{}", host.authority);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let dialect = |url: &str, token: &str, more: &[&str]| {
        let words = [&["movieknight", "--url", url, "--token", token], more].concat();
        conform(&place, &words)
    };
    for ((status, printed, said), code, expected) in [
        (dialect(&nobody, &token, &[]), 3, "Connection refused"),
        (
            dialect(&url, "nonsense", &[]),
            3,
            "the token of the user is refused",
        ),
        (
            dialect(&format!("{url}/x"), &token, &[]),
            3,
            "the URL is what stands before",
        ),
        (
            dialect(&url, &token, &["null-is-refused"]),
            3,
            "nothing that could be played",
        ),
        (dialect(&url, &token, &["no-such-name"]), 2, "--list"),
        (dialect("ftp://x", &token, &[]), 2, "--url"),
        (
            dialect("http://a:b@127.0.0.1", &token, &[]),
            2,
            "no password",
        ),
        (dialect(&url, "a\nb", &[]), 2, "--token"),
        (
            dialect(&url, &token, &["--json", "/nowhere/x"]),
            2,
            "/nowhere/x",
        ),
        (
            dialect(&url, &token, &["--json", "-", "--html", "-"]),
            2,
            "standard output",
        ),
        (
            dialect(&url, &token, &["--baseline", "/nowhere"]),
            2,
            "--baseline",
        ),
        (
            dialect(&url, &token, &["--no-restore"]),
            2,
            "--allow-writes",
        ),
        (dialect(&url, &token, &["--rate", "0"]), 2, "--rate"),
        (
            conform(&place, &["klingon", "--url", &url]),
            2,
            "movieknight, tenant, whop",
        ),
        (
            conform(&place, &["movieknight", "--url", &url]),
            2,
            "MANYFACE_CONFORM_TOKEN",
        ),
        (
            conform(&place, &["movieknight", "--token", "x"]),
            2,
            "MANYFACE_CONFORM_URL",
        ),
        (
            conform(&place, &["tenant", "--url", &url, "--token", "x"]),
            2,
            "--tenant",
        ),
    ] {
        assert_eq!((status, &*printed), (Some(code), ""), "{expected}: {said}");
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(!said.contains(&token), "{said}");
    }
}

#[test]
fn every_dialect_is_built_in_whole() {
    let place = Place::sqlite();
    for dialect in manyface::dialects() {
        let name = dialect.name;
        let folder = format!("{}/../{name}/exchanges", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).unwrap().count();
        let (status, printed, said) = conform(&place, &[name, "--list"]);
        assert_eq!(status, Some(0), "{said}");
        // All but suite.toml.
        assert_eq!(printed.lines().count(), files - 1, "{name}");
        assert!(
            printed.contains("\tskipped: would send what can write"),
            "{printed}"
        );
    }
}
