//! The classes of PostgreSQL's errors.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use manyface_core::{BoxError, Error, Field, Violation};
use tokio::time::timeout;

/// How long a connection may take to show that it is alive.
const PROBE: Duration = Duration::from_secs(1);

/// Whether a statement may be sent again if it is unknown whether it was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// How to handle a failed statement.
pub(crate) enum DbErrorClass {
    /// Return the error.
    Final(Error),
    /// Try again: it was rolled back because of another transaction.
    Conflict,
    /// A row is locked for longer than the connection waits. Nothing was written.
    LockTimeout(BoxError),
    /// Close the connection. It is unknown whether the statement was run.
    ConnectionLost(BoxError),
}

/// Classifies `error`, which happened on `connection` after `elapsed`; `max_elapsed` is more
/// than a statement may take.
///
/// diesel-async hides SQLSTATE: it turns the codes below into kinds and keeps only the text of all
/// others. Of those, the ones that end the connection are known by its end, a statement's timeout by
/// the time it took, and the rest by their text, which each connection makes sure is English.
pub(crate) async fn classify(
    error: DieselError,
    connection: &mut AsyncPgConnection,
    elapsed: Duration,
    max_elapsed: Duration,
) -> DbErrorClass {
    let DieselError::DatabaseError(kind, information) = &error else {
        return DbErrorClass::Final(Error::Storage(error.into()));
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            DbErrorClass::Final(match taken(information.as_ref()) {
                Some(field) => Error::Taken(field),
                None => Error::Storage(error.into()),
            })
        }
        DatabaseErrorKind::ForeignKeyViolation => {
            let constraint = information.constraint_name();
            let is_tenant = matches!(
                constraint,
                Some(
                    "profiles_tenant_id_fkey"
                        | "catalogue_tenant_id_fkey"
                        | "operator_tokens_tenant_id_fkey",
                )
            );
            let violation = || Violation::new(Field::TenantId, "does not exist");
            DbErrorClass::Final(if is_tenant {
                Error::Invalid(vec![violation()])
            } else {
                Error::Storage(error.into())
            })
        }
        DatabaseErrorKind::SerializationFailure => DbErrorClass::Conflict,
        // A standby that a failover has not reached yet.
        DatabaseErrorKind::ReadOnlyTransaction
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ClosedConnection => DbErrorClass::ConnectionLost(error.into()),
        // The name is a shared entry's: `profiles::update`.
        DatabaseErrorKind::NotNullViolation if information.table_name() == Some("catalogue") => {
            DbErrorClass::Final(Error::Taken(Field::CatalogueEntry))
        }
        // The name belongs to another profile: `usernames::set_for_p`.
        DatabaseErrorKind::NotNullViolation
            if matches!(
                information.table_name(),
                Some("usernames" | "username_reservations")
            ) =>
        {
            DbErrorClass::Final(Error::Taken(Field::Username))
        }
        DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::ExclusionViolation => {
            DbErrorClass::Final(Error::Storage(error.into()))
        }
        _ => {
            let is_slow = elapsed + Duration::from_secs(1) >= max_elapsed;
            let passing = passing(information.message());
            match passing {
                Some(Passing::Conflict) => DbErrorClass::Conflict,
                Some(Passing::Lock) => DbErrorClass::LockTimeout(error.into()),
                Some(Passing::Shortage) => {
                    DbErrorClass::Final(Error::Unavailable(Some(error.into())))
                }
                None if is_slow => DbErrorClass::Final(Error::Unavailable(Some(error.into()))),
                None if is_alive(connection).await => {
                    DbErrorClass::Final(Error::Storage(error.into()))
                }
                Some(Passing::Exchanged) | None => DbErrorClass::ConnectionLost(error.into()),
            }
        }
    }
}

fn taken(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<Field> {
    match information.constraint_name()? {
        "external_ids_pkey" => Some(Field::ExternalId),
        "identities_pkey" => Some(Field::Identity),
        "catalogue_pkey" | "catalogue_shared_name_idx" | "catalogue_tenant_name_idx" => {
            Some(Field::CatalogueEntry)
        }
        _ => None,
    }
}

/// Temporary errors that the connection survives.
enum Passing {
    Conflict,
    Lock,
    Shortage,
    /// A pooler has exchanged the server connection: the next connection finds that out.
    Exchanged,
}

fn passing(message: &str) -> Option<Passing> {
    let is_any = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if is_any(&["deadlock detected", "could not serialize access"]) {
        return Some(Passing::Conflict);
    }
    if message.contains("due to lock timeout") {
        return Some(Passing::Lock);
    }
    if message.starts_with("prepared statement \"") {
        return Some(Passing::Exchanged);
    }
    let shortages = [
        "No space left on device",
        "canceling statement due to",
        "could not extend file",
        "could not obtain lock",
        "out of memory",
        "out of shared memory",
    ];
    is_any(&shortages).then_some(Passing::Shortage)
}

async fn is_alive(connection: &mut AsyncPgConnection) -> bool {
    let probe = timeout(PROBE, connection.batch_execute("SELECT 1")).await;
    probe.is_ok_and(|response| response.is_ok())
}
/// How long to wait before the next attempt: about 2 ms, then 4, then 8, never twice the same.
pub(super) fn pause(attempt: u32) -> Duration {
    let ceiling = 2_000_u64 << attempt;
    let random = RandomState::new().hash_one(attempt);
    Duration::from_micros(ceiling / 2 + random % ceiling)
}
