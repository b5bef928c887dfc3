//! The files of a SQLite database.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::Integer, sqlite::SqliteConnection,
};
use manyface_core::Error;

use super::error::classify;

/// The purpose of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
    Migrate,
}

/// The page size of new files, in bytes. Each write copies whole pages into the log and then into
/// the database. Most profiles take half of this, so SQLite's default of 4,096 would double the
/// work.
const PAGE_SIZE: i32 = 2048;

/// The size of the log, in bytes, at which it is moved into the database. With SQLite's default of
/// 1,000 pages, frequently changed pages would be moved more often.
const LOG_SIZE: i32 = 32 << 20;

/// Opens connections to a file.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    path: PathBuf,
    busy_timeout_ms: u32,
}

impl Opener {
    /// Creates the file and its directory, accessible only to their owner, if they do not exist.
    pub(crate) fn new(path: &Path, busy_timeout_ms: u32) -> io::Result<Self> {
        // SQLite gives some relative paths a special meaning.
        let path = std::path::absolute(path)?;
        if let Some(directory) = path.parent() {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(directory)?;
        }
        open_private(&path)?;
        Ok(Self {
            path,
            busy_timeout_ms,
        })
    }

    /// Opens a connection.
    ///
    /// In WAL mode readers and the writer do not block each other. `FULL` makes each commit wait
    /// for the disk. `secure_delete` overwrites deleted content with zeros.
    pub(crate) fn connect(&self, purpose: Purpose) -> Result<SqliteConnection, Error> {
        let path = self
            .path
            .to_str()
            .ok_or_else(|| Error::Storage("the path of a SQLite database must be UTF-8".into()))?;
        let connection = SqliteConnection::establish(path);
        let mut connection = connection.map_err(|error| Error::Unavailable(Some(error.into())))?;
        let timeout = self.busy_timeout_ms;
        // `page_size` only affects a file without pages; `journal_mode` creates the first one.
        let pragmas = format!(
            "PRAGMA busy_timeout = {timeout}; \
             PRAGMA page_size = {PAGE_SIZE}; \
             PRAGMA journal_mode = WAL; \
             PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; \
             PRAGMA secure_delete = ON; \
             PRAGMA trusted_schema = OFF;"
        );
        connection.batch_execute(&pragmas).map_err(classify)?;
        let own = match purpose {
            Purpose::Read => "PRAGMA query_only = ON;".to_owned(),
            Purpose::Write => {
                let pages = LOG_SIZE / page_size(&mut connection)?;
                // Negative sizes are in KiB.
                format!("PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = {pages};")
            }
            // Rebuilding a table must not delete the rows that refer to it.
            Purpose::Migrate => "PRAGMA foreign_keys = OFF;".to_owned(),
        };
        connection.batch_execute(&own).map_err(classify)?;
        Ok(connection)
    }

    /// Moves the log into the database and truncates it, so that neither contains deleted content.
    /// Returns `false` if a reader still uses the log.
    pub(crate) fn empty_log(&self) -> Result<bool, Error> {
        #[derive(QueryableByName)]
        struct Outcome {
            #[diesel(sql_type = Integer)]
            busy: i32,
        }
        let mut connection = self.connect(Purpose::Write)?;
        let outcome: Outcome = sql_query("PRAGMA wal_checkpoint(TRUNCATE)")
            .get_result(&mut connection)
            .map_err(classify)?;
        Ok(outcome.busy == 0)
    }

    /// Opens the file whose lock prevents concurrent migrations.
    pub(crate) fn lock_file(&self) -> io::Result<File> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        open_private(Path::new(&path))
    }
}

/// Returns the page size of the file in bytes, at least 1.
fn page_size(connection: &mut SqliteConnection) -> Result<i32, Error> {
    #[derive(QueryableByName)]
    struct Page {
        #[diesel(sql_type = Integer)]
        page_size: i32,
    }
    let page: Page = sql_query("PRAGMA page_size")
        .get_result(connection)
        .map_err(classify)?;
    Ok(page.page_size.max(1))
}

/// Opens a file, and creates it with access only for its owner.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options.truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Decoded;

    /// Returns the rows of a pragma.
    fn read_pragma(connection: &mut SqliteConnection, pragma: &str) -> Vec<String> {
        let rows = sql_query(format!("PRAGMA {pragma}")).load(connection);
        Decoded::into_values(rows.unwrap())
    }

    fn check(existing: &str, page: &str, log: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("profiles.sqlite");
        let mut old = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        old.batch_execute(existing).unwrap();
        drop(old);
        let opener = Opener::new(&file, 1000).unwrap();
        drop(opener.connect(Purpose::Migrate).unwrap());
        let mut writer = opener.connect(Purpose::Write).unwrap();
        assert_eq!(read_pragma(&mut writer, "page_size"), [page]);
        assert_eq!(read_pragma(&mut writer, "wal_autocheckpoint"), [log]);
    }

    #[test]
    fn a_new_file_has_small_pages() {
        check("", "2048", "16384");
    }

    #[test]
    fn an_existing_file_keeps_its_page_size() {
        let with_page_size = |size| format!("PRAGMA page_size = {size}; CREATE TABLE old (id);");
        check(&with_page_size(4096), "4096", "8192");
        check(&with_page_size(1024), "1024", "32768");
    }

    #[test]
    fn deleted_values_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let opener = Opener::new(&folder.path().join("profiles.sqlite"), 1000).unwrap();
        let mut writer = opener.connect(Purpose::Write).unwrap();
        assert_eq!(read_pragma(&mut writer, "secure_delete"), ["1"]);
    }

    /// With a shared page cache, readers evict the pages of the writer, and every access takes a
    /// lock.
    #[test]
    fn each_connection_has_a_separate_page_cache() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let options = read_pragma(&mut connection, "compile_options");
        let has = |name: &str| options.iter().any(|option| option == name);
        assert!(!has("ENABLE_MEMORY_MANAGEMENT"), "see .cargo/config.toml");
        assert!(has("THREADSAFE=2") && has("DEFAULT_MEMSTATUS=0"));
    }
}
