//! A PostgreSQL cluster that lives as long as the test process.

use std::{
    fs,
    io::Write,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::programs::{Programs, command, run};

/// Waits for the end of the test process, or for a command, and then stops the server.
///
/// `$1` is the cluster's directory; the rest is the server's command.
const KEEPER: &str = r#"
directory=$1; shift
"$@" >>"$directory/server.log" 2>&1 &
started=$!
read -r word || word=gone
# A server that starts or ends has no file, or that of the one before.
while server=$(head -n 1 "$directory/data/postmaster.pid" 2>/dev/null)
    kill -0 "$started" 2>/dev/null && ! kill -0 "$server" 2>/dev/null
do sleep 0.05; done
case $word in
    kill) kill -KILL "$server" $(ps -A -o ppid= -o pid= | sed -n "s/^ *$server  *//p") ;;
    *) kill -INT "$server" ;;
esac
wait
[ "$word" = gone ] && rm -rf "$directory"
exit 0
"#;

/// A compiled locale that every glibc has.
const C_LOCALE: &str = "/usr/lib/locale/C.utf8";
/// The timeout for a server to accept connections.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The settings that differ from PostgreSQL's defaults.
const SETTINGS: [&str; 4] = [
    "listen_addresses=",
    "max_connections=400",
    "shared_buffers=32MB",
    "log_line_prefix=[%p] %d ",
];

/// A separate cluster, reached through a socket in its directory. Commits are durable (`fsync`).
#[derive(Debug)]
pub struct Postgres {
    pub(crate) programs: Programs,
    pub(crate) directory: PathBuf,
    settings: Vec<String>,
    keeper: Mutex<Option<Child>>,
    databases: AtomicU32,
}

impl Postgres {
    /// The cluster that all tests of this process share.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed or does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start_new)
    }

    /// Starts a cluster for one test.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed or does not start.
    pub fn start_new() -> Self {
        Self::start_with(&[])
    }

    /// Starts a cluster with settings such as `shared_buffers=512MB`.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed or does not start.
    pub fn start_with(settings: &[&str]) -> Self {
        let programs = Programs::find();
        let directory = programs.make_directory();
        Self::make(programs, directory, settings)
    }

    /// Returns whether the programs are installed.
    pub fn is_installed() -> bool {
        Programs::are_installed()
    }

    /// Starts a cluster for one test, with `lc_messages` in German.
    ///
    /// # Panics
    ///
    /// If PostgreSQL or glibc's locale `C.utf8` is not installed, or the server does not start.
    pub fn start_german() -> Self {
        let mut programs = Programs::find();
        let directory = programs.make_directory();
        // Any locale by that name suffices: the server uses only its name.
        let mut words = programs.as_user("cp".to_owned());
        let locale = directory.join("de_DE.utf8").display().to_string();
        words.extend(["-r", C_LOCALE, &locale].map(str::to_owned));
        run(&words);
        programs.set_locales(&directory);
        let cluster = Self::make(programs, directory, &[]);
        let set = "ALTER SYSTEM SET lc_messages = 'de_DE.utf8'";
        cluster.psql("postgres", set);
        cluster.stop();
        cluster.start();
        cluster
    }

    fn make(programs: Programs, directory: PathBuf, settings: &[&str]) -> Self {
        let mut words = programs.words("initdb");
        let data = directory.join("data").display().to_string();
        let rest = ["--username=postgres", "--auth=trust", "--encoding=UTF8"];
        words.extend(rest.map(str::to_owned));
        words.extend(["--no-locale", "--no-instructions", "-D", &data].map(str::to_owned));
        run(&words);
        let cluster = Self {
            programs,
            directory,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            keeper: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        cluster.start();
        cluster
    }

    /// Creates an empty database and returns its URL.
    ///
    /// # Panics
    ///
    /// If the server is unreachable.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test{number}");
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of the database `name`.
    pub fn url(&self, name: &str) -> String {
        let directory = self.directory.display().to_string();
        let host = directory.replace('/', "%2F");
        format!("postgres://postgres@{host}/{name}")
    }

    /// Runs statements in the database `name` and returns their rows, with fields separated by `|`.
    ///
    /// # Panics
    ///
    /// If a statement fails.
    pub fn psql(&self, name: &str, statements: &str) -> String {
        run(&self.psql_words(name, statements))
    }

    /// The client program `program`, run as this process's user, as a command that knows where the
    /// server is.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.path(program));
        command.args(["-U", "postgres", "-h"]).arg(&self.directory);
        command.current_dir("/");
        command
    }

    /// The id of the server's process, whose children serve its connections.
    ///
    /// # Panics
    ///
    /// If the server is down.
    pub fn pid(&self) -> u32 {
        let file = self.directory.join("data/postmaster.pid");
        let text = fs::read_to_string(file).expect("the server is running");
        let id = text.lines().next().and_then(|line| line.parse().ok());
        id.expect("the file begins with the id")
    }

    /// Returns the server's log.
    ///
    /// # Panics
    ///
    /// If the log cannot be read.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.join("server.log")).expect("the server writes a log")
    }

    /// Starts a server that is down, and waits until it accepts connections.
    ///
    /// # Panics
    ///
    /// If it does not start within a minute.
    pub fn start(&self) {
        let begun = Instant::now();
        loop {
            self.spawn();
            // A server that was killed leaves processes behind that keep the next one from
            // starting for a moment.
            if self.accepts_connections(begun) {
                return;
            }
            self.end("stop");
            let log = self.log();
            assert!(
                begun.elapsed() < TIMEOUT,
                "PostgreSQL does not start: {log}"
            );
        }
    }

    /// Stops the server as an operator would (`pg_ctl stop -m fast`).
    pub fn stop(&self) {
        self.end("stop");
    }

    /// Kills the server with SIGKILL.
    pub fn kill(&self) {
        self.end("kill");
    }

    fn spawn(&self) {
        let directory = self.directory.display().to_string();
        let mut words: Vec<String> = ["sh", "-c", KEEPER, "keeper", &directory]
            .map(str::to_owned)
            .to_vec();
        words.extend(self.programs.words("postgres"));
        words.extend(["-D".to_owned(), format!("{directory}/data")]);
        let sockets = format!("unix_socket_directories={directory}");
        let own = self.settings.iter().map(String::as_str);
        for setting in SETTINGS.into_iter().chain([&*sockets]).chain(own) {
            words.extend(["-c".to_owned(), setting.to_owned()]);
        }
        let keeper = command(&words)
            .stdin(Stdio::piped())
            // Ctrl-C ends this process, and the keeper ends the server after that.
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
    }

    fn accepts_connections(&self, begun: Instant) -> bool {
        let words = self.psql_words("postgres", "SELECT 1");
        let pid_file = self.directory.join("data/postmaster.pid");
        let mut seen = false;
        while begun.elapsed() < TIMEOUT {
            let response = command(&words).stderr(Stdio::null()).output();
            if response.is_ok_and(|response| response.status.success()) {
                return true;
            }
            // A server that gives up takes its file with it.
            if seen && !pid_file.exists() {
                return false;
            }
            seen |= pid_file.exists();
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Sends a command to the keeper and waits for its completion.
    fn end(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = keeper.take() {
            if let Some(mut stdin) = child.stdin.take() {
                // The keeper and its server may have ended already.
                let _ = writeln!(stdin, "{word}");
            }
            let _ = child.wait();
        }
    }

    fn psql_words(&self, name: &str, statements: &str) -> Vec<String> {
        let mut words = self.programs.words("psql");
        let directory = self.directory.display().to_string();
        let rest = [
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-h",
            &directory,
            "-d",
            name,
            "-c",
            statements,
        ];
        words.extend(rest.map(str::to_owned));
        words
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end("gone");
        // Remains if the server was down.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
