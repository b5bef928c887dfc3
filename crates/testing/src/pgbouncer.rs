//! A PgBouncer in front of a cluster.

use std::{
    env, fs,
    io::Write,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Postgres,
    programs::{command, run},
};

/// Waits for the end of the test process, and then ends the pooler in directory `$1`; the rest is
/// the pooler's command.
const KEEPER: &str = r#"
directory=$1; shift
"$@" >>"$directory/pgbouncer.log" 2>&1 &
read -r word
kill -TERM "$(cat "$directory/pgbouncer.pid")"
wait
rm -rf "$directory"
"#;
/// The configuration.
const FILE: &str = "pgbouncer.ini";
/// The name of the socket, not a port.
const PORT: u16 = 6432;
/// The timeout for the pooler to accept connections.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A PgBouncer in front of a cluster, reached through a socket in its directory.
#[derive(Debug)]
pub struct PgBouncer {
    directory: PathBuf,
    keeper: Child,
    /// The lines of the configuration that do not change.
    common: String,
}

impl PgBouncer {
    /// Starts a pooler in front of `cluster`, with lines of its configuration such as
    /// `pool_mode = session`.
    ///
    /// # Panics
    ///
    /// If PgBouncer is not installed or does not start.
    pub fn start(cluster: &Postgres, settings: &str) -> Self {
        let program = installed().unwrap_or_else(|| {
            panic!("no PgBouncer: install it (Debian: `apt-get install pgbouncer`)")
        });
        let directory = cluster.programs.make_directory();
        let (server, shown) = (cluster.directory.display(), directory.display());
        let common = format!(
            "[databases]\n* = host={server} user=postgres\n[pgbouncer]\n\
             listen_addr =\nlisten_port = {PORT}\nunix_socket_dir = {shown}\n\
             auth_type = any\npidfile = {shown}/pgbouncer.pid\n"
        );
        let file = directory.join(FILE);
        fs::write(&file, format!("{common}{settings}\n")).expect("the configuration is written");
        let mut words: Vec<String> = ["sh", "-c", KEEPER, "keeper"].map(str::to_owned).to_vec();
        words.push(directory.display().to_string());
        words.extend(cluster.programs.as_user(program.display().to_string()));
        words.push(file.display().to_string());
        let keeper = command(&words).stdin(Stdio::piped()).spawn();
        let pooler = Self {
            keeper: keeper.expect("there is a shell"),
            directory,
            common,
        };
        let socket = pooler.directory.join(format!(".s.PGSQL.{PORT}"));
        let begun = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            let log = fs::read_to_string(pooler.directory.join("pgbouncer.log"));
            assert!(
                begun.elapsed() < TIMEOUT,
                "PgBouncer does not start: {log:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
        pooler
    }

    /// Replaces the lines of the configuration, as an operator would (`RELOAD`).
    ///
    /// # Panics
    ///
    /// If the pooler is not running.
    pub fn reload(&self, settings: &str) {
        let text = format!("{}{settings}\n", self.common);
        fs::write(self.directory.join(FILE), text).expect("the configuration is written");
        let id = fs::read_to_string(self.directory.join("pgbouncer.pid"));
        let id = id.expect("the pooler is running");
        run(&["kill", "-HUP", id.trim()].map(str::to_owned));
    }

    /// The URL of the database `name` through the pooler.
    pub fn url(&self, name: &str) -> String {
        let host = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{host}:{PORT}/{name}")
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        if let Some(mut stdin) = self.keeper.stdin.take() {
            // The keeper may have ended already.
            let _ = writeln!(stdin, "end");
        }
        let _ = self.keeper.wait();
    }
}

fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders =
        env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let mut programs = folders.map(|folder: PathBuf| folder.join("pgbouncer"));
    programs.find(|program: &PathBuf| Path::is_file(program))
}
