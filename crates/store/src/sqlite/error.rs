//! Mapping of SQLite errors to those of the core.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use manyface_core::{Error, Field, Violation};

/// Messages of temporary errors. diesel hides SQLite's result codes, and SQLite does not translate
/// its messages.
const TEMPORARY: [&str; 8] = [
    "database is locked",
    "database table is locked",
    "database or disk is full",
    "disk I/O error",
    "interrupted",
    "locking protocol",
    "out of memory",
    "unable to open database file",
];

/// Maps the error of a statement to one of the core.
pub(crate) fn classify(error: DieselError) -> Error {
    let DieselError::DatabaseError(kind, information) = &error else {
        return Error::Storage(error.into());
    };
    let message = information.message();
    if let (DatabaseErrorKind::UniqueViolation, Some(field)) = (kind, taken(message)) {
        return Error::Taken(field);
    }
    // Statements of this crate can only break the foreign key of a tenant.
    if matches!(kind, DatabaseErrorKind::ForeignKeyViolation) {
        return Error::Invalid(vec![Violation::new(Field::TenantId, "does not exist")]);
    }
    if TEMPORARY.iter().any(|text| message.contains(text)) {
        return Error::Unavailable(Some(error.into()));
    }
    Error::Storage(error.into())
}

/// Returns the field of the unique columns in SQLite's message.
fn taken(message: &str) -> Option<Field> {
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    match columns {
        "usernames.username_key" => Some(Field::Username),
        "external_ids.dialect, external_ids.external_id" => Some(Field::ExternalId),
        "identities.issuer, identities.subject" => Some(Field::Identity),
        _ => None,
    }
}
