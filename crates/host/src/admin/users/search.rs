//! Lists of users, and searches.

use http::StatusCode;
use manyface_core::{ProfileRef, TenantId, Timestamp, UserCursor, UserOrder, UserQuery, Username};

use crate::admin::{AdminProblem, AdminResponse, Call, call::Page};

pub(super) async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
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
    let after: Option<UserCursor> = call.parse_query("cursor", "the next of a page")?;
    let is_number = |cursor: &UserCursor| cursor.key.parse::<i64>().is_ok();
    if matches!(order, UserOrder::ChangedSince(_)) && !after.as_ref().is_none_or(is_number) {
        return Err(AdminProblem::bad_request(
            "cursor must be the next of a page",
        ));
    }
    let query = UserQuery {
        tenant,
        is_suspended,
        order,
        after,
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
            .split_once('#')
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
