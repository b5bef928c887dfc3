//! Requests and responses with their bodies, for developers of clients.

use actix_web::HttpRequest;
use manyface_dialect::{Request, Response};

/// The maximum number of logged bytes of a body.
const MAX_BODY: usize = 4_096;

/// Logs an exchange, without headers, which have credentials.
pub(crate) fn write(http_request: &HttpRequest, request: &Request, response: &Response) {
    let (request_id, method) = (&request.request_id, http_request.method());
    let (path, status) = (http_request.path(), response.status.as_u16());
    let (sent, received) = (excerpt(&request.body), excerpt(&response.body));
    tracing::info!(request_id, "{method} {path} {sent} -> {status} {received}");
}

/// Returns the start of a body that is text, otherwise its length.
fn excerpt(body: &[u8]) -> String {
    let (start, rest) = body.split_at(body.len().min(MAX_BODY));
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut.
        Err(error) if !rest.is_empty() && error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return format!("({} bytes)", body.len()),
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Control characters would control the terminal.
        if character.is_control() {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    match body.len() - text.len() {
        0 => shown,
        more => format!("{shown}… ({more} bytes more)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shortened_and_other_bodies_counted() {
        assert_eq!(excerpt(b""), "");
        assert_eq!(excerpt(b"{\"a\":\n\x1b1}"), "{\"a\":\\n\\u{1b}1}");
        assert_eq!(excerpt(&[0xff, 0xd8]), "(2 bytes)");
        let long = "é".repeat(3_000);
        let shown = excerpt(&long.as_bytes()[1..]);
        assert_eq!(shown, "(5999 bytes)");
        let shown = excerpt(format!("a{long}").as_bytes());
        assert!(shown.ends_with("é… (1906 bytes more)"), "{shown}");
    }
}
