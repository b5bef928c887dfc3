//! Operations on users.

mod add;
mod operator_data;
mod search;

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use manyface_core::{
    Erasure, Identity, Profile, ProfileId, ProfileOverride, ProfileRef, TenantId, UserUpdate,
};
use serde::{Deserialize, Serialize};

use self::{
    add::add,
    operator_data::{set_operator_data, show_operator_data},
    search::list,
};
use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, views::views};
use crate::{dialect_registry::files_of, system};

/// The maximum length of the issuer and subject of an identity, in bytes.
const MAX_IDENTITY_BYTES: usize = 2_048;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listUsers",
        path: "/users",
        summary: "Lists and searches users. All given conditions apply.",
        query: &[
            Parameter::new(
                "username",
                "A prefix of the user name. Orders by user name.",
            ),
            Parameter::new(
                "email",
                "A prefix of the email address. Orders by email address.",
            ),
            Parameter::new(
                "changed_since",
                "A time (RFC 3339). Orders by the last change.",
            ),
            Parameter::new("external_id", "An id in a dialect: DIALECT:ID."),
            Parameter::new("identity", "An identity: ISSUER#SUBJECT."),
            Parameter::new("tenant", "The UUID of a tenant."),
            Parameter::new("status", "active or suspended."),
            Parameter::new("cursor", "The member next of the previous page."),
            Parameter::new(
                "limit",
                "The maximum number of users, from 1 to 1000. Default: 100.",
            ),
        ],
        response: Some("UserPage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "addUser",
        path: "/users",
        summary: "Adds a user.",
        body: Some("NewUser"),
        status: StatusCode::CREATED,
        response: Some("User"),
        run: |call| Box::pin(add(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "getUser",
        path: "/users/{user}",
        summary: "Returns a user with identities and overrides.",
        response: Some("User"),
        run: |call| Box::pin(async move { show(&call, &call.user().await?).await }),
        ..Operation::READ
    },
    Operation {
        id: "getUserViews",
        path: "/users/{user}/views",
        summary: "Returns what each dialect returns for the user's own profile.",
        response: Some("UserViews"),
        run: |call| Box::pin(views(call)),
        ..Operation::READ
    },
    Operation {
        id: "setUser",
        method: Method::PATCH,
        path: "/users/{user}",
        summary: "Sets fields of a user, including those that an identity provider owns. Each \
                  value replaces the whole field; null clears it.",
        body: Some("UserFields"),
        response: Some("User"),
        run: |call| Box::pin(set(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "suspendUser",
        path: "/users/{user}/suspend",
        summary: "Suspends a user. All credentials of the user are rejected from the next request.",
        response: Some("User"),
        run: |call| Box::pin(async move { update(&call, UserUpdate::Suspend).await }),
        ..Operation::WRITE
    },
    Operation {
        id: "resumeUser",
        path: "/users/{user}/resume",
        summary: "Resumes a suspended user.",
        response: Some("User"),
        run: |call| Box::pin(async move { update(&call, UserUpdate::Resume).await }),
        ..Operation::WRITE
    },
    Operation {
        id: "moveUser",
        path: "/users/{user}/move",
        summary: "Moves a user to another tenant, with equal catalogue entries and without the \
                  overrides of accounts.",
        is_global: true,
        body: Some("Move"),
        response: Some("User"),
        run: |call| Box::pin(move_to(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "addIdentity",
        path: "/users/{user}/identities",
        summary: "Adds an identity to a user.",
        is_global: true,
        body: Some("Identity"),
        response: Some("User"),
        run: |call| Box::pin(change_identity(call, UserUpdate::AddIdentity)),
        ..Operation::WRITE
    },
    Operation {
        id: "removeIdentity",
        path: "/users/{user}/identities/remove",
        summary: "Removes an identity from a user. Other hosts may accept it for five more seconds.",
        is_global: true,
        body: Some("Identity"),
        response: Some("User"),
        run: |call| Box::pin(change_identity(call, UserUpdate::RemoveIdentity)),
        ..Operation::WRITE
    },
    Operation {
        id: "getOperatorData",
        path: "/users/{user}/operator-data/{dialect}",
        summary: "Returns the operator data of a user for a dialect; null without any.",
        response: Some("OperatorData"),
        run: |call| Box::pin(show_operator_data(call)),
        ..Operation::READ
    },
    Operation {
        id: "setOperatorData",
        method: Method::PUT,
        path: "/users/{user}/operator-data/{dialect}",
        summary: "Sets the operator data of a user for a dialect, in the dialect's documented form.",
        body: Some("OperatorData"),
        response: Some("OperatorData"),
        run: |call| Box::pin(set_operator_data(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "removeOperatorData",
        method: Method::DELETE,
        path: "/users/{user}/operator-data/{dialect}",
        summary: "Removes the operator data of a user for a dialect.",
        response: Some("OperatorData"),
        run: |call| Box::pin(set_operator_data(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "removeUser",
        method: Method::DELETE,
        path: "/users/{user}",
        summary: "Erases a user with all personal data, images and files. A receipt is kept, and the \
                  feed of changes has an entry.",
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(remove(call)),
        ..Operation::WRITE
    },
];

/// A user with everything that an operator sees.
#[derive(Serialize)]
struct UserOutput<'a> {
    #[serde(flatten)]
    profile: &'a Profile,
    identities: Vec<Identity>,
    overrides: BTreeMap<String, ProfileOverride>,
}

async fn show(call: &Call<'_>, profile: &Profile) -> Result<AdminResponse, AdminProblem> {
    let overrides = call.api.overrides.overrides_of(profile.id).await?;
    let output = UserOutput {
        profile,
        identities: call.api.repository.identities(profile.id).await?,
        overrides: overrides.into_iter().collect(),
    };
    let response = AdminResponse::json(call.operation.status, &output);
    Ok(response.with_etag(profile.revision()))
}

async fn set(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let fields = call.members()?.into_iter().collect();
    update(&call, UserUpdate::SetFields(fields)).await
}

/// Changes the user of the path, under the request's precondition.
async fn update(call: &Call<'_>, update: UserUpdate) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let expected = call.expected(&profile)?;
    let who = ProfileRef::Id(profile.id);
    let updated = call.context().update_user(&who, expected, &update).await?;
    show(call, &updated).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    tenant_id: TenantId,
}

async fn move_to(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let Move { tenant_id } = call.body()?;
    update(&call, UserUpdate::Move(tenant_id)).await
}

/// Rejects identities that are empty, or too long for the index of PostgreSQL.
fn check_identity(identity: &Identity) -> Result<(), AdminProblem> {
    let Identity { issuer, subject } = identity;
    if issuer.is_empty() || subject.is_empty() || issuer.len() + subject.len() > MAX_IDENTITY_BYTES
    {
        let message = format!(
            "issuer and subject must not be empty, and together at most {MAX_IDENTITY_BYTES} bytes"
        );
        return Err(AdminProblem::unprocessable(message));
    }
    Ok(())
}

async fn change_identity(
    call: Call<'_>,
    change: fn(Identity) -> UserUpdate,
) -> Result<AdminResponse, AdminProblem> {
    let identity: Identity = call.body()?;
    check_identity(&identity)?;
    update(&call, change(identity)).await
}

async fn remove(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let expected = call.expected(&profile)?;
    let api = call.api;
    let files = files_of(&profile, &api.dialects.dialects());
    let images = api.store.images().images_of(profile.id).await?;
    let unrandom = |failure: crate::Failure| AdminProblem::internal(failure.to_string());
    let ProfileId(receipt) = system::profile_id(call.now()).map_err(unrandom)?;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let erasure = Erasure {
        tenant: call.operator.tenant,
        expected,
        images: count(images.len()),
        files: count(files.len()),
        ..Erasure::new(receipt, ProfileRef::Id(profile.id), call.provenance.clone())
    };
    if !api.repository.erase(&erasure).await? {
        return Err(AdminProblem::not_found("there is no such user"));
    }
    if !images.is_empty() || !files.is_empty() {
        let media = api.media()?;
        media.collector().remove_erased(&images).await?;
        for (kind, key) in &files {
            media.blobs().remove(*kind, key).await?;
        }
    }
    Ok(AdminResponse::empty(StatusCode::NO_CONTENT))
}
