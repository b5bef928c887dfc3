//! A dialect's OpenAPI document, made from what its code uses: for the tests of adapters.
//!
//! An adapter keeps its document beside its `Cargo.toml` and has a test that makes it anew:
//!
//! 1. Its wire types derive `utoipa::ToSchema` in tests, and fields whose limits are constants
//!    make their schemas from these constants.
//! 2. [`Operation::of`] reads method, path, id, scopes and limits from the endpoint, and makes every
//!    refusal that the server, the reading of the body and the store can come to. What an adapter
//!    adds is in its own words, and each example is put to the endpoint's own code:
//!    [`Operation::asks`] must be taken, [`Operation::refuses`] must be refused, and what stands in
//!    the document are the bytes of the answer.
//! 3. [`Document::check`] compares with the committed document, or writes it where `OPENAPI_WRITE`
//!    is set.
//!
//! Nothing of this is in a server: the feature `openapi` is for tests.

mod committed;
mod described;
mod document;
mod examples;
mod failures;
mod headers;
mod operation;
mod order;
mod parameters;
pub mod patterns;
mod responses;
mod schemas;

pub use document::Document;
pub use operation::Operation;
pub use schemas::{
    Text, any_of, bytes, choice, constant, free, list, nullable, object, one_of, text, whole,
};
pub use utoipa;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use manyface_core::{Caller, MediaUrls, ProfileRef};

use crate::{Call, Params};

/// A request of a user with every scope of `scopes`, for examples: JSON, without a body.
pub fn sample(scopes: &[&str]) -> Call {
    let mut caller = Caller::user(ProfileRef::Username("moviefan".to_owned()));
    caller.scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    Call {
        caller: Arc::new(caller),
        params: Params::default(),
        query: String::new(),
        headers,
        body: Bytes::new(),
        request_id: REQUEST_ID.to_owned(),
        dialect: "",
        mount: "".into(),
        now: manyface_core::Timestamp::UNIX_EPOCH,
    }
}

/// Where the pictures of the examples are.
///
/// # Panics
///
/// Never: the address is fixed.
pub fn media_urls() -> MediaUrls {
    MediaUrls::under("https://id.example.com").expect("is an address")
}

/// A request id as the server makes them.
const REQUEST_ID: &str = "8f1c20b5a9d3e7460000002a";
