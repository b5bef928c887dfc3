//! Stored images and placeholders. An image's URL is the only credential.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse, Scope,
    body::{BodySize, MessageBody},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web,
};
use futures_util::FutureExt;
use manyface_core::{Error, ImageId, ImageSize, Images, OpenImage, chain};

use crate::{
    Backend, IMAGE_OPERATION, NO_DIALECT, ObservedRequest,
    cross_origin::{CrossOrigin, share},
    parts::Parts,
    respond::{failure, matches_tag, respond},
};

/// The content of an image's URL never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// An image opened as a page must not load or run anything.
const SANDBOX: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// Pages of other origins may embed the image, also cross-origin isolated ones.
const CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Serves images under `/media`, the path that [`manyface_core::MediaUrls`] uses:
///
/// - `/media/{id}`; `?size=` 48, 96, 192 or 512 limits the width and height in pixels;
///
/// No credential is required: an image's URL is known only to clients that received it.
pub fn media(backend: &Backend) -> Scope {
    let handler = MediaHandler {
        cross_origin: CrossOrigin::to_media(backend),
        backend: backend.clone(),
    };
    let (placeholder, fallback) = (handler.clone(), handler.clone());
    web::scope("/media")
        .service(web::resource("/{id}").to(move |request: HttpRequest| {
            let handler = handler.clone();
            async move {
                let images = &handler.backend.services.images;
                handler
                    .serve(&request, stored_image(images, &request))
                    .await
            }
        }))
        .service(
            web::resource("/placeholder/{seed}").to(move |request: HttpRequest| {
                let handler = placeholder.clone();
                async move {
                    let images = &handler.backend.services.images;
                    let image = placeholder_image(images, &request);
                    handler.serve(&request, image).await
                }
            }),
        )
        .default_service(web::to(move |request: HttpRequest| {
            let handler = fallback.clone();
            async move { handler.serve(&request, async { Ok(None) }).await }
        }))
}

/// The handler of all paths of images.
#[derive(Clone)]
struct MediaHandler {
    backend: Backend,
    cross_origin: Option<CrossOrigin>,
}

/// The image and its `ETag`; no image if the client has it; `None` if it does not exist.
type ImageLookup = Result<Option<(Option<OpenImage>, String)>, Error>;

async fn stored_image(images: &Arc<dyn Images>, request: &HttpRequest) -> ImageLookup {
    let id = request.match_info().get("id").unwrap_or_default();
    let (Ok(id), Some(size)) = (id.parse::<ImageId>(), size(request)) else {
        return Ok(None);
    };
    let tag = tag(id.as_str(), size);
    if matches_tag(request, &tag) {
        let length = images.length(&id, size).await?;
        return Ok(length.map(|_| (None, tag)));
    }
    let image = images.open(&id, size).await?;
    Ok(image.map(|image| (Some(image), tag)))
}

async fn placeholder_image(images: &Arc<dyn Images>, request: &HttpRequest) -> ImageLookup {
    let seed = request.match_info().get("seed").unwrap_or_default();
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let (16, true, Some(size)) = (seed.len(), seed.bytes().all(is_digit), size(request)) else {
        return Ok(None);
    };
    let Ok(number) = u64::from_str_radix(seed, 16) else {
        return Ok(None);
    };
    let tag = tag(seed, size);
    if matches_tag(request, &tag) {
        return Ok(Some((None, tag)));
    }
    let image = images.placeholder(number, size).await?;
    Ok(image.map(|image| (Some(image.into()), tag)))
}

/// Returns the requested size, or `None` for an unsupported one. Other parameters are ignored:
/// clients add them to bypass caches.
fn size(request: &HttpRequest) -> Option<ImageSize> {
    let mut parameters = request.query_string().split('&');
    match parameters.find_map(|parameter| parameter.strip_prefix("size=")) {
        None => Some(ImageSize::Full),
        Some(pixels) => ImageSize::of_pixels(pixels.parse().ok()?),
    }
}

fn tag(name: &str, size: ImageSize) -> String {
    match size.pixels() {
        None => format!("\"{name}\""),
        Some(pixels) => format!("\"{name}-{pixels}\""),
    }
}

impl MediaHandler {
    /// Responds with the image that `find` returns.
    async fn serve(
        &self,
        request: &HttpRequest,
        find: impl Future<Output = ImageLookup>,
    ) -> HttpResponse {
        let request_id = self.backend.request_ids.next();
        let started = Instant::now();
        let cross_origin = self.cross_origin.as_ref();
        let response = match cross_origin.and_then(|known| known.preflight(request)) {
            Some(preflight) => respond(preflight, &request_id),
            None => respond_with_image(request, find, &request_id).await,
        };
        let status = http::StatusCode::from_u16(response.status().as_u16());
        let bytes = match response.body().size() {
            BodySize::Sized(bytes) => bytes,
            BodySize::None | BodySize::Stream => 0,
        };
        let observed = ObservedRequest {
            dialect: NO_DIALECT,
            operation: IMAGE_OPERATION,
            status: status.unwrap_or_default(),
            duration: started.elapsed(),
            is_rate_limited: false,
        };
        self.backend
            .observe(request, &request_id, None, bytes, &observed);
        share(cross_origin, request, response)
    }
}

async fn respond_with_image(
    request: &HttpRequest,
    find: impl Future<Output = ImageLookup>,
    request_id: &str,
) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return respond(failure(405), request_id);
    }
    let found = AssertUnwindSafe(find).catch_unwind().await;
    let (status, cause) = match found {
        Ok(Ok(Some((image, tag)))) => return image_response(request, image, &tag, request_id),
        Ok(Ok(None)) => (404, None),
        Ok(Err(error @ Error::Unavailable(_))) => (503, Some(chain(&error))),
        Ok(Err(error)) => (500, Some(chain(&error))),
        Err(_) => (500, Some("panicked".to_owned())),
    };
    if let Some(cause) = cause {
        tracing::error!(request_id, status, cause, "cannot serve image");
    }
    respond(failure(status), request_id)
}

fn image_response(
    request: &HttpRequest,
    image: Option<OpenImage>,
    tag: &str,
    request_id: &str,
) -> HttpResponse {
    let mut response = match image {
        None => HttpResponse::new(StatusCode::NOT_MODIFIED),
        Some(OpenImage { media_type, file }) => {
            let response = HttpResponse::Ok().content_type(media_type).finish();
            response.set_body(Parts::of_file(request, file))
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, IMMUTABLE);
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(RESOURCE_POLICY, CROSS_ORIGIN);
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
