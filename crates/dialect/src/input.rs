//! The inputs of operations.

use bytes::Bytes;
use http::header;
use serde::de::DeserializeOwned;

use crate::{Malformed, Problem, Request, Shape, Unsupported, check_coding, check_json, strict};

/// A part of a request that is read before the operation decodes it.
///
/// A pair is read in order; the first part that fails rejects the request. An operation thus
/// declares its checks as a type: `type Input<'a> = (WritesProfile, Json<Body>)`.
pub trait Input<'a, E>: Sized {
    /// Reads the part, or returns the dialect's error.
    fn read(request: &'a Request) -> Result<Self, E>;

    /// Checks everything that precedes the body. A large body is only read after this check, which
    /// [`Input::read`] repeats.
    fn check(request: &'a Request) -> Result<(), E> {
        Self::read(request).map(drop)
    }
}

/// No input: a body is not read.
impl<E> Input<'_, E> for () {
    fn read(_: &Request) -> Result<Self, E> {
        Ok(())
    }
}

impl<'a, E, A: Input<'a, E>, B: Input<'a, E>> Input<'a, E> for (A, B) {
    fn read(request: &'a Request) -> Result<Self, E> {
        let first = A::read(request)?;
        Ok((first, B::read(request)?))
    }

    fn check(request: &'a Request) -> Result<(), E> {
        A::check(request)?;
        B::check(request)
    }
}

/// The bytes of the body, whatever its type.
impl<E> Input<'_, E> for Bytes {
    fn read(request: &Request) -> Result<Self, E> {
        Ok(request.body.clone())
    }

    fn check(_: &Request) -> Result<(), E> {
        Ok(())
    }
}

/// A JSON object, sent as `application/json`.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, E: From<Problem>> Input<'_, E> for Json<T> {
    fn read(request: &Request) -> Result<Self, E> {
        <Self as Input<'_, E>>::check(request)?;
        let shape = strict::check(&request.body).map_err(Problem::Malformed)?;
        // Derived deserializers would accept an array as the object's fields in order.
        if shape != Shape::Object {
            return Err(Problem::Malformed(Malformed::NotAnObject(shape)).into());
        }
        let read = serde_json::from_slice(&request.body).map_err(|error| Malformed::Syntax {
            line: error.line(),
            column: error.column(),
        });
        Ok(Self(read.map_err(Problem::Malformed)?))
    }

    fn check(request: &Request) -> Result<(), E> {
        let content_type = request.header(&header::CONTENT_TYPE);
        check_coding(&request.headers)
            .and_then(|()| content_type.map_or(Err(Unsupported::Type), check_json))
            .map_err(|reason| Problem::UnsupportedMediaType(reason).into())
    }
}
