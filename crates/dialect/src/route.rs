//! Dialects and their type-erased endpoints.

use std::num::NonZeroU32;

use http::{HeaderName, Method, StatusCode, header};
use manyface_core::{Claim, Creator, Profile, Services, chain};

use crate::{
    BeforeBody, BoxFuture, Capabilities, Credentials, Endpoint, FailedPrecondition, Input, Problem,
    ReadCondition, Request, Response, Step, View, WireError,
    precondition::{has_only_foreign_tags, lacks_strong_tag},
    problem::allow,
};

/// A type-erased endpoint that a server can mount.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path under the dialect's base, with parameters in braces.
    pub path: &'static str,
    /// The operation's id in the contract.
    pub id: &'static str,
    /// The maximum number of bytes of a request body; 0 if no body is read.
    pub body_limit: usize,
    /// Checks everything of a request except its body; `handle` repeats the check.
    pub before_body: BeforeBody,
    /// The required scopes.
    pub scopes: &'static [&'static str],
    /// The number of requests per minute that the contract grants each credential.
    pub per_minute: Option<NonZeroU32>,
    /// Whether the request must be authenticated.
    pub credentials: Credentials,
    /// Handles a request.
    pub handle: for<'a> fn(&'a Request, &'a Services) -> BoxFuture<'a, Response>,
    /// Modifies every response of the operation, successful or not.
    pub map_response: fn(&Request, Response) -> Response,
}

impl Route {
    /// Creates the route of an endpoint.
    pub fn of<E: Endpoint>() -> Self {
        Self {
            method: E::METHOD,
            path: E::PATH,
            id: E::ID,
            body_limit: match E::METHOD {
                Method::GET | Method::DELETE => 0,
                _ => E::BODY_LIMIT,
            },
            before_body: |request, services| Box::pin(before_body::<E>(request, services)),
            scopes: E::SCOPES,
            per_minute: E::PER_MINUTE,
            credentials: E::CREDENTIALS,
            handle: |request, services| Box::pin(handle::<E>(request, services)),
            map_response: |_, response| response,
        }
    }

    /// Handles a request and maps the response.
    pub async fn respond(&self, request: &Request, services: &Services) -> Response {
        (self.map_response)(request, (self.handle)(request, services).await)
    }

    /// Checks everything of a request except its body, and returns the same as [`BeforeBody`]. A
    /// server calls this before it reads a large or unauthenticated body.
    pub async fn check(
        &self,
        request: &Request,
        services: &Services,
    ) -> Result<Option<Creator>, Response> {
        let checked = (self.before_body)(request, services).await;
        checked.map_err(|response| (self.map_response)(request, response))
    }
}

/// A dialect: its name, its routes and its error format.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// The lower-case name, which is the key of this dialect's ids and operator data in profiles.
    pub name: &'static str,
    /// The base path of the operations in the contract.
    pub base: &'static str,
    /// The operations.
    pub routes: Vec<Route>,
    /// An example request.
    pub example: Example,
    /// The field mappings; the first view is the contract's.
    pub views: &'static [View],
    /// The headers that the operations read in addition to [`Request::HEADERS`].
    pub headers: &'static [HeaderName],
    /// The headers that the operations reject. They are not part of the contract.
    pub rejected_headers: &'static [HeaderName],
    /// The optional claims of credentials that the operations read.
    pub claims: &'static [Claim],
    /// The steps of a request before its operation runs, in order. A server runs omitted checks
    /// after all others.
    pub steps: Vec<Step>,
    /// Renders a problem in the dialect's format.
    pub render: fn(Problem) -> Response,
    /// The dialect's ids of profiles, if it has any.
    pub external_ids: Option<ExternalIds>,
    /// The header of responses that names their API version, in dialects with versions.
    pub api_version_header: Option<HeaderName>,
    /// Checks operator data of a profile; the error is a message for the operator.
    pub check_operator_data: fn(&manyface_core::Json) -> Result<(), String>,
    /// The optional capabilities beyond profiles.
    pub capabilities: Capabilities,
    /// The OpenAPI 3.1 document, as JSON.
    pub openapi: &'static str,
}

impl Dialect {
    /// Returns whether a path without a trailing slash is redirected.
    pub fn appends_slash(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(step, Step::AppendSlash))
    }

    /// Returns the methods that `path` supports, as `Allow` lists them.
    pub fn methods(&self, path: &str) -> Vec<Method> {
        let mut methods = Vec::new();
        for route in self.routes.iter().filter(|route| route.path == path) {
            methods.push(route.method.clone());
            if route.method == Method::GET {
                methods.push(Method::HEAD);
            }
        }
        methods.push(Method::OPTIONS);
        methods
    }

    /// Returns the scopes that the operations require (RFC 6749), without duplicates.
    pub fn scopes(&self) -> Vec<&'static str> {
        let mut scopes: Vec<_> = self
            .routes
            .iter()
            .flat_map(|route| route.scopes)
            .copied()
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// Returns the response to `OPTIONS` on a path with these methods. It grants no cross-origin
    /// access: a server that allows other origins adds the headers.
    pub fn options(methods: &[Method]) -> Response {
        Response::empty(StatusCode::NO_CONTENT).with_text(header::ALLOW, &allow(methods))
    }
}

/// An example request, by which any user of a dialect can change their profile.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The method.
    pub method: &'static str,
    /// The path under the dialect's base.
    pub path: &'static str,
    /// The body, as JSON.
    pub body: &'static str,
}

/// The ids that a dialect assigns to profiles.
#[derive(Clone, Copy, Debug)]
pub struct ExternalIds {
    /// Derives the id of a profile without a stored one; deterministic.
    pub mint: fn(&Profile) -> String,
    /// Returns whether an imported id is valid in this dialect.
    pub is_valid: fn(&str) -> bool,
    /// Returns whether a string has the form of this dialect's ids. Such user names are rejected,
    /// because they could be mistaken for ids.
    pub is_id_form: fn(&str) -> bool,
}

async fn handle<E: Endpoint>(request: &Request, services: &Services) -> Response {
    match run::<E>(request, services).await {
        Ok(response) => response,
        Err(error) => failure(&error),
    }
}

/// Converts the error of an action, and specifies why a precondition failed.
fn action_error<E: Endpoint>(request: &Request, error: impl Into<E::Error>) -> E::Error {
    let error = error.into();
    if matches!(
        error.problem(),
        Some(Problem::PreconditionFailed(FailedPrecondition::Changed))
    ) {
        precondition_failed::<E>(request, |view| E::is_view(request, view))
    } else {
        error
    }
}

/// Returns the error of a failed precondition.
fn precondition_failed<E: Endpoint>(request: &Request, is_view: impl Fn(&str) -> bool) -> E::Error {
    let condition = if lacks_strong_tag(&request.headers) {
        FailedPrecondition::NoStrongTag
    } else if has_only_foreign_tags(&request.headers, is_view) {
        FailedPrecondition::ForeignTag
    } else {
        FailedPrecondition::Changed
    };
    Problem::from(condition).into()
}

/// Checks everything of a request except its body.
async fn before_body<E: Endpoint>(
    request: &Request,
    services: &Services,
) -> Result<Option<Creator>, Response> {
    let checked = match E::Input::check(request) {
        Ok(()) => match E::BEFORE_BODY {
            Some(check) => check(request, services).await,
            None => Ok(None),
        },
        Err(error) => Err(rejection::<E>(request, services, error).await),
    };
    checked.map_err(|error| failure(&error))
}

/// Returns `error`, or [`Problem::UnknownCaller`] if the caller does not exist.
async fn rejection<E: Endpoint>(
    request: &Request,
    services: &Services,
    error: E::Error,
) -> E::Error {
    let checked = Box::pin(request.context(services).reject_unknown_caller()).await;
    checked.map_or_else(|unknown| Problem::from(unknown).into(), |()| error)
}

/// Renders an error, with its cause for the log if it is a server error. Routes without an
/// [`Endpoint`] render their errors with this function.
pub fn failure(error: &impl WireError) -> Response {
    let mut response = error.response();
    // Overload, such as a full queue, is `Unavailable` without a source. It is not logged as a
    // failure of each request.
    let is_busy = response.status == StatusCode::SERVICE_UNAVAILABLE
        && std::error::Error::source(error).is_none();
    if response.status.is_server_error() && !is_busy {
        response.cause = Some(chain(error));
    }
    response
}

async fn run<E: Endpoint>(request: &Request, services: &Services) -> Result<Response, E::Error> {
    let action = match E::Input::read(request).and_then(|input| E::decode(request, input)) {
        Ok(action) => action,
        Err(error) => return Err(rejection::<E>(request, services, error).await),
    };
    let output = request.context(services).run(action).await;
    let output = output.map_err(|error| action_error::<E>(request, error))?;
    let respond = |output| Response::json(E::STATUS, &E::encode(output, &services.media_urls));
    let Some(tag) = E::entity_tag(&output) else {
        return Ok(respond(output));
    };
    let condition = if E::METHOD == Method::GET {
        ReadCondition::evaluate(&request.headers, tag)
    } else {
        ReadCondition::Send
    };
    let header = tag.to_header();
    let response = match condition {
        ReadCondition::Send => respond(output),
        ReadCondition::NotModified => Response::empty(StatusCode::NOT_MODIFIED),
        ReadCondition::Failed => {
            return Err(precondition_failed::<E>(request, |view| view == tag.view));
        }
    };
    Ok(response.with(header::ETAG, header))
}
