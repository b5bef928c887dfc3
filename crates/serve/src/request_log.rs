//! The log entries of requests.

use manyface_dialect::Response;

/// The log entry of a request, without content and user.
pub(crate) struct RequestLog<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) dialect: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) micros: u64,
}

impl RequestLog<'_> {
    /// Writes the entry, at error level if the server caused the failure.
    pub(crate) fn write(&self, response: &Response) {
        let Self {
            request_id,
            dialect,
            method,
            path,
            micros,
        } = *self;
        let status = response.status.as_u16();
        match &response.cause {
            Some(cause) => {
                tracing::error!(
                    request_id, dialect, method, path, status, micros, cause, "failed"
                );
            }
            None => {
                tracing::debug!(
                    request_id,
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
