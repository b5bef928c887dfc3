//! The rate and memory of image uploads, and their effect on other requests.

mod images;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use manyface_testing::http::Connection;

use crate::{Failure, Result, meter::memory};

/// The duration of each latency measurement.
const SECONDS: u64 = 10;
/// The number of timed uploads of each image.
const UPLOADS: u32 = 20;
/// The number of clients that send images one after the other.
const FLOOD: usize = 40;

/// Measures a host of this build, on SQLite in a temporary folder, and prints a table.
pub fn measure_media() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|e| Failure::could_not("make a folder", e))?;
    let photographs: Vec<_> = (0..UPLOADS).map(images::photograph).collect();
    let drawings: Vec<_> = (0..UPLOADS).map(images::drawing).collect();
    let length = |pictures: &[Vec<u8>]| pictures.first().map_or(0, Vec::len);
    let (jpeg, png) = (length(&photographs), length(&drawings));
    println!("A JPEG of 12 megapixels ({jpeg} bytes), and a PNG of {png} bytes.\n");
    for (name, some) in [("JPEG", &photographs), ("PNG", &drawings)] {
        let host = Host::start(&folder.path().join(name))?;
        let idle = memory(host.child.id()).1;
        let token = host.user("ada")?;
        let mut client = Client::connect(&host.authority, &token)?;
        let begun = Instant::now();
        for picture in some {
            let status = client.patch(&images::body(picture))?;
            if status != 200 {
                return Err(Failure::new(format!("an image got {status}")));
            }
        }
        let rate = f64::from(UPLOADS) / begun.elapsed().as_secs_f64();
        let peak = memory(host.child.id()).1;
        println!("{name}: {rate:.1} images/s, peak {peak} KiB (idle {idle} KiB)");
    }
    // Made before, so that the clients need little of the cores that they share with the host.
    let bodies: Vec<_> = drawings.iter().map(|png| images::body(png)).collect();
    let host = Host::start(&folder.path().join("latency"))?;
    let token = host.user("ada")?;
    let alone = latencies(&host, &token)?;
    println!(
        "\nPATCH of a bio alone: p50 {} us, p99 {} us",
        alone.0, alone.1
    );
    let is_over = AtomicBool::new(false);
    let [kept, rejected] = [const { AtomicU32::new(0) }; 2];
    let flooded = thread::scope(|scope| {
        for number in 0..FLOOD {
            let (host, bodies, is_over) = (&host, &bodies, &is_over);
            let (kept, rejected) = (&kept, &rejected);
            scope.spawn(move || {
                let Ok(token) = host.user(&format!("user{number}")) else {
                    return;
                };
                let mut client = Client::connect(&host.authority, &token);
                let mut turns = bodies.iter().cycle().skip(number);
                while let (false, Ok(client)) = (is_over.load(Ordering::Relaxed), &mut client) {
                    let body = turns.next().map_or(&[][..], Vec::as_slice);
                    let status = client.patch(body);
                    if matches!(status, Ok(200)) {
                        kept.fetch_add(1, Ordering::Relaxed);
                    } else {
                        rejected.fetch_add(1, Ordering::Relaxed);
                        // As `Retry-After` asks.
                        thread::sleep(Duration::from_secs(1));
                    }
                }
            });
        }
        while kept.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        let flooded = latencies(&host, &token);
        is_over.store(true, Ordering::Relaxed);
        flooded
    })?;
    let (kept, rejected) = (kept.into_inner(), rejected.into_inner());
    let peak = memory(host.child.id()).1;
    println!(
        "While {FLOOD} clients send PNGs: p50 {} us, p99 {} us",
        flooded.0, flooded.1
    );
    println!("({kept} of them stored, {rejected} rejected with Retry-After; peak {peak} KiB)");
    Ok(())
}

/// The median and the 99th percentile of changes of a bio, one after the other, in microseconds.
fn latencies(host: &Host, token: &str) -> Result<(u128, u128)> {
    let mut client = Client::connect(&host.authority, token)?;
    let mut times = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(SECONDS) {
        let body = format!("{{\"bio\":\"{}\"}}", times.len());
        let sent = Instant::now();
        let status = client.patch(body.as_bytes())?;
        if status != 200 {
            return Err(Failure::new(format!("a bio got {status}")));
        }
        times.push(sent.elapsed().as_micros());
        // A client with pauses: one without would measure its own load.
        thread::sleep(Duration::from_millis(5));
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied();
    Ok((at(50).unwrap_or(0), at(99).unwrap_or(0)))
}

/// A user's connection to the host.
struct Client {
    connection: Connection,
    headers: String,
}

impl Client {
    fn connect(authority: &str, token: &str) -> Result<Self> {
        let connection = Connection::open(authority);
        Ok(Self {
            connection: connection.map_err(|e| Failure::could_not("connect", e))?,
            headers: format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"),
        })
    }

    /// Sends a body, and returns the status of the response.
    fn patch(&mut self, body: &[u8]) -> Result<u16> {
        let (path, headers) = ("/api/users/me", &self.headers);
        let sent = self.connection.send("PATCH", path, headers, body);
        let response = sent.map_err(|e| Failure::could_not("send a request", e))?;
        Ok(response.status)
    }
}

/// A running host.
struct Host {
    child: Child,
    authority: String,
    folder: String,
}

impl Host {
    fn start(folder: &Path) -> Result<Self> {
        let folder = folder.display().to_string();
        fs::create_dir_all(&folder).map_err(|e| Failure::could_not("make a folder", e))?;
        let words = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &folder];
        let started = program()?
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = started.map_err(|e| Failure::could_not("start the host", e))?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            let read = BufReader::new(said).read_line(&mut line);
            read.map_err(|e| Failure::could_not("read the output of the host", e))?;
        }
        let authority = line.trim().trim_start_matches("http://").to_owned();
        Ok(Self {
            child,
            authority,
            folder,
        })
    }

    /// A new user's token.
    fn user(&self, name: &str) -> Result<String> {
        let email = format!("{name}@example.com");
        self.run(&["user", "add", "--username", name, "--email", &email])?;
        self.run(&["token", "--dialect", "movieknight", "--user", name])
    }

    fn run(&self, words: &[&str]) -> Result<String> {
        let output = program()?
            .args(words)
            .args(["--data-dir", &self.folder])
            .output();
        let output = output.map_err(|e| Failure::could_not("run the host", e))?;
        if !output.status.success() {
            return Err(Failure::new(String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The host next to this program.
fn program() -> Result<Command> {
    let own = std::env::current_exe().map_err(|e| Failure::could_not("find this program", e))?;
    Ok(Command::new(own.with_file_name("manyface")))
}
