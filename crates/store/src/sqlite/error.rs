//! Errors of SQLite as errors of the core.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use manyface_core::{Error, Field, Violation};

/// Texts of errors that pass. diesel hides SQLite's result codes, and SQLite's texts are never
/// translated.
const PASSING: [&str; 8] = [
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk I/O error",
    "interrupted",
    "locking protocol",
    "out of memory",
    "unable to open database file",
];

/// Returns the error of the core for a statement that failed with `error`.
pub(crate) fn classify(error: DieselError) -> Error {
    let DieselError::DatabaseError(kind, information) = &error else {
        return Error::Storage(error.into());
    };
    let message = information.message();
    if let (DatabaseErrorKind::UniqueViolation, Some(field)) = (kind, taken(message)) {
        return Error::Taken(field);
    }
    // Only one foreign key can be broken by a statement of this crate.
    if matches!(kind, DatabaseErrorKind::ForeignKeyViolation) {
        return Error::Invalid(vec![Violation::new(Field::TenantId, "does not exist")]);
    }
    if PASSING.iter().any(|text| message.contains(text)) {
        return Error::Unavailable(Some(error.into()));
    }
    Error::Storage(error.into())
}

/// The field of the unique columns that SQLite names.
fn taken(message: &str) -> Option<Field> {
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    match columns {
        "usernames.username_key" => Some(Field::Username),
        "external_ids.dialect, external_ids.external_id" => Some(Field::ExternalId),
        "identities.issuer, identities.subject" => Some(Field::Identity),
        _ => None,
    }
}
