//! Paths that lack the slash at their end.

use actix_web::{HttpRequest, Resource, web};
use http::{HeaderValue, StatusCode, header};
use manyface_dialect::Reply;

use crate::{Backend, respond::respond};

/// Moves requests for `path` to the same path with a slash, whatever their method: the framework
/// that has this habit does so before it looks at anything else.
pub(crate) fn appended(path: &str, backend: &Backend) -> Resource {
    let backend = backend.clone();
    web::resource(path).to(move |request: HttpRequest| {
        let response = respond(moved(&request), &backend.request_ids.next());
        async move { response }
    })
}

fn moved(request: &HttpRequest) -> Reply {
    let query = match request.query_string() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let location = format!("{}/{query}", request.path());
    let reply = Reply::empty(StatusCode::MOVED_PERMANENTLY);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    reply
        .with(header::CONTENT_TYPE, html)
        .with_text(header::LOCATION, &location)
}
