//! A small HTTP/1.1 client that also sends malformed requests.

mod limits;
mod response;

use std::{
    io::{self, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    sync::{Arc, mpsc},
    thread,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::aws_lc_rs,
    pki_types::ServerName,
};
use url::Url;

pub(crate) use self::limits::Limits;
use self::{limits::Limited, response::receive};
use crate::{Failure, Request, Response};

/// The bytes of one chunk of a body sent in chunks.
const CHUNK: usize = 64 * 1024;

/// The default `User-Agent`: some servers require one.
const USER_AGENT: &str = concat!("manyface-conformance/", env!("CARGO_PKG_VERSION"));

/// The location of a server.
pub(crate) struct Origin {
    host: String,
    port: u16,
    /// The prefix of every path.
    prefix: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Origin {
    pub(crate) fn parse(base: &str) -> Result<Self, Failure> {
        let failed = || Failure::Target(format!("{base:?} is not an http or https URL"));
        let url = Url::parse(base).map_err(|_| failed())?;
        let tls = match url.scheme() {
            "http" => None,
            "https" => Some(tls()?),
            _ => return Err(failed()),
        };
        let host = url.host_str().ok_or_else(failed)?;
        // Neither would be sent, and the first is a secret that has no place here.
        if !url.username().is_empty() || url.password().is_some() {
            let problem = "the URL must have no user and no password in it";
            return Err(Failure::Target(problem.to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            let problem = "the URL must end before the dialect's paths, without a query";
            return Err(Failure::Target(problem.to_owned()));
        }
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default().ok_or_else(failed)?,
            prefix: url.path().trim_end_matches('/').to_owned(),
            tls,
        })
    }

    /// Sends `request` over a new connection and reads the response within `limits`.
    pub(crate) fn send(&self, request: &Request, limits: &Limits<'_>) -> Result<Response, Failure> {
        let failed = |error: io::Error| {
            if limits.is_stopped() {
                return Failure::Stopped;
            }
            Failure::Target(format!("{}:{}: {error}", self.host, self.port))
        };
        let stream = self.connect(limits).map_err(failed)?;
        let bytes = self.bytes(request);
        let has_body = request.method != "HEAD";
        let received = match &self.tls {
            Some(config) => {
                let name = ServerName::try_from(self.host.clone());
                let name = name.map_err(|error| Failure::Target(error.to_string()))?;
                let connection = ClientConnection::new(Arc::clone(config), name);
                let connection = connection.map_err(|error| Failure::Target(error.to_string()))?;
                let mut stream = StreamOwned::new(connection, Limited::new(&stream, limits));
                // A server may respond and close before it has read everything.
                let sent = stream.write_all(&bytes).and_then(|()| stream.flush());
                receive(&mut stream, has_body).map_err(|error| sent.err().unwrap_or(error))
            }
            None => thread::scope(|scope| {
                scope.spawn(|| Limited::new(&stream, limits).write_all(&bytes));
                let received = receive(&mut Limited::new(&stream, limits), has_body);
                // The rest of the request is no longer needed.
                let _ = stream.shutdown(Shutdown::Both);
                received
            }),
        };
        received.map_err(failed)
    }

    /// Connects on a separate thread, because neither name resolution nor connecting can be
    /// cancelled.
    fn connect(&self, limits: &Limits<'_>) -> io::Result<TcpStream> {
        let (host, port, timeout) = (self.host.clone(), self.port, limits.left());
        let (sender, connected) = mpsc::channel();
        thread::spawn(move || {
            let connect = || {
                let mut rejected = io::Error::new(io::ErrorKind::NotFound, "has no address");
                for address in (host.as_str(), port).to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, timeout) {
                        Ok(stream) => return Ok(stream),
                        Err(error) => rejected = error,
                    }
                }
                Err(rejected)
            };
            // The caller may have given up.
            let _ = sender.send(connect());
        });
        loop {
            match connected.recv_timeout(limits.slice()?) {
                Ok(connected) => return connected,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("could not connect"));
                }
            }
        }
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        let Request {
            method,
            path,
            headers,
            body,
        } = request;
        let (prefix, host, port) = (&self.prefix, &self.host, &self.port);
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        // Some servers treat an explicit default port as another host.
        let own_port = if self.tls.is_some() { 443 } else { 80 };
        let host = if *port == own_port {
            host
        } else {
            format!("{host}:{port}")
        };
        let mut lines = vec![
            format!("{method} {prefix}{path} HTTP/1.1"),
            format!("Host: {host}"),
        ];
        if request.header("user-agent").is_none() {
            lines.push(format!("User-Agent: {USER_AGENT}"));
        }
        lines.extend(
            headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        lines.push("Connection: close".to_owned());
        let body = body.as_deref().unwrap_or_default();
        if request.is_chunked() {
            let mut bytes = format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes();
            for chunk in body.chunks(CHUNK) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
            return bytes;
        }
        if request.body.is_some() {
            lines.push(format!("Content-Length: {}", body.len()));
        }
        let head = format!("{}\r\n\r\n", lines.join("\r\n"));
        [head.as_bytes(), body].concat()
    }
}

fn tls() -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Target(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_sent_as_often_as_they_are_given() {
        let origin = Origin::parse("http://[::1]:80/base/").unwrap();
        let twice = ("Authorization".to_owned(), "x".to_owned());
        let request = Request {
            method: "GET".to_owned(),
            path: "/a?b".to_owned(),
            headers: vec![twice.clone(), twice],
            body: None,
        };
        let text = String::from_utf8(origin.bytes(&request)).unwrap();
        let expected = format!(
            "GET /base/a?b HTTP/1.1\r\nHost: [::1]\r\nUser-Agent: {USER_AGENT}\r\nAuthorization: x\r\n\
             Authorization: x\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(text, expected);
    }
}
