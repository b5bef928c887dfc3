//! Endpoints with their types forgotten.

use std::{num::NonZeroU32, pin::Pin};

use http::{HeaderName, Method, StatusCode, header};
use manyface_core::{Claim, Creator, Error, Profile, Services, chain};

use crate::{
    Body, Call, Capabilities, Credentials, Endpoint, Face, Habits, ReadCondition, Refusal, Reply,
    WireError,
    precondition::{has_only_foreign_tags, lacks_strong_tag},
    refusal,
};

/// A future that any multi-threaded server can run.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Judges a request before its body is taken in, and returns whose body it is if that is not the
/// caller; the error is the rejection, rendered for a route and as the dialect's error for an endpoint.
pub type BeforeBody<E = Reply> =
    for<'a> fn(&'a Call, &'a Services) -> BoxFuture<'a, Result<Option<Creator>, E>>;

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
    /// Judges a request by all but its body. A server calls it before it takes in a body that is
    /// large, or that no credential vouches for; `handle` judges the same again.
    pub before_body: BeforeBody,
    /// What a credential must be good for.
    pub scopes: &'static [&'static str],
    /// How many requests a minute the contract allows each credential.
    pub per_minute: Option<NonZeroU32>,
    /// Whether the caller must be known.
    pub credentials: Credentials,
    /// Answers one call.
    pub handle: for<'a> fn(&'a Call, &'a Services) -> BoxFuture<'a, Reply>,
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
            before_body: |call, services| Box::pin(before_body::<E>(call, services)),
            scopes: E::SCOPES,
            per_minute: E::PER_MINUTE,
            credentials: E::CREDENTIALS,
            handle: |call, services| Box::pin(handle::<E>(call, services)),
        }
    }
}

/// A dialect: its name, its routes and its voice.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// The name, in lower case, under which profiles keep this dialect's ids and facts.
    pub name: &'static str,
    /// The path under which the contract has its operations.
    pub base: &'static str,
    /// The operations.
    pub routes: Vec<Route>,
    /// A request to try first.
    pub example: Example,
    /// What it shows and takes of a profile, and where: the first is the one of the contract's page.
    pub faces: &'static [Face],
    /// The headers that the operations read beside [`Call::HEADERS`].
    pub headers: &'static [HeaderName],
    /// The headers that the operations read only to reject them. They are no part of the contract.
    pub rejected_headers: &'static [HeaderName],
    /// The optional claims of credentials that the operations read.
    pub claims: &'static [Claim],
    /// Where the contract's server takes requests in otherwise than most.
    pub habits: Habits,
    /// Says a refusal in the dialect's shape.
    pub refuse: fn(Refusal) -> Reply,
    /// The dialect's own ids of profiles, where it has any.
    pub external_ids: Option<ExternalIds>,
    /// Checks what an operator wants the dialect to show of a profile; the error is for them.
    pub check_facts: fn(&manyface_core::Json) -> Result<(), String>,
    /// What it needs of a deployment beyond profiles.
    pub capabilities: Capabilities,
    /// The dialect's description: a document of OpenAPI 3.1, as JSON.
    pub openapi: &'static str,
}

impl Dialect {
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

    /// The answer to `OPTIONS` on a path that takes `methods`: no cross-origin permission.
    pub fn options(methods: &[Method]) -> Reply {
        let allow = refusal::allow(methods);
        Reply::empty(StatusCode::NO_CONTENT).with_text(header::ALLOW, &allow)
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

async fn handle<E: Endpoint>(call: &Call, services: &Services) -> Reply {
    let reply = match answer::<E>(call, services).await {
        Ok(reply) => reply,
        Err(error) => failure(&error),
    };
    E::finish(call, reply)
}

/// What it means that the action failed.
fn failed<E: Endpoint>(call: &Call, error: Error) -> E::Error {
    let stale = matches!(error, Error::VersionMismatch)
        .then(|| stale::<E>(call, |view| E::is_view(call, view)));
    stale.flatten().unwrap_or_else(|| E::refuse(call, error))
}

/// The reason of a failed precondition, where that is not a change of the profile.
fn stale<E: Endpoint>(call: &Call, is_view: impl Fn(&str) -> bool) -> Option<E::Error> {
    if lacks_strong_tag(&call.headers) {
        return Some(Refusal::NoStrongTag.into());
    }
    has_only_foreign_tags(&call.headers, is_view).then(|| Refusal::ForeignTag.into())
}

/// Judges a request by all but its body.
async fn before_body<E: Endpoint>(
    call: &Call,
    services: &Services,
) -> Result<Option<Creator>, Reply> {
    let judged = judge::<E>(call, services).await;
    judged.map_err(|error| E::finish(call, failure(&error)))
}

async fn judge<E: Endpoint>(call: &Call, services: &Services) -> Result<Option<Creator>, E::Error> {
    let headers = || Ok(E::Body::check_headers(call)?);
    if let Err(error) = E::admit(call).and_then(|()| headers()) {
        let known = call.context(services).reject_unknown_caller().await;
        known.map_err(|unknown| E::refuse(call, unknown))?;
        return Err(error);
    }
    match E::BEFORE_BODY {
        Some(judge) => judge(call, services).await,
        None => Ok(None),
    }
}

/// Renders an error, with its cause for the log if the server is at fault. Every route that is not
/// an [`Endpoint`] renders its errors with this.
pub fn failure(error: &impl WireError) -> Reply {
    let mut reply = error.reply();
    // What clients cause, as a full queue, is unavailable without a source: no failure to be logged
    // for each request.
    let is_busy = reply.status == StatusCode::SERVICE_UNAVAILABLE
        && std::error::Error::source(error).is_none();
    if reply.status.is_server_error() && !is_busy {
        reply.cause = Some(chain(error));
    }
    reply
}

fn decode<E: Endpoint>(call: &Call) -> Result<E::Action, E::Error> {
    E::admit(call)?;
    let body = E::Body::read(call)?;
    E::decode(call, body)
}

async fn answer<E: Endpoint>(call: &Call, services: &Services) -> Result<Reply, E::Error> {
    let media_urls = &*services.media_urls;
    let context = call.context(services);
    let action = match decode::<E>(call) {
        Ok(action) => action,
        Err(error) => {
            let known = Box::pin(context.reject_unknown_caller()).await;
            known.map_err(|unknown| E::refuse(call, unknown))?;
            return Err(error);
        }
    };
    let output = context.run(action).await;
    let output = output.map_err(|error| failed::<E>(call, error))?;
    let Some(tag) = E::entity_tag(&output) else {
        let status = E::status(&output);
        return Ok(Reply::json(status, &E::encode(output, media_urls)));
    };
    let condition = if E::METHOD == Method::GET {
        ReadCondition::evaluate(&call.headers, tag)
    } else {
        ReadCondition::Send
    };
    let stale = match condition {
        ReadCondition::Failed => stale::<E>(call, |view| view == tag.view),
        ReadCondition::Send | ReadCondition::NotModified => None,
    };
    let tag = tag.to_header();
    let reply = match condition {
        ReadCondition::Send => {
            let status = E::status(&output);
            Reply::json(status, &E::encode(output, media_urls))
        }
        ReadCondition::NotModified => Reply::empty(StatusCode::NOT_MODIFIED),
        ReadCondition::Failed => {
            return Err(stale.unwrap_or_else(|| Error::VersionMismatch.into()));
        }
    };
    Ok(reply.with(header::ETAG, tag))
}
