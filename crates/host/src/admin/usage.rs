//! The use of operations and fields by clients.

use http::StatusCode;
use manyface_core::UsageFilter;

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};

pub(super) const OPERATIONS: &[Operation] = &[Operation {
    id: "listUsage",
    path: "/usage",
    summary: "Lists which clients use which operations, API versions and fields. Counts are at most \
              ten seconds old.",
    is_global: true,
    query: &[
        Parameter::new("dialect", "The name of a dialect."),
        Parameter::new("field", "A canonical field that writes name."),
        Parameter::new("client", "The client of tokens, or the id of an API key."),
    ],
    response: Some("UsagePage"),
    run: |call| Box::pin(list(call)),
    ..Operation::READ
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
