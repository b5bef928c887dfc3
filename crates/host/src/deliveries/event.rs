//! The body of a request to a webhook.

use jiff::Timestamp;
use manyface_core::{
    AdminRepository, ChangeKind, DetailedChange, Error, Json, ProfileId, ProfileRef, Result,
};
use serde::Serialize;

use crate::admin::{CANONICAL, DialectViews, View};

/// The payload of Standard Webhooks.
#[derive(Serialize)]
struct Event<'a, D> {
    r#type: &'static str,
    timestamp: Timestamp,
    data: &'a D,
}

/// A change without values, which identifies the user by the canonical id only.
#[derive(Serialize)]
struct Outline<'a> {
    user: ProfileId,
    seq: String,
    version: i64,
    at: Timestamp,
    kind: &'static str,
    /// The present response of the dialect to its user; `null` if it is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'a Option<Json>>,
}

/// Returns the body for a change in the form `payload`: `canonical`, or the name of a dialect.
pub(super) async fn body(
    repository: &dyn AdminRepository,
    dialects: &DialectViews,
    payload: &str,
    change: &DetailedChange,
    now: Timestamp,
) -> Result<Vec<u8>> {
    let (event_type, kind) = match change.kind {
        ChangeKind::Creation => ("user.created", "creation"),
        ChangeKind::Update => ("user.updated", "update"),
        ChangeKind::Undo(_) => ("user.updated", "undo"),
        ChangeKind::Erasure => ("user.erased", "erasure"),
        ChangeKind::Erased => ("user.erased", "erased"),
    };
    let is_erased = matches!(change.kind, ChangeKind::Erasure | ChangeKind::Erased);
    let entry = &change.change;
    let mut outline = Outline {
        user: entry.profile_id,
        seq: entry.seq.to_string(),
        version: entry.version,
        at: entry.at,
        kind,
        response: None,
    };
    if is_erased {
        return to_json(event_type, entry.at, &outline);
    }
    if payload == CANONICAL {
        return to_json(event_type, entry.at, change);
    }
    let who = ProfileRef::Id(entry.profile_id);
    let response = match repository.inspect(&who).await? {
        Some(profile) => dialects.view(payload, &profile, "", now).await,
        None => None,
    };
    let response = response.and_then(View::success);
    outline.response = Some(&response);
    to_json(event_type, entry.at, &outline)
}

fn to_json<D: Serialize>(r#type: &'static str, timestamp: Timestamp, data: &D) -> Result<Vec<u8>> {
    let event = Event {
        r#type,
        timestamp,
        data,
    };
    serde_json::to_vec(&event).map_err(|e| Error::Storage(e.into()))
}
