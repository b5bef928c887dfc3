//! How endpoints read their bodies.

use http::header;
use serde::de::DeserializeOwned;

use crate::{Call, Malformed, Refusal, Shape, Unsupported, check_coding, check_json, strict};

/// How an endpoint reads its body.
pub trait Body: Sized {
    /// Checks the headers that describe the body: a large body is not taken in before this passes.
    fn check_headers(call: &Call) -> Result<(), Refusal> {
        let _ = call;
        Ok(())
    }

    /// Reads it, or says why it cannot be read.
    fn read(call: &Call) -> Result<Self, Refusal>;
}

/// The body of an operation that has none; whatever is sent is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

impl Body for NoBody {
    fn read(_: &Call) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

/// A JSON object, sent as `application/json`.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Body for Json<T> {
    fn check_headers(call: &Call) -> Result<(), Refusal> {
        let content_type = call.header(&header::CONTENT_TYPE);
        check_coding(&call.headers)
            .and_then(|()| content_type.map_or(Err(Unsupported::Type), check_json))
            .map_err(Refusal::UnsupportedMediaType)
    }

    fn read(call: &Call) -> Result<Self, Refusal> {
        Self::check_headers(call)?;
        let shape = strict::check(&call.body).map_err(Refusal::Malformed)?;
        // A derived reader would take an array for the object's fields in order.
        if shape != Shape::Object {
            return Err(Refusal::Malformed(Malformed::NotAnObject(shape)));
        }
        let read = serde_json::from_slice(&call.body).map_err(|error| Malformed::Syntax {
            line: error.line(),
            column: error.column(),
        });
        read.map(Self).map_err(Refusal::Malformed)
    }
}
