//! Statements in one transaction.

use diesel::{QueryResult, deserialize::QueryableByName, pg::Pg};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::{database::Decoded, sql::Statement};

/// The first statement of a transaction.
#[derive(Clone, Copy)]
pub(crate) struct Lock<'a> {
    pub(crate) statement: &'a Statement,
    /// Whether the others run only if this one returns a row.
    pub(crate) is_condition: bool,
}

/// Runs the statements on a connection, in a transaction if there is a `lock`.
pub(super) async fn load<T>(
    connection: &mut AsyncPgConnection,
    lock: Option<Lock<'_>>,
    statements: &[Statement],
) -> QueryResult<Vec<T>>
where
    T: QueryableByName<Pg> + Send + 'static,
{
    let Some((last, before)) = statements.split_last() else {
        return Ok(Vec::new());
    };
    let Some(lock) = lock else {
        return last.load(connection).await;
    };
    let run = async |connection: &mut AsyncPgConnection| {
        let locked = lock.statement.load::<Decoded<()>>(connection).await?;
        if lock.is_condition && locked.is_empty() {
            return Ok(Vec::new());
        }
        for statement in before {
            statement.load::<Decoded<()>>(connection).await?;
        }
        last.load(connection).await
    };
    connection.transaction(run).await
}
