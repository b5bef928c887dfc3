//! Errors in MovieKnight's format: `{"ok":false,"error":"…"}`.

use http::StatusCode;
use manyface_core::Error;
use manyface_dialect::{Problem, Response, WireError};
use serde::Serialize;

use crate::view::spelling;

/// An error of this dialect.
#[derive(Debug, thiserror::Error)]
pub enum MovieknightError {
    /// The body has none of the fields that can be changed.
    #[error("at least one of bio, name, avatarUrl, countryCode is required")]
    NoRecognisedField,
    /// Any other problem.
    #[error(transparent)]
    Problem(#[from] Problem),
}

/// The body of an error response.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// Always false.
    ok: bool,
    /// The message, with several errors joined by `; `.
    error: &'a str,
}

impl From<Error> for MovieknightError {
    fn from(error: Error) -> Self {
        Self::Problem(error.into())
    }
}

impl WireError for MovieknightError {
    fn response(&self) -> Response {
        match self {
            Self::NoRecognisedField => failure(StatusCode::BAD_REQUEST, &self.to_string()),
            Self::Problem(problem) => {
                let response = failure(problem.status(), &problem.message(spelling));
                problem.with_headers(response)
            }
        }
    }

    fn problem(&self) -> Option<&Problem> {
        match self {
            Self::NoRecognisedField => None,
            Self::Problem(problem) => Some(problem),
        }
    }
}

fn failure(status: StatusCode, error: &str) -> Response {
    Response::json(status, &Failure { ok: false, error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;
    use manyface_core::{AuthErrorKind, Field, Violation};

    #[test]
    fn a_problem_has_its_status_headers_and_message() {
        let violation = Violation::new(Field::DisplayName, "is odd");
        let invalid = MovieknightError::from(Error::Invalid(vec![violation])).response();
        assert_eq!(invalid.status, 400);
        assert_eq!(invalid.body, r#"{"ok":false,"error":"name is odd"}"#);
        assert_eq!(invalid.headers[header::CONTENT_TYPE], "application/json");
        let missing = MovieknightError::Problem(AuthErrorKind::Missing.into()).response();
        assert_eq!(missing.status, 401);
        let expected = r#"{"ok":false,"error":"authentication required"}"#;
        assert_eq!(missing.body, expected);
        assert_eq!(missing.headers[header::WWW_AUTHENTICATE], "Bearer");
    }
}
