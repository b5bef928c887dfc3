//! Requests to the admin API of a running server.

use std::{io::Read, sync::Arc, time::Duration};

use http::{Method, StatusCode};
use manyface_auth::{HttpClient, TokenKind, http_client, is_trustworthy_url};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::form_urlencoded;

use super::{AdminRequest, JSON, PREFIX, ReportCounts, body::NDJSON};
use crate::Failure;

/// The timeout of a request to a server.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The timeout of an export from a server, and of other operations on all users.
const LONG_TIMEOUT: Duration = Duration::from_secs(24 * 3_600);
/// The size of the parts in which an export is received, in bytes.
const PART_BYTES: usize = 64 * 1024;
/// The maximum size of a response of a server, in bytes.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024 * 1024;
/// All characters but the unreserved ones (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A server, with the operator's token.
#[derive(Clone)]
pub(crate) struct Server {
    client: HttpClient,
    url: Arc<str>,
    token: Arc<str>,
}

/// Creates a request.
pub(super) fn request(
    method: Method,
    path: &[&str],
    query: Vec<(String, String)>,
    body: Vec<u8>,
) -> AdminRequest {
    AdminRequest {
        method,
        path: path.iter().map(|&segment| segment.to_owned()).collect(),
        query,
        if_match: None,
        body,
        request_id: String::new(),
    }
}

/// Explains an unsuccessful response.
pub(super) fn failure(status: StatusCode, body: &str) -> Failure {
    let problem: Option<Value> = serde_json::from_str(body).ok();
    let detail = problem
        .as_ref()
        .and_then(|problem| problem.get("detail")?.as_str());
    let detail = detail.map_or_else(|| format!("the server returned {status}"), str::to_owned);
    if status.is_server_error() {
        Failure::CouldNotRun(detail)
    } else if status == StatusCode::BAD_REQUEST {
        Failure::Usage(detail)
    } else {
        Failure::Finding(detail)
    }
}

impl Server {
    pub(super) fn new(url: &str, token_file: &std::path::Path) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/');
        if !is_trustworthy_url(url) {
            let message = "--server: must be https://…, or http:// on this machine";
            return Err(Failure::Usage(message.to_owned()));
        }
        let token = std::fs::read_to_string(token_file);
        let token = token.map_err(|e| {
            Failure::Usage(format!(
                "--token-file: cannot read {}: {e}",
                token_file.display()
            ))
        })?;
        let token = token.trim();
        if TokenKind::Operator.digest(token).is_none() {
            let file = token_file.display();
            return Err(Failure::Usage(format!(
                "--token-file: {file} has no operator token; `manyface admin token add` prints one"
            )));
        }
        Ok(Self {
            client: http_client(TIMEOUT),
            url: url.into(),
            token: token.into(),
        })
    }

    /// Waits for operations that may take hours.
    pub(super) fn with_long_timeout(mut self) -> Self {
        self.client = http_client(LONG_TIMEOUT);
        self
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::could_not(&format!("reach {}", self.url), error)
    }

    /// Imports lines, and returns the reports and the counts of all outcomes.
    pub(crate) async fn import(
        &self,
        query: Vec<(String, String)>,
        lines: String,
    ) -> Result<(Vec<String>, ReportCounts), Failure> {
        let request = request(Method::POST, &["import"], query, lines.into_bytes());
        let server = self.clone();
        let sent = tokio::task::spawn_blocking(move || server.send(&request, NDJSON)).await;
        let (status, body) = sent.map_err(|e| Failure::could_not("send the request", e))??;
        let mut reports: Vec<_> = body.lines().map(str::to_owned).collect();
        let last = reports.pop().filter(|_| status.is_success());
        let Some(last) = last else {
            return Err(failure(status, &body));
        };
        match serde_json::from_str(&last) {
            Ok(counts) => Ok((reports, counts)),
            Err(_) => Err(failure(StatusCode::INTERNAL_SERVER_ERROR, &last)),
        }
    }

    /// Sends a request with a body of this media type; blocks the thread.
    pub(super) fn send(
        &self,
        request: &AdminRequest,
        media_type: &str,
    ) -> Result<(StatusCode, String), Failure> {
        let mut response = self.run(&self.client, request, media_type)?;
        self.read(&mut response)
    }

    /// Passes on the parts of a response; blocks the thread.
    pub(super) fn receive(
        &self,
        request: &AdminRequest,
        write: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut response = self.run(&http_client(LONG_TIMEOUT), request, JSON)?;
        if !response.status().is_success() {
            let (status, body) = self.read(&mut response)?;
            return Err(failure(status, &body));
        }
        let body = response.body_mut().with_config().limit(u64::MAX);
        let mut reader = body.reader();
        let mut part = vec![0; PART_BYTES];
        loop {
            match reader.read(&mut part).map_err(|e| self.failed(&e))? {
                0 => return Ok(()),
                count => write(&part[..count])?,
            }
        }
    }

    fn run(
        &self,
        client: &HttpClient,
        request: &AdminRequest,
        media_type: &str,
    ) -> Result<ureq::http::Response<ureq::Body>, Failure> {
        let segments = request.path.iter();
        let segments = segments.map(|part| utf8_percent_encode(part, RESERVED).to_string());
        let path = segments.collect::<Vec<_>>().join("/");
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(&request.query).finish();
        let separator = if query.is_empty() { "" } else { "?" };
        let mut builder = ureq::http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{PREFIX}/{path}{separator}{query}", self.url))
            .header("authorization", format!("Bearer {}", self.token));
        if !request.body.is_empty() {
            builder = builder.header("content-type", media_type);
        }
        let sent = builder.body(request.body.clone());
        let sent = sent.map_err(|e| self.failed(&e))?;
        client.run(sent).map_err(|e| self.failed(&e))
    }

    fn read(
        &self,
        response: &mut ureq::http::Response<ureq::Body>,
    ) -> Result<(StatusCode, String), Failure> {
        let status = response.status();
        let body = response.body_mut().with_config().limit(MAX_RESPONSE_BYTES);
        let body = body.read_to_string().map_err(|e| self.failed(&e))?;
        Ok((status, body))
    }
}
