//! Reads a response unchanged.

use std::io::{self, Read};

use crate::Response;

/// The maximum number of bytes of a response.
const MAX_RESPONSE: usize = 16 * 1024 * 1024;
/// The maximum number of bytes of its headers.
const MAX_HEAD: usize = 256 * 1024;
/// The maximum number of 1xx responses before it.
const MAX_INTERIM: usize = 16;
/// The beginning of a response.
const PROTOCOL: &[u8] = b"HTTP/1.";

/// Reads a response to its end. If no body is allowed, further bytes are returned as the body.
pub(super) fn receive(stream: &mut impl Read, has_body: bool) -> io::Result<Response> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let ended = match stream.read(&mut buffer) {
            Ok(0) => None,
            Ok(read) => {
                bytes.extend_from_slice(&buffer[..read]);
                if bytes.len() > MAX_RESPONSE {
                    return Err(invalid("the response is longer than 16 MiB"));
                }
                if bytes.len() > MAX_HEAD && find(&bytes[..MAX_HEAD], b"\r\n\r\n").is_none() {
                    return Err(invalid("the headers of the response do not end"));
                }
                if !matches!(parse(&bytes, has_body, false), Ok(Some(_))) {
                    continue;
                }
                None
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Some(error),
        };
        return match (parse(&bytes, has_body, true)?, ended) {
            (Some(response), _) => Ok(response),
            (None, Some(error)) => Err(error),
            (None, None) => Err(invalid("the connection closed before the response ended")),
        };
    }
}

/// Returns the response in `bytes` if it is complete.
fn parse(bytes: &[u8], has_body: bool, is_end: bool) -> io::Result<Option<Response>> {
    let (mut bytes, mut interim) = (bytes, 0);
    let (head, rest, status) = loop {
        if !bytes.starts_with(&PROTOCOL[..bytes.len().min(PROTOCOL.len())]) {
            return Err(invalid("the response is not HTTP/1.1"));
        }
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(&bytes[..end]);
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|text| text.get(..3)?.parse().ok());
        let status: u16 = status.ok_or_else(|| invalid("the response has no status"))?;
        let rest = &bytes[end + 4..];
        if !(100..200).contains(&status) {
            break (head, rest, status);
        }
        interim += 1;
        if interim > MAX_INTERIM {
            return Err(invalid("the response does not begin"));
        }
        bytes = rest;
    };
    let lines = head.split("\r\n").skip(1);
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
            .map_err(|_| invalid("Content-Length is not a number"))?;
        rest.get(..length).map(<[u8]>::to_owned)
    } else {
        is_end.then(|| rest.to_owned())
    };
    Ok(body.map(|body| {
        response.body = body;
        response
    }))
}

/// Decodes the chunked body in `bytes` if it is complete.
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

pub(super) fn invalid(problem: &str) -> io::Error {
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
    fn a_truncated_response_is_rejected() {
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
}
