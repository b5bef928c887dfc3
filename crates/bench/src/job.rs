//! Child processes, killed when they are dropped.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Failure, Result, interrupt};

/// The polling interval of a running program.
const GLANCE: Duration = Duration::from_millis(20);

/// A running program, killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Job {
    name: String,
    child: Child,
}

impl Job {
    /// Starts `command` in a separate process group, which Ctrl-C in the terminal does not reach.
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<Self> {
        interrupt::check()?;
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        Ok(Self {
            name: name.to_owned(),
            child: child.map_err(|e| Failure::could_not(&format!("run {name}"), e))?,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns an error if the program has ended.
    pub(crate) fn check_running(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(Failure::new(format!("{} ended: {status}", self.name))),
            Err(error) => Err(Failure::could_not("wait", error)),
        }
    }

    /// Sends a signal by name, and waits until the program has ended.
    pub(crate) fn end(&mut self, signal: &str, timeout: Duration) {
        if self.check_running().is_err() {
            return;
        }
        let pid = self.pid().to_string();
        // The program may have ended already; wait for it in any case.
        drop(Command::new("kill").args(["-s", signal, &pid]).status());
        let begun = Instant::now();
        while begun.elapsed() < timeout && self.check_running().is_ok() {
            thread::sleep(GLANCE);
        }
    }

    /// Waits for the end of the program, and calls `meanwhile` at each poll.
    fn finish(&mut self, timeout: Duration, mut meanwhile: impl FnMut()) -> Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            interrupt::check()?;
            let ended = self.child.try_wait();
            if let Some(status) = ended.map_err(|e| Failure::could_not("wait", e))? {
                return Ok(status);
            }
            if begun.elapsed() > timeout {
                let name = &self.name;
                return Err(Failure::new(format!("{name} took longer than {timeout:?}")));
            }
            meanwhile();
            thread::sleep(GLANCE);
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // Killing fails if the program has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs `command` to its successful end and returns its output, which `folder` holds meanwhile.
pub(crate) fn output(
    name: &str,
    command: &mut Command,
    folder: &Path,
    timeout: Duration,
    meanwhile: impl FnMut(),
) -> Result<String> {
    let path = |kind: &str| folder.join(format!("{name}.{kind}"));
    let file = |kind: &str| {
        File::create(path(kind)).map_err(|e| Failure::could_not("make a temporary file", e))
    };
    command.stdout(file("out")?).stderr(file("err")?);
    let status = Job::start(name, command)?.finish(timeout, meanwhile)?;
    let read = |kind: &str| {
        let bytes = fs::read(path(kind)).map_err(|e| Failure::could_not("read a file", e))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (said, complained): (String, String) = (read("out")?, read("err")?);
    if status.success() {
        Ok(said)
    } else {
        let words = format!("{name} failed ({status}): {complained}{said}");
        Err(Failure::new(words))
    }
}
