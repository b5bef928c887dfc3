//! Endpoints with their types forgotten.

use std::{num::NonZeroU32, pin::Pin};

use http::{HeaderName, Method, StatusCode, header};
use manyface_core::{Claim, Creator, Profile, Services, chain};

use crate::{
    Capabilities, Credentials, Endpoint, FailedPrecondition, Input, Problem, ReadCondition,
    Request, Response, Step, View, WireError,
    precondition::{has_only_foreign_tags, lacks_strong_tag},
    problem::allow,
};

/// A future that any multi-threaded server can run.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Judges a request before its body is taken in, and returns whose body it is if that is not the
/// caller. The error is the rejection: rendered for a route, the dialect's error for an endpoint.
pub type BeforeBody<E = Response> =
    for<'a> fn(&'a Request, &'a Services) -> BoxFuture<'a, Result<Option<Creator>, E>>;

/// An endpoint with its types forgotten: what a server needs to mount it.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path under the dialect's base, with parameters in braces.
    pub path: &'static str,
    /// The operation's id in the contract.
    pub id: &'static str,
    /// The most bytes that a body may have; 0 where no body is taken in.
    pub body_limit: usize,
    /// Judges a request by all but its body; `handle` judges the same again.
    pub before_body: BeforeBody,
    /// The required scopes.
    pub scopes: &'static [&'static str],
    /// How many requests a minute the contract allows each credential.
    pub per_minute: Option<NonZeroU32>,
    /// Whether the caller must be known.
    pub credentials: Credentials,
    /// Handles one call.
    pub handle: for<'a> fn(&'a Request, &'a Services) -> BoxFuture<'a, Response>,
    /// Adds what every response of the operation has, successful or not.
    pub map_response: fn(&Request, Response) -> Response,
}

impl Route {
    /// The route to an endpoint.
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

    /// Responds to one call.
    pub async fn respond(&self, request: &Request, services: &Services) -> Response {
        (self.map_response)(request, (self.handle)(request, services).await)
    }

    /// Judges a request by all but its body, and returns whose body it is if that is not the caller.
    /// A server calls it before it takes in a body that is large, or that no credential vouches for.
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
    /// The name, in lower case, under which profiles keep this dialect's ids and operator data.
    pub name: &'static str,
    /// The path under which the contract has its operations.
    pub base: &'static str,
    /// The operations.
    pub routes: Vec<Route>,
    /// A request to try first.
    pub example: Example,
    /// The field mappings; the first view is the contract's.
    pub views: &'static [View],
    /// The headers that the operations read next to [`Request::HEADERS`].
    pub headers: &'static [HeaderName],
    /// The headers that the operations read only to reject them. They are no part of the contract.
    pub rejected_headers: &'static [HeaderName],
    /// The optional claims of credentials that the operations read.
    pub claims: &'static [Claim],
    /// What happens to a request before its operation runs, in order. A server runs the checks that
    /// are left out after all others.
    pub steps: Vec<Step>,
    /// Renders a problem in the dialect's format.
    pub render: fn(Problem) -> Response,
    /// The dialect's own ids of profiles, where it has any.
    pub external_ids: Option<ExternalIds>,
    /// Checks what an operator wants the dialect to show of a profile; the error is for them.
    pub check_operator_data: fn(&manyface_core::Json) -> Result<(), String>,
    /// The requirements on a deployment beyond profiles.
    pub capabilities: Capabilities,
    /// The dialect's description: a document of OpenAPI 3.1, as JSON.
    pub openapi: &'static str,
}

impl Dialect {
    /// Returns whether a path that lacks the slash at its end is redirected.
    pub fn appends_slash(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(step, Step::AppendSlash))
    }

    /// The methods that `path` of the route table takes, as `Allow` lists them.
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

    /// Everything that the operations demand of a credential (RFC 6749 `scope`), without repetition.
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
    /// access.
    pub fn options(methods: &[Method]) -> Response {
        Response::empty(StatusCode::NO_CONTENT).with_text(header::ALLOW, &allow(methods))
    }
}

/// A request that any user of a dialect may send, and that changes their profile.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The method.
    pub method: &'static str,
    /// The path under the dialect's base.
    pub path: &'static str,
    /// The body, as JSON.
    pub body: &'static str,
}

/// A dialect's own ids of profiles.
#[derive(Clone, Copy, Debug)]
pub struct ExternalIds {
    /// The id of a profile that has not been given one: the same at every call.
    pub mint: fn(&Profile) -> String,
    /// Whether an id that is brought along from elsewhere is one of this dialect's.
    pub is_valid: fn(&str) -> bool,
    /// Whether a text has the form of this dialect's ids: no user name may have it, because it could
    /// be taken for an id.
    pub is_id_form: fn(&str) -> bool,
}

async fn handle<E: Endpoint>(request: &Request, services: &Services) -> Response {
    match run::<E>(request, services).await {
        Ok(response) => response,
        Err(error) => failure(&error),
    }
}

/// Returns the error of an action, with the reason of a failed precondition if that is not a change
/// of the profile.
fn failed<E: Endpoint>(request: &Request, error: impl Into<E::Error>) -> E::Error {
    let error = error.into();
    if matches!(
        error.problem(),
        Some(Problem::PreconditionFailed(FailedPrecondition::Changed))
    ) {
        unmet::<E>(request, |view| E::is_view(request, view))
    } else {
        error
    }
}

/// Returns the error of a precondition that is not met.
fn unmet<E: Endpoint>(request: &Request, is_view: impl Fn(&str) -> bool) -> E::Error {
    let condition = if lacks_strong_tag(&request.headers) {
        FailedPrecondition::NoStrongTag
    } else if has_only_foreign_tags(&request.headers, is_view) {
        FailedPrecondition::ForeignTag
    } else {
        FailedPrecondition::Changed
    };
    Problem::from(condition).into()
}

/// Judges a request by all but its body.
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

/// Returns `error` for a caller who exists.
async fn rejection<E: Endpoint>(
    request: &Request,
    services: &Services,
    error: E::Error,
) -> E::Error {
    let known = Box::pin(request.context(services).reject_unknown_caller()).await;
    known.map_or_else(|unknown| Problem::from(unknown).into(), |()| error)
}

/// Renders an error, with its cause for the log if the server is at fault. Every route that is not
/// an [`Endpoint`] renders its errors with this.
pub fn failure(error: &impl WireError) -> Response {
    let mut response = error.response();
    // What clients cause, as a full queue, is unavailable without a source: no failure to be logged
    // for each request.
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
    let output = output.map_err(|error| failed::<E>(request, error))?;
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
        ReadCondition::Failed => return Err(unmet::<E>(request, |view| view == tag.view)),
    };
    Ok(response.with(header::ETAG, header))
}
