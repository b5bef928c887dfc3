//! Operations on users.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use jiff::tz::TimeZone;
use manyface_core::{
    FieldError, Identity, Json, OperatorRole, Profile, ProfileOverride, ProfileRef, TenantId,
    Timestamp, UserCursor, UserFields, UserOrder, UserQuery, UserUpdate, Username,
};
use manyface_dialect::Dialect;
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};
use crate::{media::Media, system};

/// The maximum size of stored operator data, in bytes.
const MAX_OPERATOR_DATA_BYTES: usize = 64 * 1024;

const fn parameter(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description }
}

const BASE: Operation = Operation {
    id: "",
    method: Method::POST,
    path: "",
    summary: "",
    role: OperatorRole::Write,
    is_global: false,
    query: &[],
    body: None,
    status: StatusCode::OK,
    response: Some("User"),
    run: |call| {
        Box::pin(async move {
            call.user()
                .await
                .map(|_| AdminResponse::empty(StatusCode::OK))
        })
    },
};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listUsers",
        method: Method::GET,
        path: "/users",
        summary: "Lists and searches users. All given conditions apply.",
        role: OperatorRole::Read,
        query: &[
            parameter(
                "username",
                "A prefix of the user name. Orders by user name.",
            ),
            parameter(
                "email",
                "A prefix of the email address. Orders by email address.",
            ),
            parameter(
                "changed_since",
                "A time (RFC 3339). Orders by the last change.",
            ),
            parameter("external_id", "An id in a dialect: DIALECT:ID."),
            parameter("identity", "An identity: ISSUER#SUBJECT."),
            parameter("tenant", "The UUID of a tenant."),
            parameter("status", "active or suspended."),
            parameter("cursor", "The member next of the previous page."),
            parameter(
                "limit",
                "The maximum number of users, from 1 to 1000. Default: 100.",
            ),
        ],
        response: Some("UserPage"),
        run: |call| Box::pin(list(call)),
        ..BASE
    },
    Operation {
        id: "addUser",
        path: "/users",
        summary: "Adds a user.",
        body: Some("NewUser"),
        status: StatusCode::CREATED,
        run: |call| Box::pin(add(call)),
        ..BASE
    },
    Operation {
        id: "getUser",
        method: Method::GET,
        path: "/users/{user}",
        summary: "Returns a user with identities and overrides.",
        role: OperatorRole::Read,
        run: |call| Box::pin(async move { show(&call, &call.user().await?).await }),
        ..BASE
    },
    Operation {
        id: "setUser",
        method: Method::PATCH,
        path: "/users/{user}",
        summary: "Sets fields of a user, including those that an identity provider owns. Each \
                  value replaces the whole field; null clears it.",
        body: Some("UserFields"),
        run: |call| Box::pin(set(call)),
        ..BASE
    },
    Operation {
        id: "suspendUser",
        path: "/users/{user}/suspend",
        summary: "Suspends a user. All credentials of the user are rejected from the next request.",
        run: |call| Box::pin(async move { update(&call, UserUpdate::Suspend).await }),
        ..BASE
    },
    Operation {
        id: "resumeUser",
        path: "/users/{user}/resume",
        summary: "Resumes a suspended user.",
        run: |call| Box::pin(async move { update(&call, UserUpdate::Resume).await }),
        ..BASE
    },
    Operation {
        id: "moveUser",
        path: "/users/{user}/move",
        summary: "Moves a user to another tenant, with equal catalogue entries and without the \
                  overrides of accounts.",
        is_global: true,
        body: Some("Move"),
        run: |call| Box::pin(move_to(call)),
        ..BASE
    },
    Operation {
        id: "addIdentity",
        path: "/users/{user}/identities",
        summary: "Adds an identity to a user.",
        body: Some("Identity"),
        run: |call| Box::pin(change_identity(call, UserUpdate::AddIdentity)),
        ..BASE
    },
    Operation {
        id: "removeIdentity",
        path: "/users/{user}/identities/remove",
        summary: "Removes an identity from a user. Other hosts may accept it for five more seconds.",
        body: Some("Identity"),
        run: |call| Box::pin(change_identity(call, UserUpdate::RemoveIdentity)),
        ..BASE
    },
    Operation {
        id: "getOperatorData",
        method: Method::GET,
        path: "/users/{user}/operator-data/{dialect}",
        summary: "Returns the operator data of a user for a dialect; null without any.",
        role: OperatorRole::Read,
        response: Some("OperatorData"),
        run: |call| Box::pin(show_operator_data(call)),
        ..BASE
    },
    Operation {
        id: "setOperatorData",
        method: Method::PUT,
        path: "/users/{user}/operator-data/{dialect}",
        summary: "Sets the operator data of a user for a dialect, in the dialect's documented form.",
        body: Some("OperatorData"),
        response: Some("OperatorData"),
        run: |call| Box::pin(set_operator_data(call)),
        ..BASE
    },
    Operation {
        id: "removeOperatorData",
        method: Method::DELETE,
        path: "/users/{user}/operator-data/{dialect}",
        summary: "Removes the operator data of a user for a dialect.",
        response: Some("OperatorData"),
        run: |call| Box::pin(set_operator_data(call)),
        ..BASE
    },
    Operation {
        id: "removeUser",
        method: Method::DELETE,
        path: "/users/{user}",
        summary: "Erases a user with all personal data, images and files.",
        status: StatusCode::NO_CONTENT,
        response: None,
        run: |call| Box::pin(remove(call)),
        ..BASE
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

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let context = call.context();
    let is_suspended = match call.query("status") {
        None => None,
        Some("active") => Some(false),
        Some("suspended") => Some(true),
        Some(_) => {
            return Err(AdminProblem::bad_request(
                "status must be active or suspended",
            ));
        }
    };
    let tenant: Option<TenantId> = call.parse_query("tenant", "a UUID")?;
    let since: Option<Timestamp> =
        call.parse_query("changed_since", "a time, such as 2026-06-25T10:30:00Z")?;
    let orders = [
        call.query("username")
            .map(|prefix| UserOrder::Username(folded(prefix))),
        call.query("email")
            .map(|prefix| UserOrder::Email(prefix.to_owned())),
        since.map(UserOrder::ChangedSince),
    ];
    let mut orders = orders.into_iter().flatten();
    let order = orders.next().unwrap_or_default();
    if orders.next().is_some() {
        let message = "give only one of username, email and changed_since";
        return Err(AdminProblem::bad_request(message));
    }
    let query = UserQuery {
        tenant,
        is_suspended,
        order,
        after: call.parse_query::<UserCursor>("cursor", "the next of a page")?,
        limit: call.limit()?,
    };
    if let Some(who) = exact(&call)? {
        let found = match context.find_user(&who).await {
            Ok(profile) => Some(profile),
            Err(manyface_core::Error::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let items: Vec<_> = found
            .filter(|profile| query.matches(profile))
            .into_iter()
            .collect();
        return Ok(AdminResponse::json(
            StatusCode::OK,
            &Page { items, next: None },
        ));
    }
    let page = context.search_users(query).await?;
    let page = Page {
        items: page.users,
        next: page.next.map(|cursor| cursor.to_string()),
    };
    Ok(AdminResponse::json(StatusCode::OK, &page))
}

/// Returns the reference of an exact search.
fn exact(call: &Call<'_>) -> Result<Option<ProfileRef>, AdminProblem> {
    let external = call.query("external_id").map(|text| {
        let (dialect, id) = text
            .split_once(':')
            .ok_or("external_id must be DIALECT:ID")?;
        Ok(ProfileRef::External {
            dialect: dialect.into(),
            id: id.to_owned(),
        })
    });
    let identity = call.query("identity").map(|text| {
        let (issuer, subject) = text
            .rsplit_once('#')
            .ok_or("identity must be ISSUER#SUBJECT")?;
        Ok(ProfileRef::Identity {
            issuer: issuer.into(),
            subject: subject.to_owned(),
        })
    });
    if external.is_some() && identity.is_some() {
        let message = "give only one of external_id and identity";
        return Err(AdminProblem::bad_request(message));
    }
    let found: Option<Result<ProfileRef, &str>> = external.or(identity);
    found.transpose().map_err(AdminProblem::bad_request)
}

/// Folds a prefix of a user name as far as it is one.
fn folded(prefix: &str) -> String {
    let parsed = Username::parse(prefix);
    parsed.map_or_else(|_| prefix.to_lowercase(), |name| name.key().to_owned())
}

/// The members of a new user that are not fields.
#[derive(Default)]
struct NewUser {
    tenant_id: Option<TenantId>,
    external_ids: BTreeMap<String, String>,
    identities: Vec<Identity>,
    created_at: Option<Timestamp>,
}

async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let mut new = NewUser::default();
    let mut fields = UserFields::new();
    let mut errors = Vec::new();
    for (name, value) in call.members()? {
        let read = match name.as_str() {
            "tenant_id" => value.read().map(|id| new.tenant_id = id),
            "external_ids" => value.read().map(|ids| new.external_ids = ids),
            "identities" => value.read().map(|identities| new.identities = identities),
            "created_at" => value.read().map(|at| new.created_at = at),
            _ => {
                fields.insert(name, value);
                continue;
            }
        };
        if read.is_err() {
            let message = "has another form than documented".to_owned();
            errors.push(FieldError {
                field: name,
                message,
            });
        }
    }
    if !errors.is_empty() {
        return Err(AdminProblem::invalid(errors));
    }
    let created_at = new.created_at.unwrap_or_else(|| call.now());
    // All dialects can represent times from year 1 to the maximum.
    if created_at.to_zoned(TimeZone::UTC).year() < 1 {
        let message = "must be a time from 0001-01-01T00:00:00Z to 9999-12-30T22:00:00Z";
        let (field, message) = ("created_at".to_owned(), message.to_owned());
        return Err(AdminProblem::invalid(vec![FieldError { field, message }]));
    }
    let unrandom = |failure: crate::Failure| AdminProblem::internal(failure.to_string());
    let id = system::profile_id(created_at).map_err(unrandom)?;
    let tenant = call.tenant(new.tenant_id).await?;
    let context = call.context();
    let mut profile = context.new_user(id, tenant, created_at, &fields).await?;
    set_external_ids(&call, &mut profile, new.external_ids)?;
    let provenance = context.provenance();
    let added = call
        .api
        .repository
        .add(&profile, &new.identities, &provenance);
    added.await?;
    show(&call, &profile).await
}

/// Sets the given ids, and new ones for the other dialects.
fn set_external_ids(
    call: &Call<'_>,
    profile: &mut Profile,
    given: BTreeMap<String, String>,
) -> Result<(), AdminProblem> {
    let error = |message: String| {
        let field = "external_ids".to_owned();
        AdminProblem::invalid(vec![FieldError { field, message }])
    };
    let dialects = call.api.dialects.dialects();
    for (name, id) in given {
        let mut known = dialects.iter();
        let Some(dialect) = known.find(|dialect| dialect.name == name) else {
            let known = call.api.dialects.names().join(", ");
            return Err(error(format!(
                "has the unknown dialect {name}; known are {known}"
            )));
        };
        let Some(ids) = dialect.external_ids else {
            return Err(error(format!(
                "has {name}, which uses canonical UUIDs only"
            )));
        };
        if !(ids.is_valid)(&id) {
            return Err(error(format!("has {id}, which is not an id of {name}")));
        }
        profile.external_ids.insert(name, id);
    }
    for dialect in dialects {
        if let Some(ids) = dialect.external_ids {
            let minted = (ids.mint)(profile);
            let given = profile.external_ids.entry(dialect.name.to_owned());
            given.or_insert(minted);
        }
    }
    Ok(())
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

async fn change_identity(
    call: Call<'_>,
    change: fn(Identity) -> UserUpdate,
) -> Result<AdminResponse, AdminProblem> {
    let identity: Identity = call.body()?;
    if identity.issuer.is_empty() || identity.subject.is_empty() {
        return Err(AdminProblem::bad_request(
            "issuer and subject must not be empty",
        ));
    }
    update(&call, change(identity)).await
}

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

async fn show_operator_data(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let data = profile.operator_data.get(dialect(&call)?.name);
    Ok(AdminResponse::json(StatusCode::OK, &data).with_etag(profile.revision()))
}

async fn set_operator_data(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
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
    let text = String::from_utf8_lossy(&call.request.body).into_owned();
    let data = Json::parse(text).map_err(|e| AdminProblem::unprocessable(e.to_string()))?;
    check(&data).map_err(AdminProblem::unprocessable)?;
    Ok(data)
}

async fn remove(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    call.expected(&profile)?;
    let api = call.api;
    let dialects = api.dialects.dialects().into_iter();
    let files = dialects.filter_map(|dialect| dialect.capabilities.files);
    let files: Vec<_> = files
        .filter_map(|files| (files.file_of)(&profile))
        .collect();
    let images = api.store.images().images_of(profile.id).await?;
    if !api.repository.remove(&ProfileRef::Id(profile.id)).await? {
        return Err(AdminProblem::not_found("there is no such user"));
    }
    if !images.is_empty() || !files.is_empty() {
        let media = match &api.media {
            Some(media) => media.clone(),
            None => Media::open(&api.config, &api.store)
                .map_err(|failure| AdminProblem::internal(failure.to_string()))?,
        };
        media.collector().remove_erased(&images).await?;
        for (kind, key) in &files {
            media.blobs().remove(*kind, key).await?;
        }
    }
    Ok(AdminResponse::empty(StatusCode::NO_CONTENT))
}
