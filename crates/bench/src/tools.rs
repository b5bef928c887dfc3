//! The programs that a run needs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use manyface_testing::Postgres;

use crate::{Failure, Result};

/// The paths of the programs.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) wrk: PathBuf,
    /// The folder of `manyface` and `echo`.
    pub(crate) programs: PathBuf,
}

impl Tools {
    /// Finds the programs, installs those that are missing where that is possible, and builds ours
    /// unless they are built already.
    pub(crate) fn gather(is_built: bool) -> Result<Self> {
        if !is_built {
            build()?;
        }
        let postgres = || Postgres::is_installed().then_some(());
        find_or_install(postgres, "PostgreSQL with pgbench", "postgresql")?;
        Ok(Self {
            wrk: find_or_install(|| on_path("wrk"), "wrk", "wrk")?,
            programs: programs()?,
        })
    }
}

/// A program on the PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut paths = env::split_paths(&path).map(|folder| folder.join(program));
    paths.find(|path| path.is_file())
}

fn find_or_install<T>(find: impl Fn() -> Option<T>, what: &str, package: &str) -> Result<T> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install(package);
    find().ok_or_else(|| {
        Failure::new(format!(
            "{what} is missing (Debian and Ubuntu: apt-get install {package})"
        ))
    })
}

/// Tries to install a package; whether it came is seen afterwards.
fn install(package: &str) {
    let id = Command::new("id").arg("-u").output();
    let is_root = id.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !is_root || on_path("apt-get").is_none() {
        return;
    }
    eprintln!("bench: installing {package}");
    // Only the programs: no cluster is to be made and run next to the measured one.
    let settings = Path::new("/etc/postgresql-common/createcluster.conf");
    if package == "postgresql" && !settings.exists() {
        drop(fs::create_dir_all("/etc/postgresql-common"));
        drop(fs::write(settings, "create_main_cluster = false\n"));
    }
    for words in [&["update", "-qq"][..], &["install", "-y", "-qq", package]] {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        drop(command.stdout(std::io::stderr()).status());
    }
}

/// Builds the host and the echo host.
fn build() -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Two builds, so that the host has the features that it is released with.
    for package in ["manyface", "manyface-bench"] {
        let built = Command::new(&cargo)
            .args([
                "build",
                "--profile",
                "dist",
                "--quiet",
                "--bins",
                "-p",
                package,
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        let built = built.map_err(|e| Failure::could_not("run cargo", e))?;
        if !built.success() {
            return Err(Failure::new(format!("could not build {package}")));
        }
    }
    Ok(())
}

/// The folder of the host and the echo host, next to this program's or the same.
fn programs() -> Result<PathBuf> {
    let program = env::current_exe().map_err(|e| Failure::could_not("find this program", e))?;
    let target = program.parent().and_then(Path::parent);
    let folder = target.map(|folder| folder.join("dist"));
    let folder =
        folder.filter(|folder| folder.join("manyface").is_file() && folder.join("echo").is_file());
    folder.ok_or_else(|| Failure::new("manyface and echo are missing next to this program"))
}
