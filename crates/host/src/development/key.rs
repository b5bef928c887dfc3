//! The signing key of development tokens.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use manyface_auth::DevelopmentIssuer;

use crate::{Failure, system};

/// The file name in the data folder. The file has 64 hexadecimal digits.
const FILE: &str = "signing.key";

/// The signing key of development tokens, in a file that only its owner can read.
#[derive(Debug)]
pub struct DevelopmentKey(PathBuf);

impl DevelopmentKey {
    /// Creates a reference to the key in `data_dir`, which need not exist.
    pub fn new(data_dir: &Path) -> Self {
        Self(data_dir.join(FILE))
    }

    /// Returns whether the key exists.
    pub(crate) fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Returns the issuer that signs with the key; creates a missing key.
    pub fn issuer(&self) -> Result<DevelopmentIssuer, Failure> {
        let text = match fs::read_to_string(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.create()?,
            read => read.map_err(|e| self.failure("read", e))?,
        };
        let issuer = DevelopmentIssuer::new(text.trim().as_bytes());
        issuer.map_err(|error| Failure::Usage(format!("{}: {error}", self.0.display())))
    }

    /// Replaces the key by `secret`.
    pub(crate) fn replace(&self, secret: &str) -> Result<(), Failure> {
        write_private(&self.0, &format!("{secret}\n")).map_err(|e| self.failure("write", e))
    }

    /// Creates the key, or reads the one that another process created meanwhile.
    fn create(&self) -> Result<String, Failure> {
        let halves = [system::random()?, system::random()?].map(u128::from_be_bytes);
        let text = format!("{:032x}{:032x}", halves[0], halves[1]);
        if let Some(folder) = self.0.parent() {
            create_folder(folder)?;
        }
        // The key is written to a temporary file and linked, so that no process reads half of it.
        // If several processes create one, the first link wins.
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

    fn failure(&self, verb: &str, error: io::Error) -> Failure {
        Failure::could_not(&format!("{verb} {}", self.0.display()), error)
    }
}

/// Replaces a file, and makes it readable by its owner only.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Creates a folder, and its parents, that only its owner may enter.
pub(crate) fn create_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|e| Failure::could_not(&format!("create {}", folder.display()), e))
}
