//! Errors of the admin API (RFC 9457).

use http::{Method, StatusCode};
use manyface_core::{AdminError, Error, FieldError, UndoRejection, chain};
use serde::Serialize;

use super::AdminResponse;
use crate::Failure;

/// A failed operation.
#[derive(Debug)]
pub(crate) struct AdminProblem {
    status: StatusCode,
    detail: String,
    errors: Vec<FieldError>,
    /// The methods that the path supports.
    allowed: Vec<Method>,
    /// The cause, for the log.
    cause: Option<String>,
}

/// The problem as JSON.
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Member<'a>>,
}

#[derive(Serialize)]
struct Member<'a> {
    /// A JSON pointer into the body (RFC 6901).
    pointer: String,
    detail: &'a str,
}

impl AdminProblem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            errors: Vec::new(),
            allowed: Vec::new(),
            cause: None,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    pub(crate) fn unauthorized() -> Self {
        let detail = "needs an operator token: Authorization: Bearer mfo_…";
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn method_not_allowed(allowed: &[Method]) -> Self {
        Self {
            allowed: allowed.to_vec(),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "the path does not support the method",
            )
        }
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(crate) fn precondition_failed() -> Self {
        let detail = "the object has changed; read it again";
        Self::new(StatusCode::PRECONDITION_FAILED, detail)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
    }

    pub(crate) fn too_many(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
    }

    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        let detail = format!("the body must be {expected}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    pub(crate) fn unavailable(cause: Option<String>) -> Self {
        Self {
            cause,
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database is unavailable; retry later",
            )
        }
    }

    pub(crate) fn internal(cause: String) -> Self {
        Self {
            cause: Some(cause),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the operation failed")
        }
    }

    /// Creates the problem of invalid members of the body.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, messages.join("; "))
        }
    }

    /// Creates the problem of one invalid member of the body.
    pub(crate) fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }

    /// Logs the cause, if there is one.
    pub(crate) fn log(&self, request_id: &str) {
        if let Some(cause) = &self.cause {
            tracing::error!(request_id, cause, "admin operation failed");
        }
    }
}

impl From<Error> for AdminProblem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound | Error::Unauthenticated => Self::not_found("there is no such user"),
            Error::Invalid(violations) => Self::invalid(
                violations
                    .into_iter()
                    .map(|violation| FieldError::new(violation.field.as_str(), violation.message))
                    .collect(),
            ),
            Error::Taken(field) => Self::conflict(format!("{field} is taken")),
            Error::VersionMismatch => Self::precondition_failed(),
            Error::Managed { .. } | Error::Forbidden(_) | Error::QuotaExceeded { .. } => {
                Self::conflict(error.to_string())
            }
            Error::Unavailable(cause) => Self::unavailable(cause.map(|cause| chain(&*cause))),
            Error::Storage(cause) => Self::internal(chain(&*cause)),
        }
    }
}

/// The message of a usage error is about the request.
impl From<Failure> for AdminProblem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Usage(detail) => Self::bad_request(detail),
            Failure::Finding(_) | Failure::CouldNotRun(_) | Failure::OutputClosed => {
                Self::internal(failure.to_string())
            }
        }
    }
}

impl From<AdminError> for AdminProblem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Fields(errors) => Self::invalid(errors),
            AdminError::Undo(rejection @ UndoRejection::NoSuchChange(_)) => {
                Self::not_found(rejection.to_string())
            }
            AdminError::Undo(rejection) => Self::conflict(rejection.to_string()),
            AdminError::Core(error) => error.into(),
        }
    }
}

impl From<AdminProblem> for AdminResponse {
    fn from(problem: AdminProblem) -> Self {
        let AdminProblem {
            status,
            detail,
            errors,
            allowed,
            cause: _,
        } = problem;
        let errors = errors.iter().map(|error| Member {
            pointer: format!("/{}", error.field.replace('~', "~0").replace('/', "~1")),
            detail: &error.message,
        });
        let document = Document {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: &detail,
            errors: errors.collect(),
        };
        let mut response = Self::json(status, &document);
        response.is_problem = true;
        response.allow = allowed;
        response
    }
}
