//! Runs that are interrupted during an exchange.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use super::new_user;
use crate::host::{Host, Place};

/// A proxy to the host that drops the responses of some writes.
struct Proxy {
    base: String,
    /// Receives a message for each write whose response is dropped.
    kept: mpsc::Receiver<usize>,
}

impl Proxy {
    /// Starts a proxy to `host`. `keeps` decides for each write, by its number, whether its
    /// response is dropped.
    fn before(host: &Host, keeps: fn(usize) -> bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (sender, kept) = mpsc::channel();
        let (authority, count) = (host.authority.clone(), Arc::new(AtomicUsize::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (authority, count) = (authority.clone(), Arc::clone(&count));
                let sender = sender.clone();
                thread::spawn(move || forward(stream, &authority, &count, &sender, keeps));
            }
        });
        Self { base, kept }
    }

    fn wait(&self) -> usize {
        let kept = self.kept.recv_timeout(Duration::from_secs(60));
        kept.expect("a write arrives")
    }
}

fn forward(
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
        // Copy until either side closes.
        let _ = std::io::copy(&mut from, &mut to);
    });
    let mut response = Vec::new();
    let _ = server.read_to_end(&mut response);
    let number = count.load(Ordering::SeqCst);
    if &first == b"PATCH" && keeps(count.fetch_add(1, Ordering::SeqCst)) {
        // The test may have ended.
        let _ = sender.send(number);
        let _ = requesting.join();
        return;
    }
    let _ = client.write_all(&response);
    let _ = client.shutdown(Shutdown::Both);
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

#[test]
fn interrupted_runs_restore_the_profile() {
    for place in Place::both() {
        let host = place.serve();
        let (token, before) = new_user(&place, &host);
        for name in ["-INT", "-TERM", "-HUP"] {
            // The first write of an exchange sets its state; the second is the exchange's own.
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
fn runs_interrupted_twice_print_the_original_profile() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, _) = new_user(&place, &host);
    let proxy = Proxy::before(&host, |number| number > 0);
    let mut run = start(&place, &proxy.base, &token);
    let mut said = BufReader::new(run.stderr.take().unwrap());
    proxy.wait();
    signal(&run, "-INT");
    let mut text = String::new();
    while !text.contains("interrupt again") {
        assert!(said.read_line(&mut text).unwrap() > 0, "{text}");
    }
    // The restoring write never ends.
    proxy.wait();
    signal(&run, "-INT");
    said.read_to_string(&mut text).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(3), "{text}");
    assert!(text.contains(r#""bio":"my own","name":"Ada""#), "{text}");
    assert!(!text.contains(&token), "{text}");
}
