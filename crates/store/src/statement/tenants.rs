//! The statements about tenants.

use jiff::Timestamp;
use manyface_core::{Tenant, TenantId};

use super::{Parameter, Statement, text};
use crate::wording;

pub(crate) fn add_tenant(tenant: &Tenant) -> Statement {
    let Tenant {
        id,
        name,
        is_default: _,
        created_at,
        suspended_at,
    } = tenant;
    let parameters = [
        text(id.to_string()),
        text(name),
        time(Some(*created_at)),
        time(*suspended_at),
    ];
    Statement::new(&wording::ADD_TENANT, parameters)
}

pub(crate) fn tenant(id: TenantId) -> Statement {
    Statement::new(&wording::TENANT, [text(id.to_string())])
}

pub(crate) fn tenants(after: Option<TenantId>, limit: u32) -> Statement {
    let after = Parameter::Text(after.map(|id| id.to_string()));
    let limit = Parameter::Number(Some(limit.into()));
    Statement::new(&wording::TENANTS, [after, limit])
}

pub(crate) fn count_profiles(id: TenantId) -> Statement {
    Statement::new(&wording::COUNT_PROFILES, [text(id.to_string())])
}

pub(crate) fn suspend_tenant(id: TenantId, since: Option<Timestamp>) -> Statement {
    Statement::new(
        &wording::SUSPEND_TENANT,
        [text(id.to_string()), time(since)],
    )
}

pub(crate) fn remove_tenant(id: TenantId) -> Statement {
    Statement::new(&wording::REMOVE_TENANT, [text(id.to_string())])
}

fn time(at: Option<Timestamp>) -> Parameter {
    Parameter::Number(at.map(Timestamp::as_microsecond))
}
