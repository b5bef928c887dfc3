//! `manyface healthcheck`

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{Config, Failure, config::reachable};

/// The request's timeout, longer than the server's database timeout.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn run(config: &Config, url: Option<String>) -> Result<(), Failure> {
    let authority = match &url {
        Some(url) => url
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .filter(|rest| !rest.contains(['/', '?', '#', '@']))
            .map(with_port)
            .ok_or_else(|| Failure::Usage("--url: must be http://HOST[:PORT]".to_owned()))?,
        None if config.scheme() == "https" => {
            let message =
                "the server has TLS; request /readyz with a client that knows its certificate";
            return Err(Failure::Usage(message.to_owned()));
        }
        None => reachable(config.listen).to_string(),
    };
    let not_ready = |what: &str| Failure::Finding(format!("{authority} is not ready: {what}"));
    match timeout(TIMEOUT, request_status(&authority)).await {
        Ok(Ok(status)) if status == "200" => Ok(()),
        Ok(Ok(status)) => Err(not_ready(&format!("status {status}"))),
        Ok(Err(error)) => Err(not_ready(&error.to_string())),
        Err(_) => Err(not_ready("no response in time")),
    }
}

/// Adds HTTP's default port to an authority without port.
fn with_port(authority: &str) -> String {
    let host_end = authority.rfind(']').unwrap_or(0);
    if authority[host_end..].contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    }
}

/// Sends `GET /readyz` and returns the status.
async fn request_status(authority: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(authority).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    stream.take(4_096).read_to_end(&mut response).await?;
    let line = String::from_utf8_lossy(&response);
    let status = line.split(' ').nth(1).unwrap_or("none");
    Ok(status.to_owned())
}
