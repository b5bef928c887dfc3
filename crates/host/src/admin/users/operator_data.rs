//! The operator data of users.

use http::{Method, StatusCode};
use manyface_core::{Json, ProfileRef, UserUpdate};
use manyface_dialect::Dialect;

use crate::admin::{AdminProblem, AdminResponse, Call};

/// The maximum size of stored operator data, in bytes.
const MAX_OPERATOR_DATA_BYTES: usize = 64 * 1024;

/// Returns the dialect of the path.
fn dialect(call: &Call<'_>) -> Result<Dialect, AdminProblem> {
    let name = call.params.get(1).map_or("", String::as_str);
    let mut dialects = call.api.dialects.dialects().into_iter();
    dialects
        .find(|dialect| dialect.name == name)
        .ok_or_else(|| {
            let known = call.api.dialects.names().join(", ");
            AdminProblem::not_found(format!("there is no dialect {name}; known are {known}"))
        })
}

pub(super) async fn show_operator_data(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let data = profile.operator_data.get(dialect(&call)?.name);
    Ok(AdminResponse::json(StatusCode::OK, &data).with_etag(profile.revision()))
}

pub(super) async fn set_operator_data(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let dialect = dialect(&call)?;
    let data = match call.operation.method {
        Method::DELETE => None,
        _ => Some(operator_data(&call, dialect.check_operator_data)?),
    };
    let expected = call.expected(&profile)?;
    let update = UserUpdate::SetOperatorData(dialect.name.to_owned(), data);
    let who = ProfileRef::Id(profile.id);
    let updated = call.context().update_user(&who, expected, &update).await?;
    let data = updated.operator_data.get(dialect.name);
    Ok(AdminResponse::json(StatusCode::OK, &data).with_etag(updated.revision()))
}

fn operator_data(
    call: &Call<'_>,
    check: fn(&Json) -> Result<(), String>,
) -> Result<Json, AdminProblem> {
    if call.request.body.len() > MAX_OPERATOR_DATA_BYTES {
        let message = format!("operator data must be at most {MAX_OPERATOR_DATA_BYTES} bytes");
        return Err(AdminProblem::unprocessable(message));
    }
    let data = Json::parse(call.body_text()?.to_owned())
        .map_err(|e| AdminProblem::unprocessable(e.to_string()))?;
    check(&data).map_err(AdminProblem::unprocessable)?;
    Ok(data)
}
