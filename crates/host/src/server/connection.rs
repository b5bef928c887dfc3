//! Connections whose clients must read what they asked for.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
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

use super::upgrade::UpgradeFilter;

/// The longest time between two checks of a client that does not read.
const LONGEST_TICK: Duration = Duration::from_secs(1);
/// How long a client may read nothing while the server shuts down.
const WHILE_DRAINING: Duration = Duration::from_secs(5);

/// How fast clients must read.
#[derive(Clone, Debug)]
pub(super) struct MinimumReadRate {
    /// The time in which a part must be read. A client that reads less is disconnected.
    pub(super) interval: Duration,
    /// The least bytes a second, over each interval.
    pub(super) bytes_per_second: u32,
    /// Whether the server shuts down.
    pub(super) is_draining: Arc<AtomicBool>,
}

/// A client's connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    upgrades: UpgradeFilter,
    rate: MinimumReadRate,
    /// The state of a client that does not read.
    stall: Option<Box<Stall>>,
    progress: ResponseProgress,
}

#[derive(Debug)]
struct Stall {
    /// When the interval began.
    since: Instant,
    /// The bytes that the client has read in it.
    bytes: u64,
    /// When the client took something.
    progress: Instant,
    tick: Pin<Box<Sleep>>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, rate: MinimumReadRate) -> Self {
        Self {
            stream,
            upgrades: UpgradeFilter::default(),
            rate,
            stall: None,
            progress: ResponseProgress::default(),
        }
    }

    /// The progress of the response on this connection.
    pub(super) fn progress(&self) -> ResponseProgress {
        self.progress.clone()
    }

    /// Writes what the system still takes of `bytes`, or waits for as long as the client keeps the
    /// rate.
    fn poll_stalled(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self {
            stream,
            rate,
            stall,
            progress,
            ..
        } = self;
        // The system says that a socket can be written to once a third of its buffer is free. A slow
        // client has then read for minutes, so the socket is tried each time. What it takes counts
        // once its buffer has been full: only then the client has read.
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
                // What is in the socket's buffer is dropped as well.
                let dropped = set_socket_linger(&*stream, Some(Duration::ZERO));
                tracing::debug!(?dropped, "a client did not read its response in time");
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
    }
}

impl MinimumReadRate {
    fn tick(&self) -> Duration {
        (self.interval / 8).min(LONGEST_TICK)
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

    /// Whether the client reads fast enough, also for those who want the memory of its response back
    /// at `wanted` bytes a second; begins the next interval.
    fn keeps(&mut self, rate: &MinimumReadRate, wanted: Option<usize>) -> bool {
        let seconds = self.since.elapsed().as_secs();
        if wanted.is_some_and(|wanted| self.bytes < seconds.saturating_mul(wanted as u64)) {
            return false;
        }
        if rate.is_draining.load(Ordering::Relaxed) && self.progress.elapsed() >= WHILE_DRAINING {
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

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Some(new) = buffer.filled_mut().get_mut(before..) {
            self.upgrades.pass(new);
        }
        read
    }
}

impl AsyncWrite for Connection {
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
        // It is called once all that there was has been written.
        self.stall = None;
        self.progress.notify_sent();
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
    async fn a_client_that_holds_contended_memory_must_read_faster() {
        let rate = MinimumReadRate {
            interval: Duration::from_secs(60),
            bytes_per_second: 1,
            is_draining: Arc::default(),
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
