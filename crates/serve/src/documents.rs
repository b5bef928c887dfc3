//! The OpenAPI documents of the served dialects.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use actix_web::{HttpRequest, Scope, http::header::HeaderValue, web};
use manyface_dialect::Dialect;

use crate::{Backend, file_response::FileResponse, respond::failure, respond::respond};

#[cfg(feature = "swagger-ui")]
use crate::swagger_ui::SwaggerUi;

/// The OpenAPI documents of the mounted dialects, and Swagger UI. Both are created on first use.
/// Clones share them.
#[derive(Clone, Debug)]
pub struct Documents(Arc<DocumentsInner>);

#[derive(Debug)]
struct DocumentsInner {
    mounts: Vec<(String, Dialect)>,
    public_path: String,
    files: OnceLock<BTreeMap<String, FileResponse>>,
    #[cfg(feature = "swagger-ui")]
    swagger_ui: OnceLock<SwaggerUi>,
}

impl Documents {
    /// Creates the documents of `mounts`, pairs of a prefix and a dialect. `public_path` is the
    /// path that a reverse proxy strips, such as `/profiles`, or `""`. Each dialect's document must
    /// be a JSON object.
    pub fn new(mounts: &[(String, Dialect)], public_path: &str) -> Self {
        Self(Arc::new(DocumentsInner {
            mounts: mounts.to_vec(),
            public_path: public_path.trim_end_matches('/').to_owned(),
            files: OnceLock::new(),
            #[cfg(feature = "swagger-ui")]
            swagger_ui: OnceLock::new(),
        }))
    }

    fn files(&self) -> &BTreeMap<String, FileResponse> {
        let DocumentsInner {
            mounts,
            public_path,
            files,
            ..
        } = &*self.0;
        let file = |(prefix, dialect): &(String, Dialect)| {
            let document = dialect.openapi_at(&format!("{public_path}{prefix}"));
            let json = HeaderValue::from_static("application/json");
            let file = FileResponse::new(document.into(), json);
            (format!("{}.json", dialect.name), file)
        };
        files.get_or_init(|| mounts.iter().map(file).collect())
    }

    #[cfg(feature = "swagger-ui")]
    pub(crate) fn swagger_ui(&self) -> &SwaggerUi {
        let names = self.0.mounts.iter().map(|(_, dialect)| dialect.name);
        self.0.swagger_ui.get_or_init(|| SwaggerUi::new(names))
    }
}

/// Serves the document of each dialect as `/openapi/{dialect}.json`.
///
/// No credential is required, because the contracts are public.
pub fn openapi(documents: &Documents, backend: &Backend) -> Scope {
    let documents = documents.clone();
    let here = backend.clone();
    let fallback = backend.clone();
    web::scope("/openapi")
        .service(web::resource("/{file}").to(move |request: HttpRequest| {
            let name = request.match_info().get("file").unwrap_or_default();
            let request_id = here.request_ids.next();
            let response = match documents.files().get(name) {
                Some(file) => file.respond(&request, &request_id),
                None => respond(failure(404), &request_id),
            };
            async move { response }
        }))
        .default_service(web::to(move || {
            let response = respond(failure(404), &fallback.request_ids.next());
            async move { response }
        }))
}
