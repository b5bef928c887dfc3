//! Operations on tenants.

use http::{Method, StatusCode};
use manyface_core::{Error, Tenant, TenantId, text};
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};
use crate::system;

/// The maximum length of a tenant's name, in characters.
const MAX_NAME_CHARS: usize = 100;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listTenants",
        path: "/tenants",
        summary: "Lists tenants in the order of their ids.",
        query: &[
            Parameter::new("cursor", "The member next of the previous page."),
            Parameter::new(
                "limit",
                "The maximum number of tenants, from 1 to 1000. Default: 100.",
            ),
        ],
        response: Some("TenantPage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "addTenant",
        path: "/tenants",
        summary: "Adds a tenant.",
        is_global: true,
        body: Some("NewTenant"),
        status: StatusCode::CREATED,
        response: Some("TenantEntry"),
        run: |call| Box::pin(add(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "getTenant",
        path: "/tenants/{id}",
        summary: "Returns a tenant with its number of users.",
        response: Some("Tenant"),
        run: |call| Box::pin(show(call)),
        ..Operation::READ
    },
    Operation {
        id: "suspendTenant",
        path: "/tenants/{id}/suspend",
        summary: "Suspends a tenant. The tokens of its users, and its keys, are rejected.",
        is_global: true,
        response: Some("TenantEntry"),
        run: |call| Box::pin(suspend(call, true)),
        ..Operation::WRITE
    },
    Operation {
        id: "resumeTenant",
        path: "/tenants/{id}/resume",
        summary: "Resumes a suspended tenant.",
        is_global: true,
        response: Some("TenantEntry"),
        run: |call| Box::pin(suspend(call, false)),
        ..Operation::WRITE
    },
    Operation {
        id: "removeTenant",
        method: Method::DELETE,
        path: "/tenants/{id}",
        summary: "Removes a tenant that has no users and no API keys.",
        is_global: true,
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(remove(call)),
        ..Operation::WRITE
    },
];

/// A tenant with its number of users.
#[derive(Serialize)]
struct TenantOutput {
    #[serde(flatten)]
    tenant: Tenant,
    users: u64,
}

fn not_found(id: &str) -> AdminProblem {
    AdminProblem::not_found(format!("there is no tenant {id}"))
}

/// Returns the tenant id of the path, if the operator may know of the tenant.
fn id(call: &Call<'_>) -> Result<TenantId, AdminProblem> {
    let text = call.params.first().map_or("", String::as_str);
    let id: TenantId = text.parse().map_err(|_| not_found(text))?;
    if call.operator.sees(id) {
        Ok(id)
    } else {
        Err(not_found(text))
    }
}

async fn show(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let id = id(&call)?;
    let found = call.api.repository.tenant(id).await?;
    let tenant = found.ok_or_else(|| not_found(&id.to_string()))?;
    let users = call.api.repository.count_profiles(tenant.id).await?;
    let output = TenantOutput { tenant, users };
    Ok(AdminResponse::json(StatusCode::OK, &output))
}

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let limit = call.limit()?;
    let after: Option<TenantId> = call.parse_query("cursor", "the next of a page")?;
    let repository = &call.api.repository;
    let items = match call.operator.tenant {
        Some(own) if after.is_none_or(|after| own > after) => {
            repository.tenant(own).await?.into_iter().collect()
        }
        Some(_) => Vec::new(),
        None => repository.tenants(after, limit + 1).await?,
    };
    let page = Page::of(items, limit, |tenant| tenant.id.to_string());
    Ok(AdminResponse::json(StatusCode::OK, &page))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTenant {
    name: String,
    id: Option<TenantId>,
}

async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let NewTenant { name, id } = call.body()?;
    let invalid = |message: String| AdminProblem::invalid_field("name", message);
    let name = text::normalise(&name, MAX_NAME_CHARS).map_err(|e| invalid(e.to_string()))?;
    if name.is_empty() {
        return Err(invalid("must not be empty".to_owned()));
    }
    let now = call.now();
    let id = match id {
        Some(id) => id,
        None => system::tenant_id(now).map_err(|e| AdminProblem::internal(e.to_string()))?,
    };
    let tenant = Tenant::new(id, name, now);
    call.api.repository.add_tenant(&tenant).await?;
    Ok(AdminResponse::json(call.operation.status, &tenant))
}

async fn suspend(call: Call<'_>, is_suspended: bool) -> Result<AdminResponse, AdminProblem> {
    let id = id(&call)?;
    let since = is_suspended.then(|| call.now());
    let changed = call.api.repository.suspend_tenant(id, since).await?;
    let tenant = changed.ok_or_else(|| not_found(&id.to_string()))?;
    Ok(AdminResponse::json(call.operation.status, &tenant))
}

async fn remove(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let id = id(&call)?;
    let removed = call.api.repository.remove_tenant(id).await;
    let removed = removed.map_err(|error| {
        let Error::Invalid(reasons) = error else {
            return error.into();
        };
        let reasons: Vec<_> = reasons.iter().map(|reason| &*reason.message).collect();
        AdminProblem::conflict(format!("tenant {id} {}", reasons.join(" and ")))
    })?;
    if removed {
        Ok(AdminResponse::empty(StatusCode::NO_CONTENT))
    } else {
        Err(not_found(&id.to_string()))
    }
}
