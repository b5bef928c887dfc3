//! The file of a SQLite database.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};
use manyface_core::Error;

use super::fault::fault;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    Migrate,
}

/// Makes connections to one file.
#[derive(Clone, Debug)]
pub(super) struct Opener {
    path: PathBuf,
    busy_timeout_ms: u32,
}

impl Opener {
    /// Makes the file and its directory, for the eyes of their owner alone, where there are none.
    pub(super) fn new(path: &Path, busy_timeout_ms: u32) -> io::Result<Self> {
        // SQLite would take some relative paths for something else than a path.
        let path = std::path::absolute(path)?;
        if let Some(directory) = path.parent() {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(directory)?;
        }
        private(&path)?;
        Ok(Self {
            path,
            busy_timeout_ms,
        })
    }

    /// A new connection.
    ///
    /// In WAL mode readers and the writer do not wait for each other; `FULL` makes each commit
    /// wait for the disk.
    pub(super) fn connect(&self, purpose: Purpose) -> Result<SqliteConnection, Error> {
        let path = self
            .path
            .to_str()
            .ok_or_else(|| Error::Storage("the path of a SQLite database must be UTF-8".into()))?;
        let connection = SqliteConnection::establish(path);
        let mut connection = connection.map_err(|error| Error::Unavailable(Some(error.into())))?;
        let timeout = self.busy_timeout_ms;
        let own = match purpose {
            Purpose::Read => "PRAGMA query_only = ON;",
            // The cache is in KiB. What is moved from the log into the database at a time is up to
            // 8,192 pages, 32 MiB, instead of 1,000: a page that many writes changed is moved once.
            Purpose::Write => "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 8192;",
            // A table that is rebuilt must not take the rows of others with it.
            Purpose::Migrate => "PRAGMA foreign_keys = OFF;",
        };
        let pragmas = format!(
            "PRAGMA busy_timeout = {timeout}; \
             PRAGMA journal_mode = WAL; \
             PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; \
             PRAGMA trusted_schema = OFF; {own}"
        );
        connection.batch_execute(&pragmas).map_err(fault)?;
        Ok(connection)
    }

    /// The file whose lock keeps two processes from migrating at once.
    pub(super) fn lock_file(&self) -> io::Result<File> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        private(Path::new(&path))
    }
}

/// Opens a file that only its owner may read, if it is new.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options.truncate(false).open(path)
}
