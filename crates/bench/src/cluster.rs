//! A throw-away PostgreSQL cluster with default durability.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Failure, Result, interrupt,
    job::{self, Job},
    workplace::{PATIENCE, Workplace},
};

/// What differs from PostgreSQL's built-in settings; `fsync` and `synchronous_commit` stay on.
const SETTINGS: [&str; 3] = [
    "listen_addresses=",
    "shared_buffers=512MB",
    "max_connections=200",
];

/// A running server, reached through a socket in its folder. Ends with this.
#[derive(Debug)]
pub(crate) struct Cluster {
    job: Job,
    folder: PathBuf,
    programs: PathBuf,
    work: PathBuf,
}

impl Cluster {
    /// Makes a cluster in the workplace and starts it.
    pub(crate) fn start(work: &Workplace) -> Result<Self> {
        let folder = work.path().join("postgres");
        let failed = |e| Failure::could_not("make the cluster's folder", e);
        fs::create_dir(&folder).map_err(failed)?;
        let owner = owner()?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&folder, Some(user), Some(group)).map_err(failed)?;
        }
        let programs = work.tools.postgres.clone();
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command.current_dir("/");
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
        };
        let data = folder.join("data");
        let mut initdb = program("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        initdb
            .args(["--no-locale", "--no-instructions", "-D"])
            .arg(&data);
        job::output("initdb", &mut initdb, work.path(), PATIENCE, || {})?;
        let log = File::create(work.path().join("postgres.log")).map_err(failed)?;
        let mut postgres = program("postgres");
        postgres.arg("-D").arg(&data);
        for setting in SETTINGS {
            postgres.args(["-c", setting]);
        }
        let sockets = format!("unix_socket_directories={}", folder.display());
        postgres.args(["-c", &sockets]);
        postgres
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log);
        let mut cluster = Self {
            job: Job::start("postgres", &mut postgres)?,
            folder,
            programs,
            work: work.path().to_owned(),
        };
        cluster.wait()?;
        Ok(cluster)
    }

    /// The server's process, whose children are its backends.
    pub(crate) fn pid(&self) -> u32 {
        self.job.pid()
    }

    /// The URL of the database `name`.
    pub(crate) fn url(&self, name: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{host}/{name}")
    }

    /// Runs statements in the database `name` and answers their rows, fields parted by `|`.
    pub(crate) fn psql(&self, name: &str, statements: &str) -> Result<String> {
        let mut command = self.client("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        command.args(["-d", name, "-c", statements]);
        job::output("psql", &mut command, &self.work, PATIENCE, || {})
    }

    /// Writes everything to the disk that is still to be written.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.psql("postgres", "CHECKPOINT").map(drop)
    }

    /// A client program that knows where the server is.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-U", "postgres", "-h"]).arg(&self.folder);
        command.current_dir("/");
        command
    }

    fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while self.psql("postgres", "SELECT 1").is_err() {
            interrupt::check()?;
            self.job.check_running()?;
            if begun.elapsed() > Duration::from_secs(60) {
                return Err(Failure::new("PostgreSQL does not start"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // At once, because nothing of it is kept; its children end with it.
        self.job.end("QUIT", Duration::from_secs(30));
    }
}

/// Who runs the server where this process is root's, which PostgreSQL refuses.
fn owner() -> Result<Option<(u32, u32)>> {
    let id = |words: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(words).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().parse();
        text.ok().filter(|_| output.status.success())
    };
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let account = |user: &&str| Some((id(&["-u", user])?, id(&["-g", user])?));
    let found = ["postgres", "nobody"].iter().find_map(account);
    let missing = || Failure::new("there is no user postgres or nobody to run PostgreSQL as");
    found.map(Some).ok_or_else(missing)
}
