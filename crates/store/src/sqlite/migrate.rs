//! Migration of a SQLite database.

use diesel::sqlite::SqliteConnection;

use super::{
    Sqlite,
    file::{Opener, Purpose},
};
use crate::migration::{self, MigrateError};

impl Sqlite {
    pub(crate) async fn migrate(&self) -> Result<(), MigrateError> {
        let opener = self.opener.clone();
        match tokio::task::spawn_blocking(move || migrate(&opener)).await {
            Ok(done) => done,
            Err(error) => Err(MigrateError::Failed(error.into())),
        }
    }
}

fn migrate(opener: &Opener) -> Result<(), MigrateError> {
    let unavailable = |error: std::io::Error| MigrateError::Unavailable(error.into());
    // Closing the file releases the lock, at the latest when the process ends.
    let file = opener.lock_file().map_err(unavailable)?;
    file.lock().map_err(unavailable)?;
    let connection = opener.connect(Purpose::Migrate);
    let mut connection = connection.map_err(|error| MigrateError::Unavailable(Box::new(error)))?;
    let mut outcome = Ok(());
    let transaction: Result<(), diesel::result::Error> =
        connection.immediate_transaction(|connection: &mut SqliteConnection| {
            outcome = migration::run(connection, migration::SQLITE);
            match outcome {
                Ok(()) => Ok(()),
                Err(_) => Err(diesel::result::Error::RollbackTransaction),
            }
        });
    outcome?;
    transaction.map_err(|error| MigrateError::Unavailable(error.into()))
}
