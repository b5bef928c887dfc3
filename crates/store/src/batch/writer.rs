//! The SQLite writer, which commits many writes in one transaction.

use diesel::{connection::SimpleConnection, sqlite::SqliteConnection};
use manyface_core::{Error, Result};

use super::job::{Ending, Job, copy_error};
use crate::sqlite::{
    error::classify,
    file::{Opener, Purpose},
};

/// The connection of the writer, opened on first use.
pub(super) struct Writer {
    opener: Opener,
    connection: Option<SqliteConnection>,
}

impl Writer {
    pub(super) fn new(opener: Opener) -> Self {
        Self {
            opener,
            connection: None,
        }
    }

    /// Runs `jobs` in one transaction, and sends their results after the commit.
    pub(super) fn run(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if let Err(cause) = self.commit(&mut jobs) {
            for job in &mut jobs {
                job.fail(copy_error(&cause));
            }
        }
        for job in jobs {
            job.reply();
        }
    }

    fn commit(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.opener.connect(Purpose::Write)?,
        };
        if let Err(error) = connection.batch_execute("BEGIN IMMEDIATE") {
            self.connection = Some(connection);
            return Err(classify(error));
        }
        // If any of this fails, the connection is dropped, which rolls the transaction back.
        for job in jobs {
            run_job(job.as_mut(), &mut connection)?;
        }
        connection.batch_execute("COMMIT").map_err(classify)?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// Runs one job, and rolls its writes back if it fails.
///
/// Returns an error if the whole transaction must be rolled back.
fn run_job(job: &mut dyn Job, connection: &mut SqliteConnection) -> Result<()> {
    let needs_savepoint = job.needs_savepoint();
    if needs_savepoint {
        connection
            .batch_execute("SAVEPOINT job")
            .map_err(classify)?;
    }
    let end = match job.run(connection) {
        Ending::Commit => "RELEASE job",
        Ending::RollBack => "ROLLBACK TO job; RELEASE job",
        Ending::Abandon => {
            let cause = "another write in the same transaction failed";
            return Err(Error::Unavailable(Some(cause.into())));
        }
    };
    if needs_savepoint {
        connection.batch_execute(end).map_err(classify)?;
    }
    Ok(())
}
