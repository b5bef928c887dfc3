//! Cross-origin requests of browsers (CORS), by the Fetch standard.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
};
use http::{Method, StatusCode};
use manyface_dialect::{Credentials, Dialect, Request, Response, Route};

use crate::{AllowedOrigins, Backend, respond::NO_STORE, simulation::SIMULATION_HEADERS};

/// The seconds for which a browser keeps the response to a preflight.
const MAX_AGE: &str = "600";
/// The response headers that scripts may read without permission, or have no use for.
const NOT_EXPOSED: [header::HeaderName; 12] = [
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_TYPE,
    header::CROSS_ORIGIN_RESOURCE_POLICY,
    header::DATE,
    header::LAST_MODIFIED,
    header::LOCATION,
    header::VARY,
    header::X_CONTENT_TYPE_OPTIONS,
];

/// The cross-origin access to one path.
#[derive(Clone, Debug)]
pub(crate) struct CrossOrigin {
    origins: AllowedOrigins,
    methods: String,
    request_headers: String,
}

impl CrossOrigin {
    /// Returns the access to a path of `dialect` with these methods and routes, or `None` if no
    /// origin is allowed.
    pub(crate) fn to_path<'a>(
        backend: &Backend,
        dialect: &Dialect,
        methods: &[Method],
        routes: impl IntoIterator<Item = &'a Route>,
    ) -> Option<Self> {
        let origins = backend.origins.of(dialect.name)?;
        let mut routes = routes.into_iter();
        let reads_credentials = routes.any(|route| route.credentials != Credentials::Ignored);
        let credentials = reads_credentials.then_some(http::header::AUTHORIZATION);
        let names = credentials.iter().chain(&Request::HEADERS);
        let names = names.chain(dialect.headers).map(http::HeaderName::as_str);
        let simulation: &[&str] = if backend.serves_client_developers {
            &SIMULATION_HEADERS
        } else {
            &[]
        };
        let names = names.chain(simulation.iter().copied());
        Self::new(origins.clone(), methods, &names.collect::<Vec<_>>())
    }

    /// Returns the access to any path of `dialect`, for paths that do not exist.
    pub(crate) fn to_dialect(backend: &Backend, dialect: &Dialect) -> Option<Self> {
        let mut methods = vec![Method::HEAD, Method::OPTIONS];
        methods.extend(dialect.routes.iter().map(|route| route.method.clone()));
        methods.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        methods.dedup();
        Self::to_path(backend, dialect, &methods, &dialect.routes)
    }

    /// Returns the access to images, or `None` if no origin is allowed.
    pub(crate) fn to_media(backend: &Backend) -> Option<Self> {
        let origins = backend.origins.of_all();
        let headers = [http::header::IF_NONE_MATCH.as_str()];
        Self::new(origins, &[Method::GET, Method::HEAD], &headers)
    }

    fn new(origins: AllowedOrigins, methods: &[Method], headers: &[&str]) -> Option<Self> {
        let methods: Vec<_> = methods.iter().map(Method::as_str).collect();
        (!origins.is_empty()).then(|| Self {
            origins,
            methods: methods.join(", "),
            request_headers: headers.join(", "),
        })
    }

    /// Returns the response to a preflight of an allowed origin, which browsers send without
    /// credentials. [`CrossOrigin::share`] completes it.
    pub(crate) fn preflight(&self, request: &HttpRequest) -> Option<Response> {
        let headers = request.headers();
        let is_preflight = *request.method() == actix_web::http::Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight {
            return None;
        }
        self.origins.grant(request)?;
        let response = Response::empty(StatusCode::NO_CONTENT)
            .with_text(http::header::ACCESS_CONTROL_ALLOW_METHODS, &self.methods)
            .with_text(
                http::header::ACCESS_CONTROL_ALLOW_HEADERS,
                &self.request_headers,
            )
            .with_text(http::header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        Some(response)
    }

    /// Lets pages of an allowed origin read `response` and all of its headers.
    pub(crate) fn share(&self, request: &HttpRequest, response: &mut HttpResponse) {
        let grant = self.origins.grant(request);
        let headers = response.headers_mut();
        // A cache must not give the response for one origin to another. Most responses are not
        // stored by caches, and those for other origins do not change.
        let is_stored = headers
            .get(header::CACHE_CONTROL)
            .is_none_or(|value| value != NO_STORE);
        if !self.origins.are_all() && (is_stored || grant.is_some()) {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        let Some(grant) = grant else {
            return;
        };
        let is_preflight = headers.contains_key(header::ACCESS_CONTROL_ALLOW_METHODS);
        let mut names: Vec<_> = headers.keys().map(header::HeaderName::as_str).collect();
        names.retain(|name| NOT_EXPOSED.iter().all(|known| known != name));
        names.sort_unstable();
        let names = names.join(", ");
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, grant);
        if let Ok(names) = HeaderValue::from_str(&names)
            && !is_preflight
        {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
    }
}

/// Adds the headers of `cross_origin`, if the path has any.
pub(crate) fn share(
    cross_origin: Option<&CrossOrigin>,
    request: &HttpRequest,
    mut response: HttpResponse,
) -> HttpResponse {
    if let Some(cross_origin) = cross_origin {
        cross_origin.share(request, &mut response);
    }
    response
}
