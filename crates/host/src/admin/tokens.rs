//! Operations on the tokens of operators.

use http::{Method, StatusCode};
use manyface_auth::{NewToken, TokenKind};
use manyface_core::{OperatorRole, OperatorToken, ProfileId, TenantId, text};
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation, call::Page};
use crate::system;

/// The maximum length of an operator's name, in characters.
const MAX_NAME_CHARS: usize = 100;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listOperatorTokens",
        path: "/tokens",
        summary: "Lists all operator tokens, without their secrets, in the order of their creation.",
        is_global: true,
        response: Some("OperatorTokenPage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "addOperatorToken",
        path: "/tokens",
        summary: "Adds an operator token. The response has the token, which cannot be read again.",
        body: Some("NewOperatorToken"),
        is_global: true,
        status: StatusCode::CREATED,
        response: Some("AddedOperatorToken"),
        run: |call| Box::pin(add(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "revokeOperatorToken",
        method: Method::DELETE,
        path: "/tokens/{id}",
        summary: "Revokes an operator token permanently.",
        is_global: true,
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(revoke(call)),
        ..Operation::WRITE
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
    let invalid = |message: String| AdminProblem::invalid_field("name", message);
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
