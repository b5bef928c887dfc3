//! Swagger UI, embedded in the binary.

use std::{
    io::Read,
    sync::{Arc, OnceLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, AcceptEncoding, Encoding, Header, HeaderName, HeaderValue},
};
use bytes::Bytes;
use utoipa_swagger_ui::{Config, Url, serve};

use crate::{file_response::FileResponse, respond::failure, respond::respond};

/// Allows resources of this server only and forbids framing. Swagger UI sets style attributes and
/// has data images in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// The served files of Swagger UI.
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

/// Appended to the style sheet: hides `HEAD` and `OPTIONS`, which would outnumber the documented
/// operations.
const STYLE: &[u8] = b"\n.opblock.opblock-head, .opblock.opblock-options { display: none; }\n";

/// The files of Swagger UI.
#[derive(Debug)]
pub(crate) struct SwaggerUi(Vec<(&'static str, SwaggerUiFile)>);

#[derive(Debug)]
struct SwaggerUiFile {
    file: FileResponse,
    media_type: HeaderValue,
    /// The bytes, if they are compressed.
    compressed: Option<Bytes>,
    /// The uncompressed file, created on first use.
    plain: OnceLock<FileResponse>,
}

impl SwaggerUi {
    /// Creates Swagger UI for the dialects with these names.
    pub(crate) fn new(dialects: impl Iterator<Item = &'static str>) -> Self {
        // Relative URLs work under any proxy path.
        let urls: Vec<_> = dialects
            .map(|name| (name, format!("../openapi/{name}.json")))
            .collect();
        // The browser does not store tokens, and no online validator is contacted.
        let config = Config::new(urls.iter().map(|(name, url)| Url::new(name, url)))
            .deep_linking(true)
            .display_request_duration(true)
            .persist_authorization(false)
            .validator_url("none");
        let config = Arc::new(config);
        Self(
            FILES
                .map(|name| (name, SwaggerUiFile::of(name, &config)))
                .into(),
        )
    }

    pub(crate) fn respond(&self, request: &HttpRequest, request_id: &str) -> HttpResponse {
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

impl SwaggerUiFile {
    fn of(name: &str, config: &Arc<Config<'_>>) -> Self {
        let found = serve(name, Arc::clone(config)).ok().flatten();
        let found = found.expect("Swagger UI contains its files");
        let media_type = match found.content_type.as_str() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        let media_type = HeaderValue::from_str(&media_type);
        let media_type = media_type.expect("a media type is a valid header value");
        let mut bytes = found.bytes.into_owned();
        if name == "index.css" {
            bytes.extend_from_slice(STYLE);
        }
        let bytes = Bytes::from(bytes);
        let file = file_response(bytes.clone(), &media_type);
        if found.gzpipped {
            Self {
                file: file.with_header(header::CONTENT_ENCODING, GZIP),
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
            Some(compressed) if !accepts_gzip(request) => {
                let plain = || file_response(decompress(compressed), &self.media_type);
                self.plain.get_or_init(plain).respond(request, request_id)
            }
            Some(_) | None => self.file.respond(request, request_id),
        }
    }
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    let accepted = AcceptEncoding::parse(request).ok();
    let chosen = accepted
        .and_then(|accepted| accepted.negotiate([Encoding::gzip(), Encoding::identity()].iter()));
    chosen == Some(Encoding::gzip())
}

fn decompress(bytes: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain);
    read.expect("the file was compressed at build time");
    plain.into()
}

fn file_response(bytes: Bytes, media_type: &HeaderValue) -> FileResponse {
    FileResponse::new(bytes, media_type.clone())
        .with_header(header::CONTENT_SECURITY_POLICY, POLICY)
        .with_header(header::REFERRER_POLICY, NO_REFERRER)
        .with_header(header::VARY, ACCEPT_ENCODING)
        .with_header(OPENER_POLICY, SAME_ORIGIN)
}
