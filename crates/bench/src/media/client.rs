//! A connection over which requests go, one after the other.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use crate::{Failure, Result};

pub(super) struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Client {
    pub(super) fn connect(authority: &str, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority);
        let stream = stream.map_err(|e| Failure::could_not("connect", e))?;
        let set = stream.set_nodelay(true);
        set.map_err(|e| Failure::could_not("connect", e))?;
        Ok(Self {
            stream: BufReader::new(stream),
            head: format!(
                "PATCH /api/users/me HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/json\r\n"
            ),
        })
    }

    /// Sends a body; the status of the answer.
    pub(super) fn patch(&mut self, body: &[u8]) -> Result<u16> {
        let sent = self.send(body);
        sent.map_err(|e| Failure::could_not("send a request", e))
    }

    fn send(&mut self, body: &[u8]) -> std::io::Result<u16> {
        let head = format!("{}Content-Length: {}\r\n\r\n", self.head, body.len());
        let mut request = head.into_bytes();
        request.extend(body);
        self.stream.get_mut().write_all(&request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.get(9..12).and_then(|status| status.parse().ok());
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        std::io::copy(&mut self.stream.by_ref().take(length), &mut std::io::sink())?;
        status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }
}
