//! The use of operations and fields by clients.

use http::{Method, StatusCode};
use manyface_core::{OperatorRole, UsageFilter};

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    id: "listUsage",
    method: Method::GET,
    path: "/usage",
    summary: "Lists which clients use which operations, API versions and fields. Counts are at most \
              ten seconds old.",
    role: OperatorRole::Read,
    is_global: true,
    query: &[
        Parameter {
            name: "dialect",
            description: "The name of a dialect.",
        },
        Parameter {
            name: "field",
            description: "A canonical field that writes name.",
        },
        Parameter {
            name: "client",
            description: "The client of tokens, or the id of an API key.",
        },
    ],
    body: None,
    status: StatusCode::OK,
    response: Some("UsagePage"),
    run: |call| Box::pin(list(call)),
}];

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let given = |name: &str| call.query(name).map(str::to_owned);
    let filter = UsageFilter {
        dialect: given("dialect"),
        field: given("field"),
        client: given("client"),
    };
    let items = call.api.store.usage().usage(&filter).await?;
    Ok(AdminResponse::json(
        StatusCode::OK,
        &Page { items, next: None },
    ))
}
