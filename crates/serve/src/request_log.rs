//! The log entries of requests.

use actix_web::HttpRequest;
use manyface_dialect::Response;

use crate::trace_context::trace_id;

/// The log entry of a request, without content and user.
pub(crate) struct RequestLog<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) dialect: &'a str,
    pub(crate) request: &'a HttpRequest,
    pub(crate) path: &'a str,
    pub(crate) micros: u64,
}

impl RequestLog<'_> {
    /// Writes the entry, at error level if the server caused the failure.
    pub(crate) fn write(&self, response: &Response) {
        let Self {
            request_id,
            dialect,
            request,
            path,
            micros,
        } = *self;
        let method = request.method().as_str();
        let status = response.status.as_u16();
        match &response.cause {
            Some(cause) => {
                tracing::error!(
                    request_id,
                    trace_id = trace_id(request),
                    dialect,
                    method,
                    path,
                    status,
                    micros,
                    cause,
                    "failed"
                );
            }
            None => {
                tracing::debug!(
                    request_id,
                    trace_id = trace_id(request),
                    dialect,
                    method,
                    path,
                    status,
                    micros,
                    "responded"
                );
            }
        }
    }
}
