//! Swagger UI, from the program itself.

use std::{
    io::Read,
    sync::{Arc, OnceLock},
};

use actix_web::{
    HttpRequest, HttpResponse, Scope,
    http::header::{self, AcceptEncoding, Encoding, Header, HeaderName, HeaderValue},
    web,
};
use bytes::Bytes;
use utoipa_swagger_ui::{Config, Url, serve};

use crate::{Backend, Documents, file_response::FileResponse, respond::failure, respond::respond};

/// Swagger UI loads resources of this server only and cannot be framed. Swagger
/// UI writes style attributes, and has images in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// The files of Swagger UI that are used.
const FILES: [&str; 8] = [
    "index.html",
    "index.css",
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

/// Appended to the style sheet: `HEAD` and `OPTIONS` stay in the documents and are not
/// listed, because they would hide the documented operations.
const STYLE: &[u8] = b"\n.opblock.opblock-head, .opblock.opblock-options { display: none; }\n";

/// Serves a page under `/docs/` on which the documents that [`crate::openapi`] serves are read and
/// tried: the Swagger UI that is in the program. Nothing of it comes from elsewhere.
pub fn docs(documents: &Documents, backend: &Backend) -> Scope {
    let documents = documents.clone();
    let here = backend.clone();
    let moved = backend.clone();
    let elsewhere = backend.clone();
    web::scope("/docs")
        .service(web::resource("").to(move || {
            let response = with_slash(&moved.request_ids.next());
            async move { response }
        }))
        .service(
            web::resource("/{file:[^/]*}").to(move |request: HttpRequest| {
                let response = documents.page().respond(&request, &here.request_ids.next());
                async move { response }
            }),
        )
        .default_service(web::to(move || {
            let response = respond(failure(404), &elsewhere.request_ids.next());
            async move { response }
        }))
}

/// URLs in the HTML are relative, so its own URL must end with a slash.
fn with_slash(request_id: &str) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "docs/"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("x-request-id", request_id))
        .finish()
}

/// The files of Swagger UI.
#[derive(Debug)]
pub(crate) struct Page(Vec<(&'static str, PageFile)>);

#[derive(Debug)]
struct PageFile {
    file: FileResponse,
    media_type: HeaderValue,
    /// Its bytes, if they are compressed.
    compressed: Option<Bytes>,
    /// The file for clients that do not take it compressed, made for the first of them.
    plain: OnceLock<FileResponse>,
}

impl Page {
    /// Swagger UI for these dialects.
    pub(crate) fn new(dialects: impl Iterator<Item = &'static str>) -> Self {
        // Relative URLs work under any path of a proxy.
        let urls: Vec<_> = dialects
            .map(|name| (name, format!("../openapi/{name}.json")))
            .collect();
        // Tokens are not kept in the browser, and no validator on the internet is asked.
        let config = Config::new(urls.iter().map(|(name, url)| Url::new(name, url)))
            .deep_linking(true)
            .display_request_duration(true)
            .persist_authorization(false)
            .validator_url("none");
        let config = Arc::new(config);
        Self(FILES.map(|name| (name, PageFile::of(name, &config))).into())
    }

    fn respond(&self, request: &HttpRequest, request_id: &str) -> HttpResponse {
        let name = match request.match_info().get("file") {
            None | Some("") => "index.html",
            Some(name) => name,
        };
        match self.0.iter().find(|(known, _)| *known == name) {
            Some((_, file)) => file.respond(request, request_id),
            None => respond(failure(404), request_id),
        }
    }
}

impl PageFile {
    fn of(name: &str, config: &Arc<Config<'_>>) -> Self {
        let found = serve(name, Arc::clone(config)).ok().flatten();
        let found = found.expect("Swagger UI has its files");
        let media_type = match found.content_type.as_str() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        let media_type = HeaderValue::from_str(&media_type);
        let media_type = media_type.expect("a media type is a header's value");
        let mut bytes = found.bytes.into_owned();
        if name == "index.css" {
            bytes.extend_from_slice(STYLE);
        }
        let bytes = Bytes::from(bytes);
        let file = stored_file(bytes.clone(), &media_type);
        if found.gzpipped {
            Self {
                file: file.with(header::CONTENT_ENCODING, GZIP),
                media_type,
                compressed: Some(bytes),
                plain: OnceLock::new(),
            }
        } else {
            Self {
                file,
                media_type,
                compressed: None,
                plain: OnceLock::new(),
            }
        }
    }

    fn respond(&self, request: &HttpRequest, request_id: &str) -> HttpResponse {
        match &self.compressed {
            Some(compressed) if !takes_gzip(request) => {
                let plain = || stored_file(unpacked(compressed), &self.media_type);
                self.plain.get_or_init(plain).respond(request, request_id)
            }
            Some(_) | None => self.file.respond(request, request_id),
        }
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = AcceptEncoding::parse(request).ok();
    let chosen = accepted
        .and_then(|accepted| accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter()));
    chosen == Some(Encoding::gzip())
}

fn unpacked(bytes: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain);
    read.expect("it was compressed when the program was built");
    plain.into()
}

fn stored_file(bytes: Bytes, media_type: &HeaderValue) -> FileResponse {
    FileResponse::new(bytes, media_type.clone())
        .with(header::CONTENT_SECURITY_POLICY, POLICY)
        .with(header::REFERRER_POLICY, NO_REFERRER)
        .with(header::VARY, BY_ENCODING)
        .with(OPENER_POLICY, SAME_ORIGIN)
}
