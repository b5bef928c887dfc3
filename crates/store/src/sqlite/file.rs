//! The file of a SQLite database.

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

/// How many bytes a page of a new file has. Each write puts whole pages into the log and from there
/// into the database, and most profiles take half of this: SQLite's 4,096 bytes would double that.
const PAGE: i32 = 2048;

/// How many bytes the log has when it is moved into the database. SQLite's 1,000 pages are few: a
/// page that many writes changed is moved once.
const LOG: i32 = 32 << 20;

/// Makes connections to one file.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    path: PathBuf,
    busy_timeout_ms: u32,
}

impl Opener {
    /// Makes the file and its directory, for the eyes of their owner alone, where there are none.
    pub(crate) fn new(path: &Path, busy_timeout_ms: u32) -> io::Result<Self> {
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
    /// wait for the disk. What is deleted or replaced is overwritten with zeros.
    pub(crate) fn connect(&self, purpose: Purpose) -> Result<SqliteConnection, Error> {
        let path = self
            .path
            .to_str()
            .ok_or_else(|| Error::Storage("the path of a SQLite database must be UTF-8".into()))?;
        let connection = SqliteConnection::establish(path);
        let mut connection = connection.map_err(|error| Error::Unavailable(Some(error.into())))?;
        let timeout = self.busy_timeout_ms;
        // The size of a page is that of the file, if it has one; the mode of the log gives it one.
        let pragmas = format!(
            "PRAGMA busy_timeout = {timeout}; \
             PRAGMA page_size = {PAGE}; \
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
                let pages = LOG / page_size(&mut connection)?;
                // The cache is in KiB.
                format!("PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = {pages};")
            }
            // A table that is rebuilt must not take the rows of others with it.
            Purpose::Migrate => "PRAGMA foreign_keys = OFF;".to_owned(),
        };
        connection.batch_execute(&own).map_err(classify)?;
        Ok(connection)
    }

    /// Moves the log into the database and empties it: what was deleted is in neither of them then.
    /// Returns whether it could; otherwise another connection still reads from the log.
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

    /// The file whose lock keeps two processes from migrating at once.
    pub(crate) fn lock_file(&self) -> io::Result<File> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        private(Path::new(&path))
    }
}

/// How many bytes a page of the open file has, at least one.
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

/// Opens a file that only its owner may read, if it is new.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options.truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Read;

    /// The rows of a pragma.
    fn ask(connection: &mut SqliteConnection, pragma: &str) -> Vec<String> {
        let rows = sql_query(format!("PRAGMA {pragma}")).load(connection);
        Read::all(rows.unwrap())
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
        assert_eq!(ask(&mut writer, "page_size"), [page]);
        assert_eq!(ask(&mut writer, "wal_autocheckpoint"), [log]);
    }

    #[test]
    fn a_new_file_has_small_pages() {
        check("", "2048", "16384");
    }

    #[test]
    fn a_file_keeps_its_pages_and_its_log_the_same_bytes() {
        let of_pages = |size| format!("PRAGMA page_size = {size}; CREATE TABLE old (id);");
        check(&of_pages(4096), "4096", "8192");
        check(&of_pages(1024), "1024", "32768");
    }

    #[test]
    fn deleted_values_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let opener = Opener::new(&folder.path().join("profiles.sqlite"), 1000).unwrap();
        let mut writer = opener.connect(Purpose::Write).unwrap();
        assert_eq!(ask(&mut writer, "secure_delete"), ["1"]);
    }

    /// Otherwise the readers' pages drive out the writer's, and every access takes a lock.
    #[test]
    fn each_connection_has_a_separate_page_cache() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let options = ask(&mut connection, "compile_options");
        let has = |name: &str| options.iter().any(|option| option == name);
        assert!(!has("ENABLE_MEMORY_MANAGEMENT"), "see .cargo/config.toml");
        assert!(has("THREADSAFE=2") && has("DEFAULT_MEMSTATUS=0"));
    }
}
