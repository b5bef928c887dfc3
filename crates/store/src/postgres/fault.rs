//! What went wrong in PostgreSQL, in the words of the core.

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

/// What to do about a statement that failed.
pub(super) enum Fault {
    /// Tell the caller.
    Answer(Error),
    /// Try again: it met another one and was undone.
    Collision,
    /// Somebody holds a row for longer than the connection waits. Nothing was written.
    Locked(BoxError),
    /// Give up the connection. Nobody can tell whether the statement was run.
    Lost(BoxError),
}

/// Why `error` happened on `session` after `elapsed`, where `patience` is more than a statement
/// may take.
///
/// diesel keeps few of PostgreSQL's error codes. Of the others, those that end the connection are
/// known by its end, a statement's timeout by the time it took, and the rest by their text, which
/// each connection makes sure is English.
pub(super) async fn fault(
    error: DieselError,
    session: &mut AsyncPgConnection,
    elapsed: Duration,
    patience: Duration,
) -> Fault {
    let DieselError::DatabaseError(kind, information) = &error else {
        return Fault::Answer(Error::Storage(error.into()));
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => Fault::Answer(match taken(information.as_ref()) {
            Some(field) => Error::Taken(field),
            None => Error::Storage(error.into()),
        }),
        DatabaseErrorKind::ForeignKeyViolation => {
            let constraint = information.constraint_name();
            let is_tenant = matches!(
                constraint,
                Some("profiles_tenant_id_fkey" | "catalogue_tenant_id_fkey")
            );
            let violation = || Violation::new(Field::TenantId, "does not exist");
            Fault::Answer(if is_tenant {
                Error::Invalid(vec![violation()])
            } else {
                Error::Storage(error.into())
            })
        }
        DatabaseErrorKind::SerializationFailure => Fault::Collision,
        // A standby that a failover has not reached yet.
        DatabaseErrorKind::ReadOnlyTransaction
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::ClosedConnection => Fault::Lost(error.into()),
        // The name is a shared entry's: `profiles::update`.
        DatabaseErrorKind::NotNullViolation if information.table_name() == Some("catalogue") => {
            Fault::Answer(Error::Taken(Field::CatalogueEntry))
        }
        // The name belongs to another profile: `usernames::claim_for_p`.
        DatabaseErrorKind::NotNullViolation
            if information.table_name() == Some("username_claims") =>
        {
            Fault::Answer(Error::Taken(Field::Username))
        }
        DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::ExclusionViolation => Fault::Answer(Error::Storage(error.into())),
        _ => {
            let is_slow = elapsed + Duration::from_secs(1) >= patience;
            let passing = passing(information.message());
            match passing {
                Some(Passing::Collision) => Fault::Collision,
                Some(Passing::Lock) => Fault::Locked(error.into()),
                Some(Passing::Shortage) => Fault::Answer(Error::Unavailable(Some(error.into()))),
                None if is_slow => Fault::Answer(Error::Unavailable(Some(error.into()))),
                None if is_alive(session).await => Fault::Answer(Error::Storage(error.into())),
                Some(Passing::Exchanged) | None => Fault::Lost(error.into()),
            }
        }
    }
}

fn taken(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<Field> {
    match information.constraint_name()? {
        "profiles_username_key" => Some(Field::Username),
        "external_ids_pkey" => Some(Field::ExternalId),
        "identities_pkey" => Some(Field::Identity),
        "catalogue_pkey" | "catalogue_shared_name_idx" | "catalogue_tenant_name_idx" => {
            Some(Field::CatalogueEntry)
        }
        _ => None,
    }
}

/// What passes by itself, although the connection survives it.
enum Passing {
    Collision,
    Lock,
    Shortage,
    /// A pooler has exchanged the server connection: the next connection finds that out.
    Exchanged,
}

fn passing(message: &str) -> Option<Passing> {
    let is_any = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if is_any(&["deadlock detected", "could not serialize access"]) {
        return Some(Passing::Collision);
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

async fn is_alive(session: &mut AsyncPgConnection) -> bool {
    let probe = timeout(PROBE, session.batch_execute("SELECT 1")).await;
    probe.is_ok_and(|answer| answer.is_ok())
}
/// How long to wait before the next attempt: about 2 ms, then 4, then 8, never twice the same.
pub(super) fn pause(attempt: u32) -> Duration {
    let ceiling = 2_000_u64 << attempt;
    let random = RandomState::new().hash_one(attempt);
    Duration::from_micros(ceiling / 2 + random % ceiling)
}
