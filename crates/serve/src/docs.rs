//! The routes of Swagger UI.

use actix_web::{HttpRequest, HttpResponse, Scope, http::header, web};

use crate::{Backend, Documents, respond::failure, respond::respond};

/// Serves Swagger UI under `/docs/`, for the documents of [`crate::openapi`]. All of its files are
/// in the binary.
pub fn docs(documents: &Documents, backend: &Backend) -> Scope {
    let documents = documents.clone();
    let here = backend.clone();
    let redirect = backend.clone();
    let fallback = backend.clone();
    web::scope("/docs")
        .service(web::resource("").to(move || {
            let response = redirect_to_slash(&redirect.request_ids.next());
            async move { response }
        }))
        .service(
            web::resource("/{file:[^/]*}").to(move |request: HttpRequest| {
                let response = documents
                    .swagger_ui()
                    .respond(&request, &here.request_ids.next());
                async move { response }
            }),
        )
        .default_service(web::to(move || {
            let response = respond(failure(404), &fallback.request_ids.next());
            async move { response }
        }))
}

/// Redirects `/docs` to `/docs/`, because the URLs in the HTML are relative.
fn redirect_to_slash(request_id: &str) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "docs/"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("x-request-id", request_id))
        .finish()
}
