//! SQLite's writer: many writes, one transaction, one wait for the disk.

use diesel::{connection::SimpleConnection, sqlite::SqliteConnection};
use manyface_core::{Error, Result};

use super::job::{Ending, Job, shared};
use crate::sqlite::{
    error::classify,
    file::{Opener, Purpose},
};

/// The writer's connection, made when it is needed.
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

    /// Runs `jobs` in one transaction, and sends their results once it is durable.
    pub(super) fn run(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        if let Err(cause) = self.commit(&mut jobs) {
            for job in &mut jobs {
                job.fail(shared(&cause));
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
        // Where any of this fails, the connection is dropped, and with it the transaction.
        for job in jobs {
            each(job.as_mut(), &mut connection)?;
        }
        connection.batch_execute("COMMIT").map_err(classify)?;
        self.connection = Some(connection);
        Ok(())
    }
}

/// Runs one job so that it leaves nothing behind if it fails.
///
/// Fails if the whole transaction must be abandoned.
fn each(job: &mut dyn Job, connection: &mut SqliteConnection) -> Result<()> {
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
            let cause = "another write of the same transaction lost it";
            return Err(Error::Unavailable(Some(cause.into())));
        }
    };
    if needs_savepoint {
        connection.batch_execute(end).map_err(classify)?;
    }
    Ok(())
}
