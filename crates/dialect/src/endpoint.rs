//! Documented operations.

use std::{num::NonZeroU32, pin::Pin};

use http::{Method, StatusCode};
use manyface_core::{Action, Creator, MediaUrls, Services};
use serde::Serialize;

use crate::{Credentials, EntityTag, Input, Problem, Request, Response};

/// A boxed future that can be sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Checks a request before its body is read. Returns the creator of the upload that the body
/// belongs to, if that is not the caller. The error is the rejection: a response for a route, the
/// dialect's error for an endpoint.
pub type BeforeBody<E = Response> =
    for<'a> fn(&'a Request, &'a Services) -> BoxFuture<'a, Result<Option<Creator>, E>>;

/// One documented operation: a pure mapping from request to action and from output to response.
pub trait Endpoint: 'static {
    /// The method. A `GET` endpoint also serves `HEAD`.
    const METHOD: Method;
    /// The path under the dialect's base, with parameters in braces: `/users/{id}`.
    const PATH: &'static str;
    /// The operation's id in the contract.
    const ID: &'static str;
    /// The status code of a successful response.
    const STATUS: StatusCode = StatusCode::OK;
    /// The maximum number of bytes of a request body. `GET` and `DELETE` have no body.
    const BODY_LIMIT: usize = 64 * 1024;
    /// The scopes that a credential needs (RFC 6749), for commands that issue credentials.
    /// [`Endpoint::Input`] checks them.
    const SCOPES: &'static [&'static str] = &[];
    /// The number of requests per minute that the contract grants each credential.
    const PER_MINUTE: Option<NonZeroU32> = None;
    /// Whether the request must be authenticated.
    const CREDENTIALS: Credentials = Credentials::Required;
    /// Checks a request against the store before its body is read. The action repeats the check.
    const BEFORE_BODY: Option<BeforeBody<Self::Error>> = None;

    /// The inputs of the operation, in order.
    type Input<'a>: Input<'a, Self::Error>;
    /// The action that the request runs. `encode` renders its output.
    type Action: Action<Error: Into<Self::Error>>;
    /// The response body.
    type Body: Serialize;
    /// The dialect's errors.
    type Error: WireError;

    /// Decodes a request into an action, or returns the dialect's error.
    ///
    /// If the caller does not exist, [`Problem::UnknownCaller`] replaces a rejection by this method
    /// or by [`Endpoint::Input`].
    fn decode<'a>(
        request: &'a Request,
        input: Self::Input<'a>,
    ) -> Result<Self::Action, Self::Error>;

    /// Returns the entity tag of the representation of `output`, if it has one.
    fn entity_tag(output: &<Self::Action as Action>::Output) -> Option<EntityTag<'_>>;

    /// Returns whether the condition of a write may contain tags of `view`.
    fn is_view(_: &Request, view: &str) -> bool {
        let _ = view;
        true
    }

    /// Encodes the action's output as the documented response body, without invented values.
    /// `media` builds the URLs of stored images.
    fn encode(output: <Self::Action as Action>::Output, media: &MediaUrls) -> Self::Body;
}

/// An error of a dialect: a documented error or a [`Problem`], and its rendering.
pub trait WireError: From<Problem> + std::error::Error + Send + 'static {
    /// Renders the error in the dialect's format, with the dialect's headers.
    fn response(&self) -> Response;

    /// Returns the problem, or `None` if the error is specific to the dialect.
    fn problem(&self) -> Option<&Problem>;
}
