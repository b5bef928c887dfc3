//! The client of the admin API that commands use.
#![expect(clippy::doc_markdown, reason = "help texts are read on a terminal")]

use std::{io::Read, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use http::{Method, StatusCode};
use manyface_auth::{HttpClient, TokenKind, http_client, is_trustworthy_url};
use manyface_core::{Json, Operator};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    AdminApi, AdminRequest, AdminResponse, JSON, MAX_PAGE_SIZE, PREFIX, ReportCounts, body::NDJSON,
};
use crate::{Config, Failure, commands::output::line, database::ready_store};

/// The timeout of a request to a server.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The interval between queries at the end of a list that is followed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The timeout of an export from a server.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(24 * 3_600);
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

/// The server that runs the operations of a command.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ServerOptions {
    /// Send the operation to the admin API of a running server, such as http://127.0.0.1:8461
    /// [default: use the database]
    #[arg(long, global = true, value_name = "URL", requires = "token_file")]
    server: Option<String>,
    /// The file with the operator token for --server
    #[arg(long, global = true, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
}

/// A client of the admin API, with or without a network.
pub(crate) enum AdminClient {
    Direct {
        api: Box<AdminApi>,
        operator: Operator,
    },
    Server(Server),
}

/// A server, with the operator's token.
#[derive(Clone)]
pub(crate) struct Server {
    client: HttpClient,
    url: Arc<str>,
    token: Arc<str>,
}

impl AdminClient {
    /// Opens the database, or prepares requests to a server.
    pub(crate) async fn open(config: &Config, options: &ServerOptions) -> Result<Self, Failure> {
        if let (Some(url), Some(file)) = (&options.server, &options.token_file) {
            return Server::new(url, file).map(Self::Server);
        }
        let store = ready_store(config).await?;
        Ok(Self::Direct {
            api: Box::new(AdminApi::new(config, &store, None)),
            operator: Operator::unlimited(&config.operator_name),
        })
    }

    /// Sends a request. An error of the operation is a failure with its detail.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<String, Failure> {
        let request = request(method, path, query, body);
        let (status, body) = match self {
            Self::Direct { api, operator } => {
                let AdminResponse { status, body, .. } = api.handle(operator, &request, None).await;
                (status, body)
            }
            Self::Server(server) => {
                let server = server.clone();
                let job = move || server.send(&request, JSON);
                let sent = tokio::task::spawn_blocking(job).await;
                sent.map_err(|e| Failure::could_not("send the request", e))??
            }
        };
        if status.is_success() {
            Ok(body)
        } else {
            Err(failure(status, &body))
        }
    }

    /// Requests a streamed response, and passes on its parts as they arrive.
    pub(crate) async fn receive(
        &self,
        path: &[&str],
        query: Vec<(String, String)>,
        mut write: impl FnMut(&[u8]) -> Result<(), Failure> + Send + 'static,
    ) -> Result<(), Failure> {
        let request = request(Method::GET, path, query, Vec::new());
        match self {
            Self::Direct { api, operator } => {
                let response = api.handle(operator, &request, None).await;
                let Some(mut lines) = response.lines else {
                    return Err(failure(response.status, &response.body));
                };
                loop {
                    match lines.next().await {
                        Ok(Some(part)) => write(&part)?,
                        Ok(None) => return Ok(()),
                        Err(problem) => {
                            let response = AdminResponse::from(problem);
                            return Err(failure(response.status, &response.body));
                        }
                    }
                }
            }
            Self::Server(server) => {
                let server = server.clone();
                let receive = move || server.receive(&request, &mut write);
                let received = tokio::task::spawn_blocking(receive).await;
                received.map_err(|e| Failure::could_not("send the request", e))?
            }
        }
    }

    /// Sends a request with a JSON body, or without one.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<String, Failure> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|e| Failure::could_not("write JSON", e))?;
        self.send(method, path, Vec::new(), body.unwrap_or_default())
            .await
    }

    /// Prints the objects of a list, one per line, as the server sends them; at most `limit`. The
    /// query parameter `cursor` has the position of a page, which begins at `after`.
    pub(crate) async fn print_list(
        &self,
        path: &[&str],
        conditions: Vec<(String, String)>,
        (cursor, mut after): (&str, Option<String>),
        limit: Option<u64>,
    ) -> Result<(), Failure> {
        let mut left = limit.unwrap_or(u64::MAX);
        while left > 0 {
            let position = (cursor, after);
            let printed = self.print_page(path, conditions.clone(), position, left);
            let (count, next) = printed.await?;
            left -= count;
            after = next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Like [`Self::print_list`] of a list that grows: waits for objects at its end, until `limit`
    /// objects are printed.
    pub(crate) async fn follow_list(
        &self,
        path: &[&str],
        (cursor, mut after): (&str, Option<String>),
        limit: Option<u64>,
    ) -> Result<(), Failure> {
        let mut left = limit.unwrap_or(u64::MAX);
        while left > 0 {
            let position = (cursor, after.clone());
            let (count, next) = self.print_page(path, Vec::new(), position, left).await?;
            left -= count;
            after = next.or(after);
            if count == 0 {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        }
        Ok(())
    }

    /// Prints a page of at most `limit` objects, and returns their number and the next position.
    async fn print_page(
        &self,
        path: &[&str],
        mut query: Vec<(String, String)>,
        (cursor, after): (&str, Option<String>),
        limit: u64,
    ) -> Result<(u64, Option<String>), Failure> {
        let limit = limit.min(MAX_PAGE_SIZE.into());
        query.push(("limit".to_owned(), limit.to_string()));
        query.extend(after.map(|after| (cursor.to_owned(), after)));
        let page: JsonPage = self.get(path, query).await?;
        for item in &page.items {
            line(item.as_str())?;
        }
        Ok((page.items.len() as u64, page.next))
    }

    /// Prints all objects of a list without pages, like [`Self::print_list`].
    pub(crate) async fn print_all(
        &self,
        path: &[&str],
        conditions: Vec<(String, String)>,
    ) -> Result<(), Failure> {
        let page: JsonPage = self.get(path, conditions).await?;
        page.items.iter().try_for_each(|item| line(item.as_str()))
    }

    /// Reads an object.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: Vec<(String, String)>,
    ) -> Result<T, Failure> {
        let body = self.send(Method::GET, path, query, Vec::new()).await?;
        serde_json::from_str(&body).map_err(|e| Failure::could_not("read the response", e))
    }
}

fn request(
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

/// A page of objects, whose text is printed unchanged.
#[derive(Deserialize)]
struct JsonPage {
    items: Vec<Json>,
    next: Option<String>,
}

/// Explains an unsuccessful response.
fn failure(status: StatusCode, body: &str) -> Failure {
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
    fn new(url: &str, token_file: &std::path::Path) -> Result<Self, Failure> {
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
    fn send(
        &self,
        request: &AdminRequest,
        media_type: &str,
    ) -> Result<(StatusCode, String), Failure> {
        let mut response = self.run(&self.client, request, media_type)?;
        self.read(&mut response)
    }

    /// Passes on the parts of a response; blocks the thread.
    fn receive(
        &self,
        request: &AdminRequest,
        write: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut response = self.run(&http_client(EXPORT_TIMEOUT), request, JSON)?;
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
        let status = StatusCode::from_u16(response.status().as_u16());
        let status = status.map_err(|e| self.failed(&e))?;
        let body = response.body_mut().with_config().limit(MAX_RESPONSE_BYTES);
        let body = body.read_to_string().map_err(|e| self.failed(&e))?;
        Ok((status, body))
    }
}
