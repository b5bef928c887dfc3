//! The receipts of erasures.

use http::StatusCode;
use manyface_core::TenantId;
use uuid::Uuid;

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    id: "listErasures",
    path: "/erasures",
    summary: "Lists the receipts of erasures, the oldest first.",
    query: &[
        Parameter::new("tenant", "The former tenant of the users."),
        Parameter::new("cursor", "The member next of the previous page."),
        Parameter::new(
            "limit",
            "The maximum number of receipts, from 1 to 1000. Default: 100.",
        ),
    ],
    response: Some("ErasurePage"),
    run: |call| Box::pin(list(call)),
    ..Operation::READ
}];

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let limit = call.limit()?;
    let after: Option<Uuid> = call.parse_query("cursor", "the next of a page")?;
    let tenant: Option<TenantId> = call.parse_query("tenant", "a UUID")?;
    let own = call.operator.tenant;
    let is_hidden = tenant.is_some_and(|tenant| !call.operator.sees(tenant));
    let items = if is_hidden {
        Vec::new()
    } else {
        let repository = &call.api.repository;
        repository
            .erasures(own.or(tenant), after, limit + 1)
            .await?
    };
    let page = Page::of(items, limit, |receipt| receipt.id.to_string());
    Ok(AdminResponse::json(StatusCode::OK, &page))
}
