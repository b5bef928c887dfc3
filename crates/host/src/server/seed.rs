//! The endpoints of `manyface dev`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use manyface_serve::is_loopback_origin;
use tokio::sync::Mutex;
use url::form_urlencoded;

use crate::{
    Deployment, Failure, Seed,
    development::{TokenFormat, ready_tokens},
};

/// A deployment and its seed.
pub(super) struct Seeded {
    deployment: Deployment,
    seed: Seed,
    /// Held by a reset.
    resetting: Mutex<()>,
}

impl Seeded {
    /// Returns the endpoints' state, if the deployment has a seed.
    pub(super) fn of(deployment: &Deployment) -> Option<Arc<Self>> {
        let seed = deployment.config().seed.clone()?;
        Some(Arc::new(Self {
            deployment: deployment.clone(),
            seed,
            resetting: Mutex::default(),
        }))
    }
}

/// `POST /_dev/reset` and `GET /_dev/tokens?format=text|json|env`, if there is a seed.
pub(super) fn endpoints(seeded: Option<Arc<Seeded>>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        if let Some(seeded) = seeded {
            let reset = web::resource("/reset").route(web::post().to(reset));
            let tokens = web::resource("/tokens").route(web::get().to(tokens));
            let seeded = web::Data::from(seeded);
            config.service(
                web::scope("/_dev")
                    .app_data(seeded)
                    .service(reset)
                    .service(tokens),
            );
        }
    }
}

async fn reset(request: HttpRequest, seeded: web::Data<Seeded>) -> HttpResponse {
    if !is_local(&request) {
        return forbidden();
    }
    let _resetting = seeded.resetting.lock().await;
    match seeded.seed.apply(&seeded.deployment).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(failure) => failed(&failure),
    }
}

async fn tokens(request: HttpRequest, seeded: web::Data<Seeded>) -> HttpResponse {
    if !is_local(&request) {
        return forbidden();
    }
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    let format = query.find(|(name, _)| name == "format");
    let (format, media_type) = match format.as_ref().map_or("text", |(_, value)| value) {
        "text" => (TokenFormat::Text, "text/plain; charset=utf-8"),
        "env" => (TokenFormat::Env, "text/plain; charset=utf-8"),
        "json" => (TokenFormat::Json, "application/json"),
        _ => return HttpResponse::BadRequest().body("format must be text, json or env\n"),
    };
    match ready_tokens(&seeded.deployment, &seeded.seed, format).await {
        Ok(text) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, media_type))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(text),
        Err(failure) => failed(&failure),
    }
}

/// Returns whether the request comes from this machine: no other web site sent it, also not under a
/// name that resolves to this machine.
fn is_local(request: &HttpRequest) -> bool {
    let text = |name| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or_default().to_owned())
    };
    let host = text(header::HOST).map(|host| format!("http://{}", host.to_ascii_lowercase()));
    let sources = [host, text(header::ORIGIN)];
    let mut sources = sources.into_iter().flatten();
    sources.all(|origin| is_loopback_origin(&origin))
}

fn forbidden() -> HttpResponse {
    let message = "only for programs and pages of this machine\n";
    HttpResponse::Forbidden().body(message)
}

fn failed(failure: &Failure) -> HttpResponse {
    tracing::error!(%failure, "failed");
    HttpResponse::InternalServerError().body(format!("{failure}\n"))
}
