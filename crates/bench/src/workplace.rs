//! A folder for everything that a run makes, gone with it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use manyface_auth::DevelopmentIssuer;
use tempfile::TempDir;

use crate::{Failure, Result, meter::Ticks, population::Population, tools::Tools, users::Users};

/// A folder for everything that a run makes, and what all its parts need.
#[derive(Debug)]
pub(crate) struct Workplace {
    folder: TempDir,
    pub(crate) tools: Tools,
    pub(crate) ticks: Ticks,
    issuer: DevelopmentIssuer,
    seed: u64,
}

impl Workplace {
    /// Finds the programs and makes the folder.
    ///
    /// Builds the host and the echo host first, unless existing builds are requested.
    pub(crate) fn new(is_built: bool) -> Result<Self> {
        let tools = Tools::gather(is_built)?;
        let failed = |e| Failure::could_not("make a temporary folder", e);
        let folder = TempDir::with_prefix("manyface-bench-").map_err(failed)?;
        let key = format!("{:016x}{:016x}", random()?, random()?).repeat(2);
        let issuer = DevelopmentIssuer::new(key.as_bytes());
        let workplace = Self {
            folder,
            tools,
            ticks: Ticks::of_this_machine()?,
            issuer: issuer.map_err(|e| Failure::could_not("make a key", e))?,
            seed: random()? % 1_000_000,
        };
        let data = workplace.data_dir();
        fs::create_dir(&data).map_err(failed)?;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        fs::write(data.join("signing.key"), key).map_err(failed)?;
        Ok(workplace)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder of all hosts: it holds the key that the tokens are signed with.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The users of the requests to a host of this population.
    pub(crate) fn users(&self, population: Population) -> Users {
        Users::among(population.profiles, self.seed)
    }

    /// A file with the tokens of these users, one per line.
    #[expect(
        clippy::disallowed_methods,
        reason = "the tokens must be good now, when the hosts check them by the same clock"
    )]
    pub(crate) fn tokens(&self, users: Users) -> Result<PathBuf> {
        let name = format!("tokens-{}-{}", users.stride, users.seed);
        let path = self.data_dir().join(name);
        let tokens = users.tokens(&self.issuer, Timestamp::now());
        fs::write(&path, tokens).map_err(|e| Failure::could_not("write the tokens", e))?;
        Ok(path)
    }

    /// The last lines of every log in the folder.
    pub(crate) fn complaints(&self) -> String {
        let entries = fs::read_dir(self.path()).into_iter().flatten().flatten();
        let logs = entries.map(|entry| entry.path());
        let logs = logs.filter(|path| path.extension().is_some_and(|kind| kind == "log"));
        logs.flat_map(|path| {
            let bytes = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().collect();
            let last = &lines[lines.len().saturating_sub(5)..];
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let quote = |line: &&str| format!("{name}: {line}\n");
            last.iter().map(quote).collect::<Vec<_>>()
        })
        .collect()
    }
}

/// The timeout of one step of the set-up.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(600);

/// A random number.
pub(crate) fn random() -> Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| Failure::could_not("get randomness", e))?;
    Ok(u64::from_le_bytes(bytes))
}
