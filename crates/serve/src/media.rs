//! Kept pictures and placeholders, for everybody who knows their address.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, Scope,
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web,
};
use futures_util::FutureExt;
use manyface_core::{Error, Image, ImageId, ImageSize, Images, chain};

use crate::{Backend, failure::failure, matches_tag::matches_tag, respond::respond};

/// What is under an address never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Nothing in the file may load, run or be framed, should a browser take it for a page.
const LOCKED: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// Pages of other origins may show the picture, also those that are isolated.
const SHARED: HeaderValue = HeaderValue::from_static("cross-origin");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Serves pictures under `/media`, where [`manyface_core::MediaUrls`] says that they are:
///
/// - `/media/{id}`, and `?size=` 48, 96, 192 or 512 for no more pixels than that a side;
/// - `/media/placeholder/{seed}`, with the same sizes.
///
/// No credential is asked for: who knows an address has been shown the picture.
pub fn media(backend: &Backend) -> Scope {
    let picture = backend.clone();
    let placeholder = backend.clone();
    let elsewhere = backend.clone();
    web::scope("/media")
        .service(web::resource("/{id}").to(move |request: HttpRequest| {
            let backend = picture.clone();
            async move { serve(&backend, &request, kept(&backend.images, &request)).await }
        }))
        .service(
            web::resource("/placeholder/{seed}").to(move |request: HttpRequest| {
                let backend = placeholder.clone();
                async move { serve(&backend, &request, drawn(&backend.images, &request)).await }
            }),
        )
        .default_service(web::to(move || {
            let response = respond(failure(404), &elsewhere.request_ids.next());
            async move { response }
        }))
}

/// A picture and its tag; `None` where there is none.
type Found = Result<Option<(Image, String)>, Error>;

async fn kept(images: &Arc<dyn Images>, request: &HttpRequest) -> Found {
    let id = request.match_info().get("id").unwrap_or_default();
    let (Ok(id), Some(size)) = (id.parse::<ImageId>(), size(request)) else {
        return Ok(None);
    };
    let image = images.read(&id, size).await?;
    Ok(image.map(|image| (image, tag(id.as_str(), size))))
}

async fn drawn(images: &Arc<dyn Images>, request: &HttpRequest) -> Found {
    let seed = request.match_info().get("seed").unwrap_or_default();
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let (16, true, Some(size)) = (seed.len(), seed.bytes().all(is_digit), size(request)) else {
        return Ok(None);
    };
    let Ok(number) = u64::from_str_radix(seed, 16) else {
        return Ok(None);
    };
    let image = images.placeholder(number, size).await?;
    Ok(image.map(|image| (image, tag(seed, size))))
}

/// The size that the query asks for; `None` where it asks for another, or for anything else.
fn size(request: &HttpRequest) -> Option<ImageSize> {
    match request.query_string() {
        "" => Some(ImageSize::Full),
        query => ImageSize::of_pixels(query.strip_prefix("size=")?.parse().ok()?),
    }
}

fn tag(name: &str, size: ImageSize) -> String {
    match size.pixels() {
        None => format!("\"{name}\""),
        Some(pixels) => format!("\"{name}-{pixels}\""),
    }
}

async fn serve(
    backend: &Backend,
    request: &HttpRequest,
    find: impl Future<Output = Found>,
) -> HttpResponse {
    let request_id = backend.request_ids.next();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return respond(failure(405), &request_id);
    }
    let found = AssertUnwindSafe(find).catch_unwind().await;
    let (status, cause) = match found {
        Ok(Ok(Some((image, tag)))) => return picture(request, image, &tag, &request_id),
        Ok(Ok(None)) => (404, None),
        Ok(Err(error @ Error::Unavailable(_))) => (503, Some(chain(&error))),
        Ok(Err(error)) => (500, Some(chain(&error))),
        Err(_) => (500, Some("panicked".to_owned())),
    };
    if let Some(cause) = cause {
        tracing::error!(request_id, status, cause, "a picture could not be served");
    }
    respond(failure(status), &request_id)
}

fn picture(request: &HttpRequest, image: Image, tag: &str, request_id: &str) -> HttpResponse {
    let mut response = if matches_tag(request, tag) {
        HttpResponse::new(StatusCode::NOT_MODIFIED)
    } else {
        HttpResponse::Ok()
            .content_type(image.media_type)
            .body(image.bytes)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, FOREVER);
    headers.insert(header::CONTENT_SECURITY_POLICY, LOCKED);
    headers.insert(RESOURCE_POLICY, SHARED);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    for (name, value) in [
        (header::ETAG, tag),
        (HeaderName::from_static("x-request-id"), request_id),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
