//! What both databases' answers about tenants come to.

use manyface_core::{Error, Field, Result, Tenant, TenantId, Tenants, Violation};

use crate::row::TextRow;

/// What to say of a tenant that was added, or not, as `rows` tell.
pub(crate) fn added(rows: &[TextRow]) -> Result<()> {
    if rows.is_empty() {
        return Err(Error::Taken(Field::TenantId));
    }
    Ok(())
}

/// The number that was counted.
pub(crate) fn counted(rows: Vec<TextRow>) -> Result<u64> {
    let text = rows.into_iter().next().map(|row| row.0).unwrap_or_default();
    text.parse()
        .map_err(|error| Error::Storage(Box::new(error)))
}

/// Why no tenant was removed, or that there is none.
pub(crate) async fn not_removed(store: &impl Tenants, id: TenantId) -> Result<bool> {
    match store.tenant(id).await? {
        None => Ok(false),
        Some(Tenant {
            is_default: true, ..
        }) => Err(refused("is the default tenant")),
        Some(_) => Err(refused("has users or API keys")),
    }
}

/// A profile that was added meanwhile is told by the database as a tenant that is missing.
pub(crate) fn removal_failed(error: Error) -> Error {
    match error {
        Error::Invalid(_) => refused("has users or API keys"),
        other @ (Error::Unauthenticated
        | Error::NotFound
        | Error::Taken(_)
        | Error::Managed { .. }
        | Error::Forbidden(_)
        | Error::VersionMismatch
        | Error::QuotaExceeded { .. }
        | Error::Unavailable(_)
        | Error::Storage(_)) => other,
    }
}

fn refused(message: &str) -> Error {
    Error::Invalid(vec![Violation::new(Field::TenantId, message)])
}
