//! Redirects of paths without a trailing slash.

use actix_web::{HttpRequest, Resource, web};
use http::{HeaderValue, StatusCode, header};
use manyface_dialect::Response;

use crate::{Backend, respond::respond};

/// Redirects requests for `path` to the path with a slash, whatever their method, before any other
/// step, as the upstream framework does.
pub(crate) fn appended(path: &str, backend: &Backend) -> Resource {
    let backend = backend.clone();
    let public_path = path_of(backend.services.media_urls.base().unwrap_or_default()).to_owned();
    web::resource(path).to(move |request: HttpRequest| {
        let response = respond(moved(&request, &public_path), &backend.request_ids.next());
        async move { response }
    })
}

/// Returns the path of the public base URL.
fn path_of(base: &str) -> &str {
    let (_, rest) = base.split_once("://").unwrap_or_default();
    rest.find('/').map_or("", |start| &rest[start..])
}

fn moved(request: &HttpRequest, public_path: &str) -> Response {
    let query = match request.query_string() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let location = format!("{public_path}{}/{query}", request.path());
    let response = Response::empty(StatusCode::MOVED_PERMANENTLY);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response
        .with(header::CONTENT_TYPE, html)
        .with_text(header::LOCATION, &location)
}
