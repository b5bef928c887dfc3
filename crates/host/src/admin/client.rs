//! The client of the admin API that commands use.
#![expect(clippy::doc_markdown, reason = "help texts are read on a terminal")]

use std::{path::PathBuf, time::Duration};

use clap::Args;
use http::Method;
use manyface_core::{Json, Operator};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    AdminApi, AdminResponse, JSON, MAX_PAGE_SIZE,
    remote::{Server, failure, request},
};
use crate::{Config, Failure, commands::output::line, database::ready_store};

/// The interval between queries at the end of a list that is followed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
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

impl ServerOptions {
    /// Returns whether a server runs the operations.
    pub(crate) fn is_remote(&self) -> bool {
        self.server.is_some()
    }
}

/// A client of the admin API, with or without a network.
pub(crate) enum AdminClient {
    Direct {
        api: Box<AdminApi>,
        operator: Operator,
    },
    Server(Server),
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

    /// Sends a request with a JSON body to an operation that may take hours.
    pub(crate) async fn call_slowly(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<String, Failure> {
        match self {
            Self::Direct { .. } => self.call(Method::POST, path, Some(body)).await,
            Self::Server(server) => {
                let server = server.clone().with_long_timeout();
                Box::pin(Self::Server(server).call(Method::POST, path, Some(body))).await
            }
        }
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

/// A page of objects, whose text is printed unchanged.
#[derive(Deserialize)]
struct JsonPage {
    items: Vec<Json>,
    next: Option<String>,
}
