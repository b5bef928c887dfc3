//! Classification of PostgreSQL errors.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use manyface_core::{BoxError, Error, Field, Violation};
use tokio::time::timeout;

/// The maximum time for a connection to show that it is alive.
const PROBE: Duration = Duration::from_secs(1);

/// Whether a statement may be sent again if its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// How to handle a failed statement.
pub(crate) enum DbErrorClass {
    /// Return the error.
    Final(Error),
    /// Retry: the statement was rolled back because of another transaction.
    Conflict,
    /// A row stayed locked for longer than the connection's lock timeout. Nothing was written.
    LockTimeout(BoxError),
    /// Close the connection. The outcome of the statement is unknown.
    ConnectionLost(BoxError),
}

/// Classifies an `error` that occurred on `connection` after `elapsed`. `max_elapsed` exceeds the
/// statement timeout.
///
/// diesel-async hides SQLSTATE. It maps the codes below to kinds, and keeps only the message of all
/// others. Of those, errors that end the connection are recognised by its end, statement timeouts
/// by their duration, and the rest by their message, which each connection requests in English.
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
                        | "operator_tokens_tenant_id_fkey"
                        | "webhooks_tenant_id_fkey",
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
        // A standby, which a failover has not promoted yet.
        DatabaseErrorKind::ReadOnlyTransaction
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ClosedConnection => DbErrorClass::ConnectionLost(error.into()),
        // The name is taken by a shared entry: see `profiles::update`.
        DatabaseErrorKind::NotNullViolation if information.table_name() == Some("catalogue") => {
            DbErrorClass::Final(Error::Taken(Field::CatalogueEntry))
        }
        // The name is taken by another profile: see `usernames::set_name_of_p`.
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
            let temporary = temporary(information.message());
            match temporary {
                Some(Temporary::Conflict) => DbErrorClass::Conflict,
                Some(Temporary::Lock) => DbErrorClass::LockTimeout(error.into()),
                Some(Temporary::ResourceExhausted) => {
                    DbErrorClass::Final(Error::Unavailable(Some(error.into())))
                }
                None if is_slow => DbErrorClass::Final(Error::Unavailable(Some(error.into()))),
                None if is_alive(connection).await => {
                    DbErrorClass::Final(Error::Storage(error.into()))
                }
                Some(Temporary::ServerReplaced) | None => {
                    DbErrorClass::ConnectionLost(error.into())
                }
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

/// Temporary errors that do not end the connection.
enum Temporary {
    Conflict,
    Lock,
    ResourceExhausted,
    /// A pooler has replaced the server connection, which the next connection will detect.
    ServerReplaced,
}

fn temporary(message: &str) -> Option<Temporary> {
    let is_any = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if is_any(&["deadlock detected", "could not serialize access"]) {
        return Some(Temporary::Conflict);
    }
    if message.contains("due to lock timeout") {
        return Some(Temporary::Lock);
    }
    if message.starts_with("prepared statement \"") {
        return Some(Temporary::ServerReplaced);
    }
    let exhausted = [
        "No space left on device",
        "canceling statement due to",
        "could not extend file",
        "could not obtain lock",
        "out of memory",
        "out of shared memory",
    ];
    is_any(&exhausted).then_some(Temporary::ResourceExhausted)
}

async fn is_alive(connection: &mut AsyncPgConnection) -> bool {
    let probe = timeout(PROBE, connection.batch_execute("SELECT 1")).await;
    probe.is_ok_and(|response| response.is_ok())
}
/// Returns the pause before the next attempt: about 2 ms, then 4, then 8, with random jitter.
pub(super) fn pause(attempt: u32) -> Duration {
    let ceiling = 2_000_u64 << attempt;
    let random = RandomState::new().hash_one(attempt);
    Duration::from_micros(ceiling / 2 + random % ceiling)
}
