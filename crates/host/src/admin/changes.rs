//! Changes: the history of users, the feed of all changes, and undoing a change.

use http::StatusCode;
use manyface_core::{DetailedChange, Profile, Undo, UndoRejection, UndoStores, last_writers};
use serde::Deserialize;

use crate::dialect_registry::files_of as stored_files_of;

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page, stream};

const AFTER: Parameter = Parameter::new(
    "after",
    "The member seq of a change; only later changes are returned.",
);
const LIMIT: Parameter = Parameter::new(
    "limit",
    "The maximum number of changes, from 1 to 1000. Default: 100.",
);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listChanges",
        path: "/changes",
        summary: "Lists the changes of all users in one order, the oldest first. No later change \
                  precedes one that was returned; next is null at the end.",
        query: &[AFTER, LIMIT],
        response: Some("ChangePage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "streamChanges",
        path: stream::PATH,
        summary: "Streams the changes of all users as server-sent events, the oldest first, and \
                  new ones as they are made. No value before a change is given, except to a token \
                  of a tenant.",
        query: &[AFTER],
        response: Some("ChangeEvents"),
        response_type: stream::EVENTS,
        // The listener starts streams, which no command has.
        ..Operation::READ
    },
    Operation {
        id: "listUserChanges",
        path: "/users/{user}/changes",
        summary: "Lists the changes of a user, the oldest first.",
        query: &[AFTER, LIMIT],
        response: Some("ChangePage"),
        run: |call| Box::pin(list_of_user(call)),
        ..Operation::READ
    },
    Operation {
        id: "getUserProvenance",
        path: "/users/{user}/provenance",
        summary: "Returns the last writer of each field of a user.",
        response: Some("FieldWriterPage"),
        run: |call| Box::pin(provenance(call)),
        ..Operation::READ
    },
    Operation {
        id: "undoChange",
        path: "/changes/{change}/undo",
        summary: "Undoes a change, or one field of it, as a new change. A field that was changed \
                  later is a 409 unless force is true.",
        body: Some("Undo"),
        response: Some("Profile"),
        run: |call| Box::pin(undo(call)),
        ..Operation::WRITE
    },
];

fn page(items: Vec<DetailedChange>, has_more: bool) -> AdminResponse {
    let next = items.last().filter(|_| has_more);
    let next = next.map(|last| last.change.seq.to_string());
    AdminResponse::json(StatusCode::OK, &Page { items, next })
}

fn after(call: &Call<'_>) -> Result<i64, AdminProblem> {
    Ok(call
        .parse_query("after", "the seq of a change")?
        .unwrap_or(0))
}

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let changes = call.context().changes(after(&call)?, call.limit()?).await?;
    Ok(page(changes, true))
}

async fn list_of_user(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let (after, limit) = (after(&call)?, call.limit()? as usize);
    let profile = call.user().await?;
    let mut changes = call.context().changes_of(profile.id).await?;
    changes.retain(|change| change.change.seq > after);
    let has_more = changes.len() > limit;
    changes.truncate(limit);
    Ok(page(changes, has_more))
}

async fn provenance(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    let changes = call.context().changes_of(profile.id).await?;
    let items = last_writers(&changes);
    Ok(AdminResponse::json(
        StatusCode::OK,
        &Page { items, next: None },
    ))
}

/// The body of an undo.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndoBody {
    field: Option<String>,
    #[serde(default)]
    force: bool,
}

async fn undo(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let change = call.params.first().map_or("", String::as_str);
    let Ok(seq) = change.parse::<i64>() else {
        return Err(AdminProblem::not_found(format!(
            "there is no change {change}"
        )));
    };
    let UndoBody { field, force } = if call.request.body.is_empty() {
        UndoBody::default()
    } else {
        call.body()?
    };
    // Opening the storage for a change that does not exist would be in vain.
    if call.api.repository.find_change(seq).await?.is_none() {
        let missing = UndoRejection::NoSuchChange(seq);
        return Err(AdminProblem::not_found(missing.to_string()));
    }
    let media = call.api.media()?;
    let (images, blobs) = (media.images(), media.blobs());
    let dialects = call.api.dialects.dialects();
    let files_of = |profile: &Profile| stored_files_of(profile, &dialects);
    let stores = UndoStores {
        overrides: &*call.api.overrides,
        images: &*images,
        blobs: &*blobs,
        files_of: &files_of,
    };
    let undo = Undo { seq, field, force };
    let profile = call.context().undo(&stores, &undo).await?;
    Ok(AdminResponse::json(StatusCode::OK, &profile).with_etag(profile.revision()))
}
