//! Restarts of two hosts behind HAProxy, under load.

use std::{
    env, fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use manyface_testing::{Postgres, http::Connection};

use crate::host::{Host, ME, Place, json_of, until};

/// The number of restarts.
const RESTARTS: usize = 10;
/// The number of clients.
const CLIENTS: usize = 4;
/// The response header with the name of the host.
const SERVED_BY: &str = "x-served-by";
/// The addresses of the hosts. No client connects from them, so their ports stay free.
const ADDRESSES: [&str; 2] = ["127.77.0.1", "127.77.0.2"];
const NAMES: [&str; 2] = ["a", "b"];

/// A proxy that is killed on drop.
struct HaProxy {
    child: Child,
    socket: PathBuf,
}

impl HaProxy {
    /// Starts a proxy in front of `hosts`, which listens at a socket in `folder`.
    fn start(folder: &Path, hosts: [&Host; 2]) -> Self {
        let socket = folder.join("proxy.sock");
        let servers = NAMES.iter().zip(hosts);
        let servers = servers.map(|(name, host)| format!(" server {name} {}\n", host.authority));
        let config = format!(
            "defaults\n mode http\n timeout connect 10s\n timeout check 10s\n timeout client 60s\n \
             timeout server 60s\nfrontend front\n bind unix@{}\n default_backend hosts\n\
             backend hosts\n option httpchk GET /readyz\n \
             http-response set-header {SERVED_BY} %s\n \
             default-server check inter 50ms fall 1 rise 1\n{}",
            socket.display(),
            servers.collect::<String>()
        );
        let file = folder.join("haproxy.cfg");
        fs::write(&file, config).unwrap();
        let mut command = Command::new(installed());
        command.arg("-db").arg("-f").arg(file);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.unwrap();
        until("the proxy listens", || UnixStream::connect(&socket).is_ok());
        Self { child, socket }
    }

    fn connect(&self) -> Connection<UnixStream> {
        let stream = UnixStream::connect(&self.socket).unwrap();
        Connection::over(stream, "manyface.example")
    }

    /// Returns whether the proxy forwards requests to the host.
    fn uses(&self, name: &str) -> bool {
        let response = self.connect().send("GET", "/healthz", "", "").unwrap();
        response.header(SERVED_BY) == Some(name)
    }
}

impl Drop for HaProxy {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn installed() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders =
        env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let mut programs = folders.map(|folder| folder.join("haproxy"));
    let found = programs.find(|program| program.is_file());
    found.expect("no HAProxy: install it (Debian: `apt-get install haproxy`)")
}

#[test]
fn rolling_restarts_fail_no_request() {
    let place = Place::on(Postgres::shared());
    let token = place.user("ada");
    let config = place.file(
        "m.toml",
        "drain_seconds = 2\n[admin]\nlisten = '127.0.0.1:0'",
    );
    let start = |listen: &str| place.start(&format!("--listen {listen} --config {config}"));
    let mut hosts = ADDRESSES.map(|address| start(&format!("{address}:0")));
    let proxy = HaProxy::start(place.folder.path(), [&hosts[0], &hosts[1]]);
    let (is_over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let client = |number: usize| {
        let mut connection = proxy.connect();
        let mut request = 0;
        while !is_over.load(Ordering::Relaxed) {
            let method = ["GET", "PATCH"][request % 2];
            let body = match method {
                "GET" => String::new(),
                _ => format!("{{\"bio\":\"{number} {request}\"}}"),
            };
            let response = connection.send(method, ME, &json_of(&token), body).unwrap();
            assert_eq!(response.status, 200, "{response:?}");
            request += 1;
            sent.fetch_add(1, Ordering::Relaxed);
        }
    };
    let client = &client;
    thread::scope(|scope| {
        // The clients end with the test, also if it fails.
        let end = End(&is_over);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || client(number)))
            .collect();
        for restart in 0..RESTARTS {
            let (old, name) = (&mut hosts[restart % 2], NAMES[restart % 2]);
            let listen = old.authority.clone();
            let begun = sent.load(Ordering::Relaxed);
            old.terminate();
            assert!(old.child.wait().unwrap().success());
            assert!(sent.load(Ordering::Relaxed) > begun, "there is no load");
            *old = start(&listen);
            until("the proxy uses the host", || proxy.uses(name));
        }
        drop(end);
        for client in clients {
            client.join().unwrap();
        }
    });
}

/// Sets a flag on drop.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
