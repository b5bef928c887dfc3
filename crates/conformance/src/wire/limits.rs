//! The time limits of a request.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::Stop;

/// The polling interval while reading from the socket.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// When a request ends without a response.
pub(crate) struct Limits<'a> {
    timeout: Duration,
    until: Instant,
    stop: Option<&'a Stop>,
}

impl<'a> Limits<'a> {
    /// Creates limits that end after `timeout`, or when `stop` is set.
    pub(crate) fn new(timeout: Duration, stop: Option<&'a Stop>) -> Self {
        Self {
            timeout,
            until: Instant::now() + timeout,
            stop,
        }
    }

    /// Returns whether `stop` ended the request.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.is_some_and(Stop::is_set)
    }

    /// Returns the remaining time; never zero, which means no limit to a socket.
    pub(crate) fn left(&self) -> Duration {
        let left = self.until.saturating_duration_since(Instant::now());
        left.max(Duration::from_millis(1))
    }

    /// Returns the time until the next poll, or an error if the limit is reached.
    pub(crate) fn slice(&self) -> io::Result<Duration> {
        if self.is_stopped() {
            return Err(io::Error::other("stopped"));
        }
        if Instant::now() >= self.until {
            let seconds = self.timeout.as_secs_f64();
            let problem = format!("no whole response within {seconds} s");
            return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
        }
        Ok(self.left().min(POLL_INTERVAL))
    }
}

/// A connection that ends when its limits say so, even if the server sends one byte at a time.
pub(crate) struct Limited<'a> {
    stream: &'a TcpStream,
    limits: &'a Limits<'a>,
}

impl<'a> Limited<'a> {
    pub(crate) fn new(stream: &'a TcpStream, limits: &'a Limits<'a>) -> Self {
        Self { stream, limits }
    }
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let slice = self.limits.slice()?;
            self.stream.set_read_timeout(Some(slice))?;
            match self.stream.read(buffer) {
                Err(error) if is_silence(&error) => {}
                read => return read,
            }
        }
    }
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let slice = self.limits.slice()?;
            self.stream.set_write_timeout(Some(slice))?;
            match self.stream.write(bytes) {
                Err(error) if is_silence(&error) => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Returns whether a read timed out; platforms report different kinds.
fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
