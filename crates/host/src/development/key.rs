//! The key that development tokens are signed with.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use manyface_auth::DevelopmentIssuer;

use crate::{Failure, system};

/// The file in the data folder: 64 hexadecimal digits.
const FILE: &str = "signing.key";

/// The key that development tokens are signed with: a file that only its owner may read.
#[derive(Debug)]
pub struct DevelopmentKey(PathBuf);

impl DevelopmentKey {
    /// The key in `data_dir`, which need not be there yet.
    pub fn new(data_dir: &Path) -> Self {
        Self(data_dir.join(FILE))
    }

    /// Whether the key has been made.
    pub(crate) fn exists(&self) -> bool {
        self.0.exists()
    }

    /// The issuer that signs with the key; makes the key at first.
    pub fn issuer(&self) -> Result<DevelopmentIssuer, Failure> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.make()?,
            read => read.map_err(|e| self.failure("read", e))?,
        };
        let issuer = DevelopmentIssuer::new(text.trim().as_bytes());
        issuer.map_err(|error| Failure::Usage(format!("{}: {error}", self.0.display())))
    }

    /// Makes the key, or reads the one that another process has just made.
    fn make(&self) -> Result<String, Failure> {
        let halves = [system::random()?, system::random()?].map(u128::from_be_bytes);
        let text = format!("{:032x}{:032x}", halves[0], halves[1]);
        if let Some(folder) = self.0.parent() {
            make_folder(folder)?;
        }
        // Written completely under another name first, so that no process reads half a key; the one that is
        // last to link reads the key of the first.
        let suffix = u64::from_be_bytes(system::random()?);
        let draft = self.0.with_extension(format!("{suffix:016x}.new"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = |mut file: fs::File| {
            writeln!(file, "{text}")?;
            file.sync_all()
        };
        let written = options.open(&draft).and_then(write);
        written.map_err(|e| self.failure("write", e))?;
        let linked = fs::hard_link(&draft, &self.0);
        let removed = fs::remove_file(&draft);
        match linked.and(removed) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(self.failure("write", error))
            }
            Ok(()) | Err(_) => fs::read_to_string(&self.0).map_err(|e| self.failure("read", e)),
        }
    }

    fn failure(&self, verb: &str, error: std::io::Error) -> Failure {
        Failure::could_not(&format!("{verb} {}", self.0.display()), error)
    }
}

/// Makes a folder that only its owner may enter, and those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|e| Failure::could_not(&format!("make {}", folder.display()), e))
}
