//! Sockets that enforce a minimum read rate of clients.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use manyface_serve::ResponseProgress;
use rustix::net::{SendFlags, send, sockopt::set_socket_linger};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

use super::drain::Drain;

/// The maximum time between two checks of a client that does not read.
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// The maximum time without progress during shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The minimum rate at which clients must read.
#[derive(Clone, Debug)]
pub(super) struct MinimumReadRate {
    /// The interval over which the rate is measured. A slower client is disconnected.
    pub(super) interval: Duration,
    /// The minimum rate in bytes per second.
    pub(super) bytes_per_second: u32,
    /// The shutdown of the server.
    pub(super) drain: Drain,
}

/// The socket of a client's connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    rate: MinimumReadRate,
    /// The state while the client does not read.
    stall: Option<Box<Stall>>,
    progress: ResponseProgress,
}

#[derive(Debug)]
struct Stall {
    /// The start of the interval.
    since: Instant,
    /// The bytes that the client read in the interval.
    bytes: u64,
    /// The time of the last progress.
    progress: Instant,
    tick: Pin<Box<Sleep>>,
}

impl Socket {
    /// Creates a socket whose client must read at `rate`, and faster if others wait for the memory
    /// of the response in `progress`.
    pub(super) fn new(
        stream: TcpStream,
        rate: MinimumReadRate,
        progress: ResponseProgress,
    ) -> Self {
        Self {
            stream,
            rate,
            stall: None,
            progress,
        }
    }

    /// Writes as many of `bytes` as the socket accepts, or waits as long as the client keeps the
    /// rate.
    fn poll_stalled(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self {
            stream,
            rate,
            stall,
            progress,
            ..
        } = self;
        // A socket becomes writable once a third of its buffer is free, which takes a slow client
        // minutes. So the socket is tried at each check. Written bytes count as read once the
        // buffer has been full.
        match send(&*stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(written) => {
                if let Some(stall) = stall {
                    stall.count(written);
                }
                return Poll::Ready(Ok(written));
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(error) => return Poll::Ready(Err(error.into())),
        }
        let stall = stall.get_or_insert_with(|| Box::new(Stall::new(rate)));
        loop {
            ready!(stall.tick.as_mut().poll(context));
            stall.tick.as_mut().reset(Instant::now() + rate.tick());
            if !stall.keeps(rate, progress.required_rate()) {
                // The socket's buffer is discarded as well.
                let dropped = set_socket_linger(&*stream, Some(Duration::ZERO));
                tracing::debug!(?dropped, "disconnected a client that read too slowly");
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
    }
}

impl MinimumReadRate {
    fn tick(&self) -> Duration {
        (self.interval / 8).min(MAX_CHECK_INTERVAL)
    }
}

impl Stall {
    fn new(rate: &MinimumReadRate) -> Self {
        let now = Instant::now();
        Self {
            since: now,
            bytes: 0,
            progress: now,
            tick: Box::pin(sleep(rate.tick())),
        }
    }

    fn count(&mut self, written: usize) {
        if written > 0 {
            self.bytes += written as u64;
            self.progress = Instant::now();
        }
    }

    /// Returns whether the client keeps the minimum rate, and the rate `wanted` of bodies that wait
    /// for its response's memory, in bytes per second. Starts the next interval.
    fn keeps(&mut self, rate: &MinimumReadRate, wanted: Option<usize>) -> bool {
        let seconds = self.since.elapsed().as_secs();
        if wanted.is_some_and(|wanted| self.bytes < seconds.saturating_mul(wanted as u64)) {
            return false;
        }
        if rate.drain.is_draining() && self.progress.elapsed() >= DRAIN_TIMEOUT {
            return false;
        }
        if self.since.elapsed() < rate.interval {
            return true;
        }
        let least = u64::from(rate.bytes_per_second).saturating_mul(rate.interval.as_secs());
        if self.bytes < least.max(1) {
            return false;
        }
        self.since = Instant::now();
        self.bytes = 0;
        true
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Ok(written)) => {
                if let Some(stall) = &mut self.stall {
                    stall.count(written);
                }
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_stalled(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A flush follows the last write.
        self.stall = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clients_with_contended_memory_must_read_faster() {
        let rate = MinimumReadRate {
            interval: Duration::from_secs(60),
            bytes_per_second: 1,
            drain: Drain::default(),
        };
        let begun = |seconds, bytes| {
            let mut stall = Stall::new(&rate);
            stall.since -= Duration::from_secs(seconds);
            stall.bytes = bytes;
            stall
        };
        for (seconds, bytes, wanted, keeps) in [
            (30, 0, None, true),
            (30, 0, Some(1_000), false),
            (30, 29_999, Some(1_000), false),
            (30, 30_000, Some(1_000), true),
            (0, 0, Some(1_000), true),
            (1, 0, Some(1_000), false),
            (60, 59, None, false),
            (60, 60, None, true),
        ] {
            let kept = begun(seconds, bytes).keeps(&rate, wanted);
            assert_eq!(kept, keeps, "{seconds} s, {bytes} bytes, {wanted:?}");
        }
    }
}
