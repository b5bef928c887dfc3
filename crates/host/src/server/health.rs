//! Whether the process lives, and whether it can do its work.

use std::sync::Arc;

use actix_web::{HttpResponse, Resource, http::header, web};
use manyface_core::Registry;

use crate::gate::Gate;

/// What readiness depends on.
#[derive(Clone)]
pub(super) struct Health {
    gate: Arc<Gate>,
    store: Arc<dyn Registry>,
}

impl Health {
    pub(super) fn new(gate: Arc<Gate>, store: Arc<dyn Registry>) -> Self {
        Self { gate, store }
    }
}

/// `GET /healthz`: the process lives.
pub(super) fn live() -> Resource {
    let answer = || async { status(true, "ok") };
    web::resource("/healthz")
        .route(web::get().to(answer))
        .route(web::head().to(answer))
        .default_service(web::to(wrong_method))
}

/// `GET /readyz`: the database can be reached and has the layout that this program expects.
pub(super) fn ready() -> Resource {
    web::resource("/readyz")
        .route(web::get().to(readiness))
        .route(web::head().to(readiness))
        .default_service(web::to(wrong_method))
}

async fn readiness(health: web::Data<Health>) -> HttpResponse {
    if !health.gate.is_open() {
        return status(false, "starting");
    }
    match health.store.check().await {
        Ok(()) => status(true, "ready"),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, cause, "not ready");
            status(false, "unavailable")
        }
    }
}

fn status(is_good: bool, word: &str) -> HttpResponse {
    let mut response = if is_good {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("application/json")
        .body(format!("{{\"status\":\"{word}\"}}"))
}

async fn wrong_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "GET, HEAD"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("application/json")
        .body(r#"{"error":"method not allowed"}"#)
}
