//! A host, or the echo host, as a separate process.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Failure, Result, interrupt,
    job::{self, Job},
    workplace::{TIMEOUT, Workplace},
};

/// The timeout for a server to print its URL; under a profiler it is slow.
const START: Duration = Duration::from_secs(120);

/// A server that accepts connections; dropping it stops the server.
#[derive(Debug)]
pub(crate) struct Served {
    job: Job,
    /// Without a slash at the end.
    pub(crate) base_url: String,
}

impl Served {
    /// Makes the tables in a new database.
    pub(crate) fn migrate(work: &Workplace, url: &str) -> Result<()> {
        let mut command = manyface(work, &[], url, None);
        command.arg("migrate");
        job::output("migrate", &mut command, work.path(), TIMEOUT, || {}).map(drop)
    }

    /// Starts `manyface serve` under the command `wrapper`, if any.
    pub(crate) fn host(
        work: &Workplace,
        name: &str,
        wrapper: &[String],
        url: &str,
        config: Option<&Path>,
    ) -> Result<Self> {
        let mut command = manyface(work, wrapper, url, config);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Self::start(work, name, command)
    }

    /// Starts the echo host.
    pub(crate) fn echo(work: &Workplace) -> Result<Self> {
        let mut command = Command::new(work.tools.programs.join("echo"));
        command.arg(work.data_dir());
        Self::start(work, "echo", command)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.job.pid()
    }

    /// Lets the server end by itself.
    pub(crate) fn stop(mut self) {
        self.job.end("TERM", START);
    }

    /// Returns an error if the server has ended.
    pub(crate) fn check_running(&mut self) -> Result<()> {
        self.job.check_running()
    }

    fn start(work: &Workplace, name: &str, mut command: Command) -> Result<Self> {
        let path = |kind: &str| work.path().join(format!("{name}.{kind}"));
        let file = |path: PathBuf| {
            File::create(path).map_err(|e| Failure::could_not("make a temporary file", e))
        };
        command
            .stdout(file(path("url"))?)
            .stderr(file(path("log"))?);
        let mut job = Job::start(name, &mut command)?;
        let begun = Instant::now();
        loop {
            let said = fs::read_to_string(path("url")).unwrap_or_default();
            if let Some((base_url, _)) = said.split_once('\n') {
                let base_url = base_url.to_owned();
                return Ok(Self { job, base_url });
            }
            interrupt::check()?;
            job.check_running()?;
            if begun.elapsed() > START {
                return Err(Failure::new(format!("{name} does not start")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The arguments that all commands of the host share.
fn manyface(work: &Workplace, wrapper: &[String], url: &str, config: Option<&Path>) -> Command {
    let program = work.tools.programs.join("manyface");
    let mut command = match wrapper.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    };
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("MANYFACE_") {
            command.env_remove(name);
        }
    }
    // What production logs: a line for each request is for developers.
    command.env("MANYFACE_LOG", "info,actix_server=warn");
    command.arg("--data-dir").arg(work.data_dir());
    command.args(["--database-url", url]);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    command
}
