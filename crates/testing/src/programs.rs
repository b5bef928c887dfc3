//! The paths of the programs of PostgreSQL and the user that runs them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The programs of one version of PostgreSQL, run as one user.
#[derive(Debug)]
pub(crate) struct Programs {
    directory: PathBuf,
    user: Option<String>,
    /// The command prefix that runs a program with other locales.
    environment: Vec<String>,
}

impl Programs {
    /// Returns whether a version is installed.
    pub(crate) fn are_installed() -> bool {
        installed().is_some()
    }

    /// Finds the latest version that is installed.
    pub(crate) fn find() -> Self {
        let directory = installed().unwrap_or_else(|| {
            panic!(
                "no PostgreSQL: install its server programs (Debian: `apt-get install postgresql`), \
                 or put `initdb`, `postgres` and `psql` on the PATH"
            )
        });
        Self {
            directory,
            user: substitute_for_root(),
            environment: Vec::new(),
        }
    }

    /// The program and the arguments that run `program` as the right user.
    pub(crate) fn words(&self, program: &str) -> Vec<String> {
        let path = self.path(program);
        let path = path.to_str().expect("the path is UTF-8").to_owned();
        let mut words = self.environment.clone();
        words.extend(self.as_user(path));
        words
    }

    /// The path of `program`.
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }

    /// Adds the compiled locales in `directory`.
    pub(crate) fn set_locales(&mut self, directory: &Path) {
        let variable = format!("LOCPATH={}", directory.display());
        self.environment = vec!["env".to_owned(), variable];
    }

    /// A new directory that belongs to the right user.
    pub(crate) fn make_directory(&self) -> PathBuf {
        let mut words = self.as_user("mktemp".to_owned());
        let pattern = env::temp_dir().join("manyface-postgres-XXXXXX");
        words.push("-d".to_owned());
        words.push(pattern.to_str().expect("the path is UTF-8").to_owned());
        PathBuf::from(run(&words).trim_end())
    }

    /// The program and the arguments that run the program at this path as the right user.
    pub(crate) fn as_user(&self, program: String) -> Vec<String> {
        match &self.user {
            Some(user) => ["runuser", "-u", user, "--", &program]
                .map(str::to_owned)
                .to_vec(),
            None => vec![program],
        }
    }
}

/// Runs a program and returns its output.
///
/// # Panics
///
/// If it fails, with its standard error.
pub(crate) fn run(words: &[String]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command(words)
        .output()
        .unwrap_or_else(|error| panic!("{words:?} could not be run: {error}"));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{words:?} failed: {stderr}");
    String::from_utf8(stdout).expect("the output is UTF-8")
}

/// The command of a program and its arguments.
pub(crate) fn command(words: &[String]) -> Command {
    let (program, arguments) = words.split_first().expect("there is a program");
    let mut command = Command::new(program);
    // The server's user may not be able to enter the directory that tests run in.
    command.args(arguments).current_dir("/");
    command
}

fn installed() -> Option<PathBuf> {
    let version = |path: &Path| -> u32 {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let versions = versions.into_iter().map(|path| path.join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    versions
        .chain(on_path)
        .find(|directory| directory.join("initdb").is_file())
}

fn substitute_for_root() -> Option<String> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output();
        output.ok().filter(|output| output.status.success())
    };
    let own = id(&["-u"]).expect("`id` prints the user of the tests");
    if own.stdout.trim_ascii() != b"0" {
        return None;
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|user| id(&["-u", user]).is_some());
    Some(user.expect("there is a user `postgres` or `nobody`").into())
}
