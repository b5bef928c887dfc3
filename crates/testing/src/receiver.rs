//! An HTTP server that records requests, and responds as a test demands.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// The timeout of a request, sufficient on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A request that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Received {
    /// Returns the value of a header.
    ///
    /// # Panics
    ///
    /// If it is missing.
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.head.lines().filter_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        });
        values.next().expect(name)
    }
}

/// A response to a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status and further headers, each of which ends with CR LF.
    Status(u16, String),
    /// No response; the connection stays open.
    Hang,
    /// The connection is closed without a response.
    Close,
}

/// A server on a free port of this machine.
pub struct Receiver {
    /// The host and the port.
    pub authority: String,
    received: mpsc::Receiver<Received>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Receiver {
    /// Starts a server that accepts every request with 204.
    ///
    /// # Panics
    ///
    /// If no port can be bound.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let authority = listener.local_addr().expect("it is bound").to_string();
        let (sender, received) = mpsc::channel();
        let replies: Arc<Mutex<VecDeque<Reply>>> = Arc::default();
        let scripted = Arc::clone(&replies);
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(request) = read(&stream) else {
                    continue;
                };
                let mut replies = scripted.lock().unwrap_or_else(PoisonError::into_inner);
                let reply = replies.pop_front();
                drop(replies);
                if sender.send(request).is_err() {
                    return;
                }
                open.extend(respond(stream, reply));
            }
        });
        Self {
            authority,
            received,
            replies,
        }
    }

    /// Sets the responses to the next requests.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        let mut scripted = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        scripted.extend(replies);
    }

    /// Waits for the next request.
    ///
    /// # Panics
    ///
    /// If none arrives within a minute.
    pub fn next(&self) -> Received {
        let received = self.received.recv_timeout(TIMEOUT);
        received.expect("a request arrives within a minute")
    }

    /// Returns whether a request has arrived that [`Self::next`] has not returned.
    pub fn has_more(&self) -> bool {
        self.received.try_recv().is_ok()
    }
}

fn read(stream: &TcpStream) -> Option<Received> {
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Received {
        head: head.trim_end().to_owned(),
        body: String::from_utf8(body).ok()?,
    })
}

/// Responds, and returns the stream if it stays open.
fn respond(mut stream: TcpStream, reply: Option<Reply>) -> Option<TcpStream> {
    let (status, headers) = match reply {
        None => (204, String::new()),
        Some(Reply::Status(status, headers)) => (status, headers),
        Some(Reply::Hang) => return Some(stream),
        Some(Reply::Close) => return None,
    };
    let text =
        format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n");
    // The client may have closed the connection.
    let written = stream.write_all(text.as_bytes());
    drop(written);
    None
}
