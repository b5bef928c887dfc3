//! `Upgrade` is ignored (RFC 9110 §7.8).
//!
//! The HTTP library closes a connection after a request with `Connection: upgrade`, and treats a
//! request for `websocket` as an endless stream. Clients send such requests routinely: the JDK's
//! client offers HTTP/2 with each first request.

use memchr::memchr;

/// Parses the requests of a connection and disables upgrades: replaces a letter of the option
/// `upgrade` in `Connection`, and of the protocol in `Upgrade`. Bodies pass unchanged, and no byte
/// is delayed.
///
/// A request that the library rejects closes its connection, so later bytes are irrelevant.
#[derive(Debug, Default)]
pub(super) struct UpgradeFilter {
    state: State,
    /// The received part of a header's name, in lower case.
    name: [u8; MAX_NAME_LENGTH],
    /// The body's length according to `Content-Length`.
    length: u64,
    is_chunked: bool,
}

/// The length of `transfer-encoding`.
const MAX_NAME_LENGTH: usize = 17;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// At the start of a request line.
    #[default]
    Start,
    /// In the request line.
    RequestLine,
    /// At the start of a header line.
    LineStart,
    /// In a header's name, with the number of received bytes.
    Name(usize),
    /// In the rest of an irrelevant line.
    Skip,
    /// In the value of `Connection`, with the number of matched letters of `upgrade`.
    Connection(usize),
    /// Before the value of `Upgrade`.
    Upgrade,
    /// In the value of `Content-Length`.
    Length,
    /// In the value of `Transfer-Encoding`, with the number of matched letters of `chunked`.
    Encoding(usize),
    /// In a body, with the number of remaining bytes.
    Body(u64),
    /// In a chunk's size, with its value so far.
    ChunkSize(u64),
    /// In a chunk's extensions, with the chunk's size.
    ChunkExtension(u64),
    /// In a chunk, with the number of remaining bytes.
    Chunk(u64),
    /// Before the line end after a chunk.
    ChunkEnd,
    /// At the start of a trailer line.
    TrailerStart,
    /// In a trailer line.
    Trailer,
}

impl UpgradeFilter {
    /// Filters the next bytes of the connection.
    pub(super) fn filter(&mut self, bytes: &mut [u8]) {
        let mut at = 0;
        while let Some(rest) = bytes.get_mut(at..).filter(|rest| !rest.is_empty()) {
            at += self.step(rest);
        }
    }

    /// Filters some of `rest`, which is not empty; returns the number of bytes.
    fn step(&mut self, rest: &mut [u8]) -> usize {
        let (state, passed) = match self.state {
            State::RequestLine => line(rest, State::LineStart, State::RequestLine),
            State::Skip => line(rest, State::LineStart, State::Skip),
            State::Trailer => line(rest, State::TrailerStart, State::Trailer),
            State::ChunkEnd => line(rest, State::ChunkSize(0), State::ChunkEnd),
            State::ChunkExtension(size) => {
                line(rest, after_size(size), State::ChunkExtension(size))
            }
            State::Body(left) => data(rest, left, State::Start, State::Body),
            State::Chunk(left) => data(rest, left, State::ChunkEnd, State::Chunk),
            State::Start
            | State::LineStart
            | State::Name(_)
            | State::Connection(_)
            | State::Upgrade
            | State::Length
            | State::Encoding(_)
            | State::ChunkSize(_)
            | State::TrailerStart => (self.byte(&mut rest[0]), 1),
        };
        self.state = state;
        passed
    }

    fn byte(&mut self, byte: &mut u8) -> State {
        let is_end = *byte == b'\n';
        match self.state {
            // Empty lines before a request are skipped (RFC 9112 §2.2).
            State::Start if matches!(*byte, b'\r' | b'\n') => State::Start,
            State::Start => {
                self.length = 0;
                self.is_chunked = false;
                State::RequestLine
            }
            State::LineStart if is_end => self.after_head(),
            State::LineStart if *byte == b'\r' => State::LineStart,
            State::LineStart => match byte.to_ascii_lowercase() {
                first @ (b'c' | b't' | b'u') => {
                    self.name[0] = first;
                    State::Name(1)
                }
                _ => State::Skip,
            },
            State::Name(length) if *byte == b':' => match &self.name[..length] {
                b"connection" => State::Connection(0),
                b"upgrade" => State::Upgrade,
                b"content-length" => State::Length,
                b"transfer-encoding" => State::Encoding(0),
                _ => State::Skip,
            },
            State::Name(_)
            | State::Connection(_)
            | State::Upgrade
            | State::Length
            | State::Encoding(_)
                if is_end =>
            {
                State::LineStart
            }
            State::Name(MAX_NAME_LENGTH) => State::Skip,
            State::Name(length) => {
                self.name[length] = byte.to_ascii_lowercase();
                State::Name(length + 1)
            }
            State::Connection(letters) => match word(*b"upgrade", letters, *byte) {
                7 => {
                    *byte = b'-';
                    State::Connection(0)
                }
                letters => State::Connection(letters),
            },
            State::Upgrade if matches!(*byte, b' ' | b'\t' | b'\r') => State::Upgrade,
            State::Upgrade => {
                *byte = b'-';
                State::Skip
            }
            State::Length => {
                if byte.is_ascii_digit() {
                    let digit = u64::from(*byte - b'0');
                    self.length = self.length.saturating_mul(10).saturating_add(digit);
                }
                State::Length
            }
            State::Encoding(letters) => match word(*b"chunked", letters, *byte) {
                7 => {
                    self.is_chunked = true;
                    State::Skip
                }
                letters => State::Encoding(letters),
            },
            State::ChunkSize(size) => match (*byte as char).to_digit(16) {
                Some(digit) => State::ChunkSize((size << 4) | u64::from(digit)),
                None if is_end => after_size(size),
                None => State::ChunkExtension(size),
            },
            State::TrailerStart if is_end => State::Start,
            State::TrailerStart if *byte == b'\r' => State::TrailerStart,
            State::TrailerStart => State::Trailer,
            state @ (State::RequestLine
            | State::Skip
            | State::Trailer
            | State::ChunkEnd
            | State::ChunkExtension(_)
            | State::Body(_)
            | State::Chunk(_)) => state,
        }
    }

    /// Returns the state after the empty line.
    fn after_head(&self) -> State {
        if self.is_chunked {
            State::ChunkSize(0)
        } else if self.length == 0 {
            State::Start
        } else {
            State::Body(self.length)
        }
    }
}

/// Skips to the end of a line.
fn line(rest: &[u8], then: State, within: State) -> (State, usize) {
    match memchr(b'\n', rest) {
        Some(end) => (then, end + 1),
        None => (within, rest.len()),
    }
}

/// Skips `left` bytes.
fn data(rest: &[u8], left: u64, then: State, within: fn(u64) -> State) -> (State, usize) {
    let there = rest.len() as u64;
    if there < left {
        (within(left - there), rest.len())
    } else {
        (then, usize::try_from(left).unwrap_or(rest.len()))
    }
}

fn after_size(size: u64) -> State {
    if size == 0 {
        State::TrailerStart
    } else {
        State::Chunk(size)
    }
}

/// Returns the number of matched letters of `word` after `byte`, ignoring case.
fn word(word: [u8; 7], letters: usize, byte: u8) -> usize {
    let byte = byte.to_ascii_lowercase();
    if word[letters] == byte {
        letters + 1
    } else {
        usize::from(word[0] == byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filters `text` as a whole and in pieces of each size.
    fn check(text: &str, expected: &str) {
        for size in 1..=text.len() {
            let mut filter = UpgradeFilter::default();
            let mut bytes = text.as_bytes().to_vec();
            for piece in bytes.chunks_mut(size) {
                filter.filter(piece);
            }
            let passed = String::from_utf8(bytes).unwrap();
            assert_eq!(passed, expected, "in pieces of {size}");
            assert_eq!(filter.state, State::Start, "{text}");
        }
    }

    #[test]
    fn upgrades_are_disabled() {
        check(
            "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: Upgrad-, HTTP2-Settings\r\nUpgrade: -2c\r\n\r\n",
        );
        check(
            "GET / HTTP/1.1\nCONNECTION:keep-alive,upgrade\nupgrade:websocket\n\n",
            "GET / HTTP/1.1\nCONNECTION:keep-alive,upgrad-\nupgrade:-ebsocket\n\n",
        );
        check(
            "\r\nGET / HTTP/1.1\r\nconnection: UPGRADE\r\nConnection: uupgrade\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nconnection: UPGRAD-\r\nConnection: uupgrad-\r\n\r\n",
        );
    }

    #[test]
    fn other_bytes_pass_unchanged() {
        let head = "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        let masked = "Connection: upgrad-\r\nUpgrade: -ebsocket\r\n\r\n";
        for (before, body) in [
            ("POST / HTTP/1.1\r\nContent-Length: 45\r\n\r\n", head),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n",
                "2D;a=\"b\"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\r\n\
                 0\r\nUpgrade: trailer\r\n\r\n",
            ),
            ("GET /upgrade HTTP/1.1\r\nX-Upgrade: upgrade\r\n\r\n", ""),
            ("GET / HTTP/1.1\r\nConnection: close, upgrad\r\n\r\n", ""),
            ("GET / HTTP/1.1\r\ntransfer-encoding-x: chunked\r\n\r\n", ""),
        ] {
            // The head after a body is filtered again.
            let next = format!("GET / HTTP/1.1\r\n{head}");
            let masked = format!("GET / HTTP/1.1\r\n{masked}");
            check(
                &format!("{before}{body}{next}"),
                &format!("{before}{body}{masked}"),
            );
        }
    }
}
