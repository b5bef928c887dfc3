//! The HTTP listener of the admin API.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{StatusCode, header},
    web::{self, Payload},
};
use futures_util::{StreamExt, stream};
use http::Method;
use manyface_auth::TokenKind;
use manyface_core::Operator;
use manyface_serve::RequestIds;
use percent_encoding::percent_decode_str;
use tokio::task::JoinHandle;
use url::form_urlencoded;

use super::{
    AdminApi, AdminProblem, AdminRequest, AdminResponse, Operation, PREFIX,
    body::{Chunk, Chunks, Input, NDJSON},
    document,
    slots::Slots,
    stream::{PATH, Streams},
};
use crate::metrics::{CONTENT_TYPE, Metrics};

/// The path of the metrics, outside of the API's prefix, as scrapers expect it.
const METRICS_PATH: &str = "/metrics";
/// The maximum size of a request body, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// The time in which a request body must arrive, and each part of a streamed one.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The time for in-flight requests to finish, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 5;
/// The maximum number of connections.
const MAX_CONNECTIONS: usize = 256;

/// The maximum number of concurrent exports and imports, in total and per token.
const MAX_TRANSFERS: usize = 6;
const MAX_TRANSFERS_PER_TOKEN: usize = 2;

/// The running listener.
#[derive(Debug)]
pub(crate) struct AdminListener {
    address: SocketAddr,
    handle: ServerHandle,
    streams: Streams,
    running: JoinHandle<io::Result<()>>,
}

struct State {
    api: AdminApi,
    metrics: Metrics,
    request_ids: RequestIds,
    document: String,
    streams: Streams,
    transfers: Slots,
}

impl AdminListener {
    /// Starts to serve `api` at `address`. Must be called in a Tokio runtime.
    pub(crate) fn start(api: AdminApi, metrics: Metrics, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let streams = Streams::new(metrics.feed());
        let state = web::Data::new(State {
            streams: streams.clone(),
            transfers: Slots::new(MAX_TRANSFERS, MAX_TRANSFERS_PER_TOKEN),
            api,
            metrics,
            request_ids: RequestIds::default(),
            document: document().to_string(),
        });
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::clone(&state))
                .default_service(web::to(serve))
        });
        let server = server
            .workers(1)
            .max_connections(MAX_CONNECTIONS)
            .disable_signals()
            .shutdown_timeout(SHUTDOWN_TIMEOUT)
            .listen(listener)?
            .run();
        Ok(Self {
            address,
            handle: server.handle(),
            streams,
            running: tokio::spawn(server),
        })
    }

    /// Returns the base URL of the API.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{PREFIX}", self.address)
    }

    /// Drains in-flight requests and stops.
    pub(crate) async fn stop(self) {
        self.streams.stop();
        self.handle.stop(true).await;
        let stopped = self.running.await;
        drop(stopped);
    }
}

async fn serve(request: HttpRequest, payload: Payload, state: web::Data<State>) -> HttpResponse {
    let request_id = state.request_ids.next();
    if request.path() == METRICS_PATH {
        let metrics = respond_with_metrics(&request, &state).await;
        return metrics.unwrap_or_else(|problem| {
            problem.log(&request_id);
            to_http(problem.into(), &request_id)
        });
    }
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    if path == "/openapi.json" && request.method().as_str() == "GET" {
        return HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .body(state.document.clone());
    }
    if path == PATH && request.method().as_str() == "GET" {
        let started = start_stream(&request, &state, &request_id).await;
        return started.unwrap_or_else(|problem| to_http(problem.into(), &request_id));
    }
    let response = match respond(&request, path, payload, &state, &request_id).await {
        Ok(response) => response,
        Err(problem) => {
            problem.log(&request_id);
            problem.into()
        }
    };
    tracing::debug!(
        request_id,
        method = request.method().as_str(),
        status = response.status.as_u16(),
        "admin request"
    );
    to_http(response, &request_id)
}

/// Returns the metrics to a token of the whole deployment or, if they are public, to all clients.
async fn respond_with_metrics(
    request: &HttpRequest,
    state: &State,
) -> Result<HttpResponse, AdminProblem> {
    if !state.api.has_public_metrics() {
        let (operator, _) = authenticate(request, state).await?;
        if operator.tenant.is_some() {
            let detail = "a token of a tenant cannot read the metrics of the deployment";
            return Err(AdminProblem::forbidden(detail));
        }
    }
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return Err(AdminProblem::method_not_allowed(&[Method::GET]));
    }
    let text = state.metrics.to_text();
    let text = text.map_err(|error| AdminProblem::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

async fn start_stream(
    request: &HttpRequest,
    state: &State,
    request_id: &str,
) -> Result<HttpResponse, AdminProblem> {
    let (operator, digest) = authenticate(request, state).await?;
    let streams = &state.streams;
    streams.respond(request, &state.api, operator, digest, request_id)
}

async fn respond(
    request: &HttpRequest,
    path: &str,
    payload: Payload,
    state: &State,
    request_id: &str,
) -> Result<AdminResponse, AdminProblem> {
    let (operator, digest) = authenticate(request, state).await?;
    let method = Method::from_bytes(request.method().as_str().as_bytes());
    let method = method.map_err(|_| AdminProblem::method_not_allowed(&[]))?;
    let path = segments(path)?;
    let operation = Operation::find(&method, &path).filter(|operation| operation.is_streamed());
    let has_body = !matches!(method, Method::GET | Method::HEAD);
    let mut body = Vec::new();
    let mut input = None;
    if let Some(operation) = operation {
        let chunks = if operation.body_type == NDJSON {
            check_media_type(request, &[NDJSON])?;
            stream_body(payload)
        } else {
            Chunks::channel().1
        };
        let slot = state.transfers.acquire(&operator, digest)?;
        input = Some(Input { chunks, slot });
    } else if has_body {
        body = read_body(request, payload).await?;
    }
    let if_match = request.headers().get(header::IF_MATCH);
    let if_match = if_match.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let request = AdminRequest {
        method,
        path,
        query: parameters(request.query_string()),
        if_match,
        body,
        request_id: request_id.to_owned(),
    };
    Ok(state.api.handle(&operator, &request, input).await)
}

/// Returns the operator of the bearer token, and the digest of the token.
async fn authenticate(
    request: &HttpRequest,
    state: &State,
) -> Result<(Operator, [u8; 32]), AdminProblem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(AdminProblem::unauthorized());
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let digest = token.and_then(|token| TokenKind::Operator.digest(token));
    let digest = digest.ok_or_else(AdminProblem::unauthorized)?;
    let found = state.api.tokens.find_operator_token(&digest).await?;
    let token = found.ok_or_else(AdminProblem::unauthorized)?;
    let operator = Operator {
        name: token.name,
        role: token.role,
        tenant: token.tenant_id,
    };
    Ok((operator, digest))
}

async fn read_body(request: &HttpRequest, payload: Payload) -> Result<Vec<u8>, AdminProblem> {
    let read = tokio::time::timeout(BODY_TIMEOUT, payload.to_bytes_limited(MAX_BODY_BYTES)).await;
    let timed_out = || AdminProblem::bad_request("the body did not arrive in time");
    let body = read
        .map_err(|_| timed_out())?
        .map_err(|_| AdminProblem::too_large())?;
    let body = body.map_err(|_| AdminProblem::bad_request("the body cannot be read"))?;
    if !body.is_empty() {
        check_media_type(
            request,
            &["application/json", "application/merge-patch+json"],
        )?;
    }
    Ok(body.to_vec())
}

/// Rejects a body of another media type than those `expected`.
fn check_media_type(request: &HttpRequest, expected: &[&str]) -> Result<(), AdminProblem> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let mut known = expected.iter();
    if known.any(|known| media_type.eq_ignore_ascii_case(known)) {
        Ok(())
    } else {
        let expected = expected.join(" or ");
        Err(AdminProblem::unsupported_media_type(&expected))
    }
}

/// Passes on the parts of a body as they arrive, no faster than they are read.
fn stream_body(mut payload: Payload) -> Chunks {
    let (sender, chunks) = Chunks::channel();
    actix_web::rt::spawn(async move {
        loop {
            let chunk = match tokio::time::timeout(BODY_TIMEOUT, payload.next()).await {
                Ok(Some(Ok(bytes))) => Chunk::Data(bytes),
                Ok(None) => Chunk::End,
                Ok(Some(Err(_))) => {
                    Chunk::Failed(AdminProblem::bad_request("the body cannot be read"))
                }
                Err(_) => {
                    let detail = "the body did not arrive in time";
                    Chunk::Failed(AdminProblem::bad_request(detail))
                }
            };
            let is_last = !matches!(chunk, Chunk::Data(_));
            // The receiver is gone if the operation has ended.
            if sender.send(chunk).await.is_err() || is_last {
                break;
            }
        }
    });
    chunks
}

/// Decodes the segments of a path.
fn segments(path: &str) -> Result<Vec<String>, AdminProblem> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let decode = |segment| {
        let decoded = percent_decode_str(segment).decode_utf8();
        let decoded = decoded.map_err(|_| AdminProblem::bad_request("the URL is not UTF-8"))?;
        Ok(decoded.into_owned())
    };
    path.split('/').map(decode).collect()
}

/// Decodes the parameters of a query.
fn parameters(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn to_http(response: AdminResponse, request_id: &str) -> HttpResponse {
    let AdminResponse {
        status,
        body,
        lines,
        etag,
        is_problem,
        allow,
    } = response;
    let status = StatusCode::from_u16(status.as_u16());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header(("x-request-id", request_id))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if let Some(etag) = etag {
        builder.insert_header((header::ETAG, etag));
    }
    if !allow.is_empty() {
        let methods: Vec<_> = allow.iter().map(Method::as_str).collect();
        builder.insert_header((header::ALLOW, methods.join(", ")));
    }
    if status == StatusCode::UNAUTHORIZED {
        builder.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if let Some(lines) = lines {
        let chunks = stream::unfold(Some(lines), |lines| async {
            let mut lines = lines?;
            match lines.next().await {
                Ok(data) => data.map(|data| (Ok(data), Some(lines))),
                Err(problem) => {
                    problem.log("");
                    // The connection is closed, so that the client knows that lines are missing.
                    let error = io::Error::other("the stream has stopped");
                    Some((Err(actix_web::Error::from(error)), None))
                }
            }
        });
        return builder
            .insert_header((header::CONTENT_TYPE, NDJSON))
            .streaming(chunks);
    }
    if body.is_empty() {
        return builder.finish();
    }
    let content_type = if is_problem {
        "application/problem+json"
    } else {
        "application/json"
    };
    builder
        .insert_header((header::CONTENT_TYPE, content_type))
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_decoded() {
        let decoded = segments("/users/a%2Fb%20%C3%A9").ok();
        assert_eq!(
            decoded,
            Some(vec!["users".to_owned(), "a/b \u{e9}".to_owned()])
        );
        assert!(segments("/users/%ff").is_err());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parameters("a=b+c&&d"), [pair("a", "b c"), pair("d", "")]);
    }
}
