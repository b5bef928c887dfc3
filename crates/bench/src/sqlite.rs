//! A SQLite file that is filled before a host opens it.

use std::path::Path;

use diesel::{
    Connection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::BigInt, sqlite::SqliteConnection,
};

use crate::{Failure, Result, population::Population};

/// A row with one number.
#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Fills a migrated database. Nothing is durable before the end.
pub(crate) fn fill(file: &Path, population: Population) -> Result<()> {
    let statements = population.sqlite();
    let text = format!(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN; {statements} COMMIT; \
         ANALYZE; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);"
    );
    let filled = open(file)?.batch_execute(&text);
    filled.map_err(|e| Failure::could_not("fill the SQLite database", e))
}

/// The number of the last history entry.
pub(crate) fn last_change(file: &Path) -> Result<i64> {
    let query = sql_query("SELECT COALESCE(MAX(seq), 0) AS number FROM profile_changes");
    let read = query.get_result::<Number>(&mut open(file)?);
    let read = read.map_err(|e| Failure::could_not("read the SQLite database", e))?;
    Ok(read.number)
}

fn open(file: &Path) -> Result<SqliteConnection> {
    let connection = SqliteConnection::establish(&file.display().to_string());
    connection.map_err(|e| Failure::could_not("open the SQLite database", e))
}
