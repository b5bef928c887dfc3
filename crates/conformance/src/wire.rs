//! A small HTTP/1.1 client that sends what it is told, however odd.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::aws_lc_rs,
    pki_types::ServerName,
};
use url::Url;

use crate::{Failure, Request, Response};

/// How long a server may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// The most bytes that a response may have.
const MAX_RESPONSE: usize = 16 * 1024 * 1024;
/// The bytes of one chunk of a body sent in chunks.
const CHUNK: usize = 64 * 1024;

/// Where a server is.
pub(crate) struct Origin {
    host: String,
    port: u16,
    /// What stands before every path.
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
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default().ok_or_else(failed)?,
            prefix: url.path().trim_end_matches('/').to_owned(),
            tls,
        })
    }

    pub(crate) fn send(&self, request: &Request) -> Result<Response, Failure> {
        let failed =
            |error: io::Error| Failure::Target(format!("{}:{}: {error}", self.host, self.port));
        let stream = TcpStream::connect((self.host.as_str(), self.port)).map_err(failed)?;
        stream.set_read_timeout(Some(SILENCE)).map_err(failed)?;
        stream.set_write_timeout(Some(SILENCE)).map_err(failed)?;
        let bytes = self.bytes(request);
        let has_body = request.method != "HEAD";
        let received = match &self.tls {
            Some(config) => {
                let name = ServerName::try_from(self.host.clone());
                let name = name.map_err(|error| Failure::Target(error.to_string()))?;
                let connection = ClientConnection::new(Arc::clone(config), name);
                let connection = connection.map_err(|error| Failure::Target(error.to_string()))?;
                let mut stream = StreamOwned::new(connection, stream);
                // A server may answer, and hang up, before it has read everything.
                let sent = stream.write_all(&bytes).and_then(|()| stream.flush());
                receive(&mut stream, has_body).map_err(|error| sent.err().unwrap_or(error))
            }
            None => thread::scope(|scope| {
                scope.spawn(|| (&stream).write_all(&bytes));
                let received = receive(&mut &stream, has_body);
                // Whatever is still being sent is of no use any more.
                let _ = stream.shutdown(Shutdown::Both);
                received
            }),
        };
        received.map_err(failed)
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        let Request {
            method,
            path,
            headers,
            body,
        } = request;
        let (prefix, host, port) = (&self.prefix, &self.host, self.port);
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let mut lines = vec![
            format!("{method} {prefix}{path} HTTP/1.1"),
            format!("Host: {host}:{port}"),
        ];
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

/// Reads a response to its end. Where there should be no body, whatever comes is taken as one.
fn receive(stream: &mut impl Read, has_body: bool) -> io::Result<Response> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let ended = match stream.read(&mut buffer) {
            Ok(0) => None,
            Ok(read) => {
                bytes.extend_from_slice(&buffer[..read]);
                if bytes.len() > MAX_RESPONSE {
                    return Err(invalid("the response is too long"));
                }
                if !matches!(parse(&bytes, has_body, false), Ok(Some(_))) {
                    continue;
                }
                None
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_silence(&error) => {
                let problem = format!("no whole response within {} seconds", SILENCE.as_secs());
                Some(io::Error::new(io::ErrorKind::TimedOut, problem))
            }
            Err(error) => Some(error),
        };
        return match (parse(&bytes, has_body, true)?, ended) {
            (Some(response), _) => Ok(response),
            (None, Some(error)) => Err(error),
            (None, None) => Err(invalid("the connection closed before the response ended")),
        };
    }
}

/// The response in `bytes`, if all of it is there.
fn parse(bytes: &[u8], has_body: bool, is_end: bool) -> io::Result<Option<Response>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, rest) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 4..]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse::<u16>().ok());
    let status = status.ok_or_else(|| invalid("the response is not HTTP/1.1"))?;
    if (100..200).contains(&status) {
        return parse(rest, has_body, is_end);
    }
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    });
    let mut response = Response {
        status,
        headers: headers.collect(),
        body: Vec::new(),
    };
    let body = if !has_body || matches!(status, 204 | 304) {
        is_end.then(|| rest.to_owned())
    } else if response
        .header("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    {
        unchunked(rest)?
    } else if let Some(length) = response.header("content-length") {
        let length: usize = length
            .parse()
            .map_err(|_| invalid("Content-Length is no number"))?;
        rest.get(..length).map(<[u8]>::to_owned)
    } else {
        is_end.then(|| rest.to_owned())
    };
    Ok(body.map(|body| {
        response.body = body;
        response
    }))
}

/// The body in `bytes` without its chunks' frames, if all of it is there.
fn unchunked(mut bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Some(end) = find(bytes, b"\r\n") else {
            return Ok(None);
        };
        let size = String::from_utf8_lossy(&bytes[..end]);
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid("a chunk has no size"))?;
        if size == 0 {
            return Ok(Some(body));
        }
        let after = end.saturating_add(2);
        let Some(chunk) = bytes.get(after..after.saturating_add(size)) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        bytes = bytes.get(after + size + 2..).unwrap_or_default();
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Platforms differ in what they call it.
fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn invalid(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(text: &str, has_body: bool) -> io::Result<(u16, String)> {
        let response = receive(&mut text.as_bytes(), has_body)?;
        Ok((response.status, String::from_utf8(response.body).unwrap()))
    }

    #[test]
    fn bodies_end_where_they_say() {
        for (text, has_body, status, body) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x",
                true,
                200,
                "{}",
            ),
            ("HTTP/1.1 200 OK\r\n\r\n{}", true, 200, "{}"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x\r\n}\r\n0\r\n\r\n",
                true,
                200,
                "{}",
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
                true,
                204,
                "",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
                false,
                200,
                "",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                false,
                200,
                "{}",
            ),
        ] {
            assert_eq!(received(text, has_body).unwrap(), (status, body.to_owned()));
        }
    }

    #[test]
    fn half_a_response_is_none() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
            "SSH-2.0-x\r\n\r\n",
        ] {
            assert!(received(text, true).is_err(), "{text:?}");
        }
    }

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
        let expected = "GET /base/a?b HTTP/1.1\r\nHost: [::1]:80\r\nAuthorization: x\r\n\
                        Authorization: x\r\nConnection: close\r\n\r\n";
        assert_eq!(text, expected);
    }
}
