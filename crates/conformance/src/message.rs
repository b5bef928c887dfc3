//! HTTP requests and responses.

/// A request, independent of the transport.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, case-sensitive.
    pub method: String,
    /// The path with its query, as it is sent.
    pub path: String,
    /// The headers in order, possibly repeated. The transport adds `Host`,
    /// `Connection` and, where the body is not sent in chunks, `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// The first line of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the body is sent in chunks of no announced number.
    pub(crate) fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some()
    }
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The body; may be empty.
    pub body: Vec<u8>,
}

impl Response {
    /// A header's value, or its lines joined with a comma (RFC 9110 §5.3).
    pub fn header(&self, name: &str) -> Option<String> {
        let lines = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let lines: Vec<_> = lines.map(|(_, value)| value.as_str()).collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }
}
