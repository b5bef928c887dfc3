//! Documented operations.

use std::num::NonZeroU32;

use http::{Method, StatusCode};
use manyface_core::{Action, Error, MediaUrls};
use serde::Serialize;

use crate::{BeforeBody, Body, Call, Credentials, EntityTag, Refusal, Reply};

/// One documented operation: a pure mapping from request to action and from output to response.
pub trait Endpoint: 'static {
    /// The method. `HEAD` is answered wherever `GET` is.
    const METHOD: Method;
    /// The path under the dialect's base, with parameters in braces: `/users/{id}`.
    const PATH: &'static str;
    /// The operation's id in the contract.
    const ID: &'static str;
    /// The status of success.
    const STATUS: StatusCode = StatusCode::OK;
    /// The most bytes that a body may have. `GET` and `DELETE` have no body.
    const BODY_LIMIT: usize = 64 * 1024;
    /// What a credential must be good for (RFC 6749 `scope`), for those who make credentials.
    /// [`Endpoint::admit`] says so of those that are not.
    const SCOPES: &'static [&'static str] = &[];
    /// How many requests a minute the contract allows each credential.
    const PER_MINUTE: Option<NonZeroU32> = None;
    /// Whether the caller must be known.
    const CREDENTIALS: Credentials = Credentials::Required;
    /// Judges a request by what the store knows, before its body is taken in. The action judges it
    /// again.
    const BEFORE_BODY: Option<BeforeBody<Self::Error>> = None;

    /// How the body is read.
    type Body: Body;
    /// What the request asks of the core.
    type Action: Action;
    /// The response's body.
    type Response: Serialize;
    /// The dialect's failures.
    type Error: WireError;

    /// Judges a request by all but its body, before anything of the body is looked at.
    ///
    /// A caller who does not exist receives [`Error::Unauthenticated`] in place of a rejection by
    /// this or by [`Endpoint::decode`].
    fn admit(_: &Call) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Turns a request into an action, or says in the dialect's words why it is none.
    fn decode(call: &Call, body: Self::Body) -> Result<Self::Action, Self::Error>;

    /// The status of what the action answered: that of success, unless the answer itself says that
    /// the request was refused.
    fn status(output: &<Self::Action as Action>::Output) -> StatusCode {
        let _ = output;
        Self::STATUS
    }

    /// The tag of the representation that `encode` will make of `output`, where it has one.
    fn entity_tag(output: &<Self::Action as Action>::Output) -> Option<EntityTag<'_>>;

    /// Whether a conditional write can be meant for `view`: the view of the tags that the client
    /// was given.
    fn is_view(_: &Call, view: &str) -> bool {
        let _ = view;
        true
    }

    /// Turns what the action answered into the documented response. Nothing is invented; `media`
    /// says where clients find the pictures that the deployment keeps.
    fn encode(output: <Self::Action as Action>::Output, media: &MediaUrls) -> Self::Response;

    /// What it means to this operation's caller that the action failed.
    fn refuse(_: &Call, error: Error) -> Self::Error {
        error.into()
    }

    /// Adds what every reply of the operation has, to successes and failures.
    fn finish(_: &Call, reply: Reply) -> Reply {
        reply
    }
}

/// A dialect's documented failures, and how it speaks of all others.
pub trait WireError: From<Refusal> + From<Error> + std::error::Error + Send + 'static {
    /// The failure in the dialect's shape, with the dialect's headers.
    fn reply(&self) -> Reply;
}
