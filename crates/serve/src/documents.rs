//! The OpenAPI documents of the dialects that are served.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpRequest, Scope, http::header::HeaderValue, web};
use manyface_dialect::Dialect;

use crate::{Backend, failure::failure, kept_file::KeptFile, respond::respond};

#[cfg(feature = "swagger-ui")]
use crate::docs::Page;

/// The OpenAPI documents of the dialects that are served, each saying where it is served, and the
/// page that shows them. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Documents {
    files: Arc<BTreeMap<String, KeptFile>>,
    #[cfg(feature = "swagger-ui")]
    pub(crate) page: Arc<Page>,
}

impl Documents {
    /// The documents of the dialects in `mounts`, each with its path, for clients that reach the
    /// server under the path `public_path`: `""` for those that reach it directly, `/profiles`
    /// behind a proxy that takes that away.
    ///
    /// # Panics
    ///
    /// Where the document of a dialect is no JSON object.
    pub fn new(mounts: &[(String, Dialect)], public_path: &str) -> Self {
        let public_path = public_path.trim_end_matches('/');
        let file = |(prefix, dialect): &(String, Dialect)| {
            let document = dialect.openapi_at(&format!("{public_path}{prefix}"));
            let json = HeaderValue::from_static("application/json");
            let file = KeptFile::new(document.into(), json);
            (format!("{}.json", dialect.name), file)
        };
        Self {
            files: Arc::new(mounts.iter().map(file).collect()),
            #[cfg(feature = "swagger-ui")]
            page: Arc::new(Page::new(mounts.iter().map(|(_, dialect)| dialect.name))),
        }
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
            let response = match documents.files.get(name) {
                Some(file) => file.answer(&request, &request_id),
                None => respond(failure(404), &request_id),
            };
            async move { response }
        }))
        .default_service(web::to(move || {
            let response = respond(failure(404), &elsewhere.request_ids.next());
            async move { response }
        }))
}
