//! The liveness and readiness endpoints.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpResponse, Resource, http::header, web};
use manyface_core::{AdminRepository, Error, chain};

use manyface_serve::Readiness;

use super::drain::Drain;

/// The conditions of readiness.
#[derive(Clone)]
pub(super) struct Health {
    readiness: Readiness,
    store: Arc<dyn AdminRepository>,
    drain: Drain,
    /// Whether the last probe found the database usable.
    is_usable: Arc<AtomicBool>,
}

impl Health {
    pub(super) fn new(readiness: Readiness, store: Arc<dyn AdminRepository>, drain: Drain) -> Self {
        Self {
            readiness,
            store,
            drain,
            is_usable: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Logs a change of readiness between probes.
    fn log_change(&self, found: &Result<(), Error>) {
        let was_usable = self.is_usable.swap(found.is_ok(), Ordering::AcqRel);
        match found {
            Ok(()) if !was_usable => tracing::info!("ready again"),
            Err(error) if was_usable => tracing::warn!(cause = chain(error), "not ready"),
            Ok(()) | Err(_) => {}
        }
    }
}

/// `GET /healthz`: the process is alive.
pub(super) fn live() -> Resource {
    let respond = || async { status(true, "ok") };
    web::resource("/healthz")
        .route(web::get().to(respond))
        .route(web::head().to(respond))
        .default_service(web::to(wrong_method))
}

/// `GET /readyz`: the database is available and has the expected schema version, and the server is
/// not about to end.
pub(super) fn ready() -> Resource {
    web::resource("/readyz")
        .route(web::get().to(readiness))
        .route(web::head().to(readiness))
        .default_service(web::to(wrong_method))
}

async fn readiness(health: web::Data<Health>) -> HttpResponse {
    if health.drain.is_draining() {
        return status(false, "draining");
    }
    if !health.readiness.is_ready() {
        return status(false, "starting");
    }
    let found = health.store.check().await;
    health.log_change(&found);
    match found {
        Ok(()) => status(true, "ready"),
        Err(_) => status(false, "unavailable"),
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
