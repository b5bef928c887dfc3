//! The OpenAPI documents of the dialects that are served.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use actix_web::{HttpRequest, Scope, http::header::HeaderValue, web};
use manyface_dialect::Dialect;

use crate::{Backend, file_response::FileResponse, respond::failure, respond::respond};

#[cfg(feature = "swagger-ui")]
use crate::docs::Page;

/// The OpenAPI documents of the served dialects, each with its path, and
/// Swagger UI, created on first use. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Documents(Arc<Made>);

#[derive(Debug)]
struct Made {
    mounts: Vec<(String, Dialect)>,
    public_path: String,
    files: OnceLock<BTreeMap<String, FileResponse>>,
    #[cfg(feature = "swagger-ui")]
    page: OnceLock<Page>,
}

impl Documents {
    /// The documents of the dialects in `mounts`, each with its path, for clients that reach the
    /// server under the path `public_path`: `""` for those that reach it directly, `/profiles`
    /// behind a proxy that takes that away. The document of each dialect must be a JSON object.
    pub fn new(mounts: &[(String, Dialect)], public_path: &str) -> Self {
        Self(Arc::new(Made {
            mounts: mounts.to_vec(),
            public_path: public_path.trim_end_matches('/').to_owned(),
            files: OnceLock::new(),
            #[cfg(feature = "swagger-ui")]
            page: OnceLock::new(),
        }))
    }

    fn files(&self) -> &BTreeMap<String, FileResponse> {
        let Made {
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
    pub(crate) fn page(&self) -> &Page {
        let names = self.0.mounts.iter().map(|(_, dialect)| dialect.name);
        self.0.page.get_or_init(|| Page::new(names))
    }
}

/// Serves the document of each dialect as `/openapi/{dialect}.json`.
///
/// No credential is asked for: a document says what its contract says.
pub fn openapi(documents: &Documents, backend: &Backend) -> Scope {
    let documents = documents.clone();
    let here = backend.clone();
    let elsewhere = backend.clone();
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
            let response = respond(failure(404), &elsewhere.request_ids.next());
            async move { response }
        }))
}
