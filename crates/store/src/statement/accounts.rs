//! Statements about what accounts show of users.

use manyface_core::{OverrideUpdate, ProfileId, ProfileRef, Provenance, TenantId};

use super::{Parameter, Statement, document, name, origin, text};
use crate::wording;

pub(crate) fn find_override(
    tenant: Option<TenantId>,
    who: &ProfileRef,
    account: &str,
) -> Statement {
    let tenant = Parameter::Text(tenant.map(|tenant| tenant.to_string()));
    let parameters = [text(account), tenant].into_iter().chain(name(who));
    Statement::new(wording::FIND_OVERRIDE.get(who), parameters)
}

pub(crate) fn own_override(id: ProfileId, account: &str) -> Statement {
    let parameters = [text(id.to_string()), text(account)];
    Statement::new(&wording::OWN_OVERRIDE, parameters)
}

pub(crate) fn overrides_of(id: ProfileId) -> Statement {
    Statement::new(&wording::OVERRIDES_OF, [text(id.to_string())])
}

/// Writes an override, for SQLite: the caller does the rest.
pub(crate) fn put_override(id: ProfileId, update: &OverrideUpdate) -> Statement {
    let patch = document(update.patch.document().as_str());
    let parameters = [text(id.to_string()), text(&update.account), patch];
    Statement::new(&wording::PUT_OVERRIDE, parameters)
}

/// Removes an override, for SQLite: the caller does the rest.
pub(crate) fn remove_override(id: ProfileId, account: &str) -> Statement {
    let parameters = [text(id.to_string()), text(account)];
    Statement::new(&wording::REMOVE_OVERRIDE, parameters)
}

/// Makes a profile's next version, for SQLite.
pub(crate) fn touch(id: ProfileId, provenance: &Provenance) -> Statement {
    let at = Parameter::Number(Some(provenance.at().as_microsecond()));
    Statement::new(&wording::TOUCH, [text(id.to_string()), at])
}

/// Writes an override, the profile's next version and its history, for PostgreSQL.
pub(crate) fn update_override(update: &OverrideUpdate) -> Statement {
    let expected = update.expected.as_ref();
    let guards = [
        document(update.history().as_str()),
        Parameter::Number(expected.map(|state| state.version)),
        Parameter::Number(expected.map(|state| state.updated_at.as_microsecond())),
        Parameter::Text(update.tenant.map(|tenant| tenant.to_string())),
        text(&update.account),
        Parameter::Number(Some(update.most.into())),
        Parameter::Text(update.upload.as_deref().map(str::to_owned)),
        Parameter::Number(Some(update.must_differ.into())),
    ];
    let patch = document(update.patch.document().as_str());
    let parameters = [patch]
        .into_iter()
        .chain(origin(&update.provenance))
        .chain(guards)
        .chain(name(&update.who));
    Statement::new(wording::UPDATE_OVERRIDE.get(&update.who), parameters)
}
