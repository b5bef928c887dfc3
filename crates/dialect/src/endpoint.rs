//! Documented operations.

use std::num::NonZeroU32;

use http::{Method, StatusCode};
use manyface_core::{Action, MediaUrls};
use serde::Serialize;

use crate::{BeforeBody, Credentials, EntityTag, Input, Problem, Request, Response};

/// One documented operation: a pure mapping from request to action and from output to response.
pub trait Endpoint: 'static {
    /// The method. `HEAD` is served wherever `GET` is.
    const METHOD: Method;
    /// The path under the dialect's base, with parameters in braces: `/users/{id}`.
    const PATH: &'static str;
    /// The operation's id in the contract.
    const ID: &'static str;
    /// The status of success.
    const STATUS: StatusCode = StatusCode::OK;
    /// The most bytes that a body may have. `GET` and `DELETE` have no body.
    const BODY_LIMIT: usize = 64 * 1024;
    /// The scopes that a credential needs (RFC 6749), for commands that issue credentials.
    /// [`Endpoint::Input`] checks them.
    const SCOPES: &'static [&'static str] = &[];
    /// How many requests a minute the contract allows each credential.
    const PER_MINUTE: Option<NonZeroU32> = None;
    /// Whether the caller must be known.
    const CREDENTIALS: Credentials = Credentials::Required;
    /// Judges a request by what the store knows, before its body is taken in. The action judges it
    /// again.
    const BEFORE_BODY: Option<BeforeBody<Self::Error>> = None;

    /// The inputs of the operation, in order.
    type Input<'a>: Input<'a, Self::Error>;
    /// What the request asks of the core. Its output is what is shown; its error says why the
    /// request is rejected.
    type Action: Action<Error: Into<Self::Error>>;
    /// The response's body.
    type Body: Serialize;
    /// The dialect's errors.
    type Error: WireError;

    /// Decodes a request into an action, or returns the dialect's error.
    ///
    /// A caller who does not exist receives [`Problem::UnknownCaller`] in place of a rejection by
    /// this or by [`Endpoint::Input`].
    fn decode<'a>(
        request: &'a Request,
        input: Self::Input<'a>,
    ) -> Result<Self::Action, Self::Error>;

    /// The tag of the representation that `encode` will make of `output`, where it has one.
    fn entity_tag(output: &<Self::Action as Action>::Output) -> Option<EntityTag<'_>>;

    /// Returns whether a conditional write can be meant for `view`: the view of the tags that the
    /// client was given.
    fn is_view(_: &Request, view: &str) -> bool {
        let _ = view;
        true
    }

    /// Turns the action's output into the documented response. Nothing is invented; `media` has the
    /// URLs of the images that the deployment stores.
    fn encode(output: <Self::Action as Action>::Output, media: &MediaUrls) -> Self::Body;
}

/// The errors of a dialect: its documented ones, and how it renders every [`Problem`].
pub trait WireError: From<Problem> + std::error::Error + Send + 'static {
    /// Renders the error in the dialect's format, with the dialect's headers.
    fn response(&self) -> Response;

    /// The problem, unless the error is one of the dialect's own.
    fn problem(&self) -> Option<&Problem>;
}
