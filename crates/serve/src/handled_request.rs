//! Usage counts and deprecations of a handled request.

use actix_web::HttpRequest;
use http::StatusCode;
use manyface_dialect::{Dialect, Request, Response, Route};

use crate::Backend;

/// A request that an operation has handled.
pub(crate) struct HandledRequest<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) dialect: &'a Dialect,
    pub(crate) route: &'a Route,
    pub(crate) http_request: &'a HttpRequest,
    pub(crate) request: &'a Request,
}

impl HandledRequest<'_> {
    /// Counts the request if it was successful, and announces the deprecation of its operation.
    pub(crate) fn observe(self, response: Response) -> Response {
        let Self {
            backend,
            dialect,
            route,
            http_request,
            request,
        } = self;
        let version = dialect.api_version_header.as_ref();
        let version = version.and_then(|name| response.headers.get(name)?.to_str().ok());
        let version = version.unwrap_or_default();
        let (name, id) = (dialect.name, route.id);
        if let Some(usage) = &backend.usage
            && (response.status.is_success() || response.status == StatusCode::NOT_MODIFIED)
        {
            let agent = http_request.headers().get("user-agent");
            let agent = agent.and_then(|agent| agent.to_str().ok());
            let agent = agent.unwrap_or_default();
            usage.count_request(name, id, version, &request.caller, agent, request.now);
        }
        let mut deprecations = backend.deprecations.iter();
        match deprecations.find(|known| known.applies(name, id, version)) {
            Some(deprecation) => deprecation.announce(response),
            None => response,
        }
    }
}
