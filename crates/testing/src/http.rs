//! A small HTTP/1.1 client.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// The timeout of a response, sufficient on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A response.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The status line and the headers, without the empty line.
    pub head: String,
    /// The body as text; invalid UTF-8 is replaced.
    pub body: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Response {
    /// The value of a header, or `None` if it is missing or there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        });
        values.next().filter(|_| values.next().is_none())
    }

    /// The text between `before` and the next quote in the body.
    ///
    /// # Panics
    ///
    /// If the body does not contain `before`.
    pub fn text_after(&self, before: &str) -> &str {
        let found = self.body.split_once(before);
        let (_, rest) = found.unwrap_or_else(|| panic!("{before} is not in {self:?}"));
        rest.split('"').next().unwrap_or_default()
    }
}

/// Sends one request to `authority` over a new connection. Each of `headers` ends with CR LF.
pub fn send(
    authority: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: impl AsRef<[u8]>,
) -> io::Result<Response> {
    let headers = format!("Connection: close\r\n{headers}");
    let mut connection = Connection::open(authority)?;
    connection.write(method, path, &headers, body.as_ref())?;
    let head = connection.read_head()?;
    let mut bytes = Vec::new();
    connection.stream.read_to_end(&mut bytes)?;
    let response = response(head, bytes)?;
    if response.header("transfer-encoding") != Some("chunked") {
        return Ok(response);
    }
    let bytes = join_chunks(&response.bytes)?;
    Ok(Response {
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
        ..response
    })
}

/// Joins the chunks of a body (RFC 9112 §7.1). A body without the last chunk is an error.
fn join_chunks(mut rest: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        rest.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16);
        let length = length.map_err(|_| io::ErrorKind::UnexpectedEof)?;
        if length == 0 {
            return Ok(body);
        }
        let mut chunk = vec![0; length + "\r\n".len()];
        rest.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..length]);
    }
}

/// A connection that stays open from one request to the next.
#[derive(Debug)]
pub struct Connection<S = TcpStream> {
    stream: BufReader<S>,
    authority: String,
}

impl Connection {
    /// Connects to `authority`.
    pub fn open(authority: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(authority)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self::over(stream, authority))
    }
}

impl<S: Read + Write> Connection<S> {
    /// Sends requests for `authority` over a connected stream.
    pub fn over(stream: S, authority: &str) -> Self {
        Self {
            stream: BufReader::new(stream),
            authority: authority.to_owned(),
        }
    }

    /// Sends a request whose response has a `Content-Length`. Each of `headers` ends with CR LF.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: impl AsRef<[u8]>,
    ) -> io::Result<Response> {
        self.write(method, path, headers, body.as_ref())?;
        let head = self.read_head()?;
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.and_then(|(_, value)| value.parse().ok());
        let mut bytes = vec![0; length.unwrap_or_default()];
        self.stream.read_exact(&mut bytes)?;
        response(head, bytes)
    }

    fn write(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<()> {
        let length = match (method, body.len()) {
            ("GET" | "HEAD", 0) => String::new(),
            (_, length) => format!("Content-Length: {length}\r\n"),
        };
        let authority = &self.authority;
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\n{length}{headers}\r\n");
        let request = [head.as_bytes(), body].concat();
        self.stream.get_mut().write_all(&request)
    }

    fn read_head(&mut self) -> io::Result<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(head.trim_end().to_owned())
    }
}

fn response(head: String, bytes: Vec<u8>) -> io::Result<Response> {
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    Ok(Response {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        head,
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    })
}
