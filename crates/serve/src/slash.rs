//! Redirects of paths without a trailing slash.

use actix_web::{HttpRequest, Resource, web};
use http::{HeaderValue, StatusCode, header};
use manyface_dialect::Response;

use crate::{
    Backend,
    cross_origin::{CrossOrigin, share},
    respond::respond,
};

/// Redirects requests for `path` to the path with a slash, whatever their method, before any other
/// step, as the upstream framework does. Browsers follow no redirect of a preflight.
pub(crate) fn appended(
    path: &str,
    cross_origin: Option<CrossOrigin>,
    backend: &Backend,
) -> Resource {
    let backend = backend.clone();
    let public_path = path_of(backend.services.media_urls.base().unwrap_or_default()).to_owned();
    web::resource(path).to(move |request: HttpRequest| {
        let preflight = cross_origin.as_ref().and_then(|c| c.preflight(&request));
        let response = preflight.unwrap_or_else(|| moved(&request, &public_path));
        let response = respond(response, &backend.request_ids.next());
        let response = share(cross_origin.as_ref(), &request, response);
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
