//! Runs the program under test.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use manyface_testing::{
    Postgres, TempDir,
    http::{self, Response},
};

/// The path of movieknight's only resource.
pub(crate) const ME: &str = "/api/users/me";

/// A multipart boundary that no file contains.
const BOUNDARY: &str = "boundary-of-the-parts";

/// A folder and a database of a deployment, which exists unless the constructor is an empty one.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) database: Option<String>,
}

impl Place {
    /// Creates an empty folder, for SQLite.
    pub(crate) fn empty() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            database: None,
        }
    }

    /// Creates a deployment on SQLite.
    pub(crate) fn sqlite() -> Self {
        Self::empty().migrated()
    }

    /// Creates a deployment on a new database of the tests' PostgreSQL server.
    pub(crate) fn postgres() -> Self {
        Self::on(Postgres::shared())
    }

    /// Creates a deployment on a new database of `cluster`.
    pub(crate) fn on(cluster: &Postgres) -> Self {
        Self::at(cluster.database()).migrated()
    }

    /// Creates an empty folder, for the database at `url`.
    pub(crate) fn at(url: String) -> Self {
        Self {
            database: Some(url),
            ..Self::empty()
        }
    }

    fn migrated(self) -> Self {
        self.print("migrate");
        self
    }

    /// Creates a deployment on each database.
    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// Creates an empty place for each database.
    pub(crate) fn both_empty() -> [Self; 2] {
        [Self::empty(), Self::at(Postgres::shared().database())]
    }

    /// Returns a command with `words` and a clean environment.
    pub(crate) fn command(&self, words: &(impl Words + ?Sized)) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_manyface"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("MANYFACE_") {
                command.env_remove(name);
            }
        }
        command.args(words.list()).current_dir(self.folder.path());
        if let Some(url) = &self.database {
            command.env("MANYFACE_DATABASE_URL", url);
        }
        command
    }

    /// Runs the program and waits for it.
    pub(crate) fn run(&self, words: &(impl Words + ?Sized)) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs the program; returns its exit status and output.
    pub(crate) fn end(&self, words: &(impl Words + ?Sized)) -> (Option<i32>, String) {
        ended(&self.run(words))
    }

    /// Returns the output of a command that must succeed.
    pub(crate) fn print(&self, words: &(impl Words + ?Sized)) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(words);
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{:?}: {stderr}", words.list());
        String::from_utf8(stdout).unwrap().trim_end().to_owned()
    }

    /// Adds a user and returns a token.
    pub(crate) fn user(&self, name: &str) -> String {
        let email = format!("{name}@example.com");
        self.print(&format!("user add --username {name} --email {email}"));
        self.token(name)
    }

    /// Returns a user's token for movieknight.
    pub(crate) fn token(&self, name: &str) -> String {
        self.token_for("movieknight", name)
    }

    /// Returns a user's token for a dialect, with the scope of writes in whop.
    pub(crate) fn token_for(&self, dialect: &str, name: &str) -> String {
        let words = "--scope user:profile:update --user";
        self.print(&format!("token --dialect {dialect} {words} {name}"))
    }

    /// Writes a file with this content.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Starts a server on a free port.
    pub(crate) fn serve(&self) -> Host {
        self.start("--listen 127.0.0.1:0")
    }

    /// Starts a server on a free port with this configuration.
    pub(crate) fn serve_with(&self, text: &str) -> Host {
        let file = self.file("manyface.toml", text);
        self.start(&format!("--listen 127.0.0.1:0 --config {file}"))
    }

    /// Starts a server with these options.
    pub(crate) fn start(&self, words: &str) -> Host {
        let mut child = self
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let (sender, said) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(length @ 1..) = stderr.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                // The test may have ended.
                let _ = sender.send(text);
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let base_url = line.trim_end().to_owned();
        let (_, authority) = base_url.split_once("://").unwrap_or_default();
        let host = Host {
            authority: authority.to_owned(),
            base_url: base_url.clone(),
            child,
            stdout,
            said: Mutex::new(said),
        };
        assert!(!host.authority.is_empty(), "{}", host.hear_all());
        host
    }
}

/// A running server, which is killed on drop.
pub(crate) struct Host {
    pub(crate) authority: String,
    pub(crate) base_url: String,
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<std::process::ChildStdout>,
    said: Mutex<mpsc::Receiver<String>>,
}

impl Host {
    /// Returns the server's standard error, up to the line with `word`.
    pub(crate) fn hear(&self, word: &str) -> String {
        let said = self.said.lock().unwrap();
        let mut text = String::new();
        while !text.contains(word) {
            let more = said.recv_timeout(Duration::from_secs(30));
            text += &more.unwrap_or_else(|_| panic!("`{word}` was never printed: {text}"));
        }
        text
    }

    /// Returns the rest of standard error, up to the server's exit.
    pub(crate) fn hear_all(&self) -> String {
        self.said.lock().unwrap().iter().collect()
    }

    /// Sends a request with headers, each of which ends with CR LF.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: impl AsRef<[u8]>,
    ) -> Response {
        http::send(&self.authority, method, path, headers, body).unwrap()
    }

    /// Sends JSON as a user.
    pub(crate) fn json(&self, method: &str, path: &str, token: &str, body: &str) -> Response {
        self.send(method, path, &json_of(token), body)
    }

    /// Sends a PATCH of a user's profile.
    pub(crate) fn patch(&self, token: &str, body: &str) -> Response {
        self.try_patch(token, body).unwrap()
    }

    /// Sends a PATCH of a user's profile with further headers.
    pub(crate) fn patch_if(&self, token: &str, body: &str, more: &str) -> Response {
        self.send("PATCH", ME, &(json_of(token) + more), body)
    }

    /// Sends a PATCH of a user's profile to a server that may exit.
    pub(crate) fn try_patch(&self, token: &str, body: &str) -> io::Result<Response> {
        http::send(&self.authority, "PATCH", ME, &json_of(token), body)
    }

    /// Sends a file as a field of a user's details in iam.
    pub(crate) fn upload(&self, token: &str, field: &str, file: &[u8]) -> Response {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"details.{field}\"; \
             filename=\"x\"\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), file, tail.as_bytes()].concat();
        let form = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}");
        let headers = format!("Authorization: Bearer {token}\r\n{form}\r\n");
        self.send("PATCH", "/api/v1/iam/user/profile/", &headers, body)
    }

    /// Sends a GET with a user's token.
    pub(crate) fn get(&self, token: &str) -> Response {
        self.send("GET", ME, &format!("Authorization: Bearer {token}\r\n"), "")
    }

    /// Requests a path without a token.
    pub(crate) fn ask(&self, path: &str) -> Response {
        self.send("GET", path, "", "")
    }

    /// Returns the base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// Returns the path of a URL of this server.
    pub(crate) fn path_of<'a>(&self, url: &'a str) -> &'a str {
        url.strip_prefix(&self.url()).expect(url)
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the exit.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Sends SIGKILL and waits for the exit.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Repeats a check until it succeeds; panics after a minute.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        thread::yield_now();
    }
}

/// Returns the files in a folder and its subfolders.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    files.collect()
}

/// Returns the exit status and output of a command.
pub(crate) fn ended(output: &Output) -> (Option<i32>, String) {
    let printed = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

/// Returns the headers of a user's JSON request.
pub(crate) fn json_of(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n")
}

/// Returns the rows of a table, each split into its cells.
pub(crate) fn rows<const N: usize>(table: &str) -> impl Iterator<Item = [&str; N]> {
    table.trim().lines().map(|line| {
        let parts: Vec<_> = line.split(" | ").collect();
        parts.try_into().expect(line)
    })
}

/// The arguments of a command: a string with spaces between them, or a list.
pub(crate) trait Words {
    fn list(&self) -> Vec<&str>;
}

impl Words for str {
    fn list(&self) -> Vec<&str> {
        self.split_whitespace().collect()
    }
}

impl Words for String {
    fn list(&self) -> Vec<&str> {
        self.as_str().list()
    }
}

impl Words for [&str] {
    fn list(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl<const N: usize> Words for [&str; N] {
    fn list(&self) -> Vec<&str> {
        self.to_vec()
    }
}

impl Words for Vec<&str> {
    fn list(&self) -> Vec<&str> {
        self.clone()
    }
}
