//! Operations on the tokens of operators.

use http::{Method, StatusCode};
use manyface_auth::{NewToken, TokenKind};
use manyface_core::{FieldError, OperatorRole, OperatorToken, ProfileId, TenantId, text};
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation, call::Page};
use crate::system;

/// The maximum length of an operator's name, in characters.
const MAX_NAME_CHARS: usize = 100;

const BASE: Operation = Operation {
    id: "listOperatorTokens",
    method: Method::GET,
    path: "/tokens",
    summary: "Lists all operator tokens, without their secrets, in the order of their creation.",
    role: OperatorRole::Read,
    is_global: true,
    query: &[],
    body: None,
    status: StatusCode::OK,
    response: Some("OperatorTokenPage"),
    run: |call| Box::pin(list(call)),
};

pub(super) const OPERATIONS: &[Operation] = &[
    BASE,
    Operation {
        id: "addOperatorToken",
        method: Method::POST,
        summary: "Adds an operator token. The response has the token, which cannot be read again.",
        role: OperatorRole::Write,
        body: Some("NewOperatorToken"),
        status: StatusCode::CREATED,
        response: Some("AddedOperatorToken"),
        run: |call| Box::pin(add(call)),
        ..BASE
    },
    Operation {
        id: "revokeOperatorToken",
        method: Method::DELETE,
        path: "/tokens/{id}",
        summary: "Revokes an operator token permanently.",
        role: OperatorRole::Write,
        status: StatusCode::NO_CONTENT,
        response: None,
        run: |call| Box::pin(revoke(call)),
        ..BASE
    },
];

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let items = call.api.tokens.operator_tokens().await?;
    Ok(AdminResponse::json(
        StatusCode::OK,
        &Page { items, next: None },
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    role: OperatorRole,
    tenant_id: Option<TenantId>,
}

/// A new token with its secret.
#[derive(Serialize)]
struct Added<'a> {
    #[serde(flatten)]
    operator_token: &'a OperatorToken,
    token: &'a str,
}

async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let New {
        name,
        role,
        tenant_id,
    } = call.body()?;
    let invalid = |message: String| {
        let field = "name".to_owned();
        AdminProblem::invalid(vec![FieldError { field, message }])
    };
    let name = text::normalise(&name, MAX_NAME_CHARS).map_err(|e| invalid(e.to_string()))?;
    if name.is_empty() {
        return Err(invalid("must not be empty".to_owned()));
    }
    let unrandom = |failure: crate::Failure| AdminProblem::internal(failure.to_string());
    let secret = NewToken::of_random(TokenKind::Operator, system::random().map_err(unrandom)?);
    let now = call.now();
    let ProfileId(id) = system::profile_id(now).map_err(unrandom)?;
    let operator_token = OperatorToken {
        id: format!("opt_{}", id.simple()),
        name,
        role,
        tenant_id,
        created_at: now,
        revoked_at: None,
    };
    let digest = secret.digest();
    call.api
        .tokens
        .add_operator_token(&operator_token, &digest)
        .await?;
    let added = Added {
        operator_token: &operator_token,
        token: secret.as_str(),
    };
    Ok(AdminResponse::json(StatusCode::CREATED, &added))
}

async fn revoke(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let id = call.params.first().map_or("", String::as_str);
    if call
        .api
        .tokens
        .revoke_operator_token(id, call.now())
        .await?
    {
        Ok(AdminResponse::empty(StatusCode::NO_CONTENT))
    } else {
        Err(AdminProblem::not_found(format!(
            "there is no operator token {id}"
        )))
    }
}
