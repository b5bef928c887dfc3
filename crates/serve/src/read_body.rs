//! Reads request bodies, with limits of size, rate and memory.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{Version, header},
    web::Payload,
};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use manyface_dialect::Problem;
use tokio::time::{Instant, timeout};

use crate::body_memory::{Room, SMALL};

/// The interval between rate checks while other bodies wait for memory.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The minimum rate at which a request body must arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinimumBodyRate {
    /// The interval over which the rate is measured. A slower body is rejected (408).
    pub interval: Duration,
    /// The minimum rate in bytes per second.
    pub bytes_per_second: u32,
}

impl Default for MinimumBodyRate {
    /// Returns 1 KiB per second, measured over 30 seconds.
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            bytes_per_second: 1024,
        }
    }
}

/// The announced length of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// No body.
    None,
    /// A number of bytes.
    Of(u64),
    /// Unknown until the last chunk.
    Unknown,
}

impl BodyLength {
    /// Reads the length from the framing headers of `request`.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let headers = request.headers();
        let announced = headers.get(header::CONTENT_LENGTH);
        match announced.and_then(|length| length.to_str().ok()?.parse().ok()) {
            Some(0) => Self::None,
            Some(length) => Self::Of(length),
            // Without a framing header, an HTTP/1 request has no body (RFC 9112 §6.3); an HTTP/2
            // request may have one.
            None if headers.contains_key(header::TRANSFER_ENCODING) => Self::Unknown,
            None if request.version() >= Version::HTTP_2 => Self::Unknown,
            None => Self::None,
        }
    }

    /// Returns whether the body may need a memory reservation.
    pub(crate) fn is_large(self) -> bool {
        match self {
            Self::None => false,
            Self::Of(length) => length > SMALL as u64,
            Self::Unknown => true,
        }
    }
}

/// Reads a body of at most `limit` bytes and grows `room` as it arrives.
pub(crate) async fn read_body(
    mut payload: Payload,
    length: BodyLength,
    limit: usize,
    rate: MinimumBodyRate,
    room: &mut Room,
) -> Result<Bytes, Problem> {
    match length {
        BodyLength::None => return Ok(Bytes::new()),
        BodyLength::Of(length) if length > limit as u64 => return Err(Problem::TooLarge(limit)),
        BodyLength::Of(_) | BodyLength::Unknown => {}
    }
    let mut clock = RateMeter::new(rate);
    // A body of one segment, as most are, is not copied.
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(segment) = clock.next(&mut payload, room).await? {
        let arrived = first.len() + all.len() + segment.len();
        if arrived > limit {
            return Err(Problem::TooLarge(limit));
        }
        room.grow_to(arrived).await?;
        if first.is_empty() && all.is_empty() {
            first = segment;
        } else {
            // Allocate as much as is reserved, not the announced length.
            let wanted = arrived.next_multiple_of(SMALL) - all.len();
            all.reserve_exact(wanted.min(limit - all.len()));
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&segment);
        }
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

/// Measures and checks the rate at which a body arrives.
struct RateMeter {
    rate: MinimumBodyRate,
    /// The start of the interval.
    since: Instant,
    /// The bytes that arrived in the interval.
    bytes: u64,
    /// The start of the current check interval, and the bytes that arrived in it.
    tick: (Instant, usize),
}

impl RateMeter {
    fn new(rate: MinimumBodyRate) -> Self {
        let since = Instant::now();
        Self {
            rate,
            since,
            bytes: 0,
            tick: (since, 0),
        }
    }

    /// Returns the next segment, or `None` after the last one.
    async fn next(
        &mut self,
        payload: &mut Payload,
        room: &mut Room,
    ) -> Result<Option<Bytes>, Problem> {
        // Most segments have already arrived and need no timer.
        match payload.next().now_or_never() {
            None => {}
            Some(None) => return Ok(None),
            Some(Some(Err(_))) => return Err(Problem::Unreadable),
            Some(Some(Ok(segment))) => {
                self.count(&segment);
                return Ok(Some(segment));
            }
        }
        loop {
            let left = self.rate.interval.saturating_sub(self.since.elapsed());
            let time_left = if room.is_counted() {
                left.min(CHECK_INTERVAL)
            } else {
                left
            };
            match timeout(time_left, payload.next()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => return Err(Problem::Unreadable),
                Ok(Some(Ok(segment))) => {
                    self.count(&segment);
                    self.check_required_rate(room)?;
                    self.check_minimum_rate(self.rate.interval)?;
                    return Ok(Some(segment));
                }
                Err(_) => {
                    self.check_required_rate(room)?;
                    self.check_minimum_rate(self.rate.interval)?;
                }
            }
        }
    }

    fn count(&mut self, segment: &Bytes) {
        self.bytes += segment.len() as u64;
        self.tick.1 += segment.len();
    }

    /// Each second, checks the rate of a body for whose memory other bodies wait.
    fn check_required_rate(&mut self, room: &Room) -> Result<(), Problem> {
        let (since, bytes) = self.tick;
        if since.elapsed() < CHECK_INTERVAL {
            return Ok(());
        }
        self.tick = (Instant::now(), 0);
        match room.required_rate() {
            Some(least) if bytes < least => Err(Problem::TooSlow),
            Some(_) | None => Ok(()),
        }
    }

    /// After each `interval`, checks the minimum rate.
    fn check_minimum_rate(&mut self, interval: Duration) -> Result<(), Problem> {
        let elapsed = self.since.elapsed();
        if elapsed < interval {
            return Ok(());
        }
        let least = u64::from(self.rate.bytes_per_second).saturating_mul(interval.as_secs());
        if self.bytes < least.max(1) {
            return Err(Problem::TooSlow);
        }
        self.since = Instant::now();
        self.bytes = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use manyface_core::{ProfileRef, Subject};

    use super::*;
    use crate::body_memory::{BodyMemory, Owner};

    fn user(name: &str) -> Owner {
        let name = ProfileRef::Username(name.to_owned());
        Owner::Subject(Subject::User(name))
    }

    /// Returns a meter of a body of which `bytes` arrived in the last second.
    fn clock(bytes: usize) -> RateMeter {
        let mut clock = RateMeter::new(MinimumBodyRate::default());
        clock.tick = (clock.since - CHECK_INTERVAL, bytes);
        clock
    }

    #[actix_web::test]
    async fn slow_bodies_lose_their_memory_to_waiting_ones() {
        let memory = Arc::new(BodyMemory::new(16 * SMALL));
        let mut slow = Vec::new();
        for name in ["ada", "bob", "cy", "di"] {
            let mut room = memory.room(user(name));
            let grown = room.grow_to(4 * SMALL).now_or_never();
            assert_eq!(grown, Some(Ok(())));
            // No other body waits yet.
            assert!(clock(1).check_required_rate(&room).is_ok());
            slow.push(room);
        }
        let mut late = memory.room(user("late"));
        let mut served = Box::pin(late.grow_to(4 * SMALL));
        assert!(futures_util::poll!(served.as_mut()).is_pending());
        for room in &slow {
            let least = room.required_rate().unwrap();
            assert!(least > 1);
            assert!(clock(least).check_required_rate(room).is_ok());
            let late = clock(least - 1).check_required_rate(room);
            assert!(matches!(late, Err(Problem::TooSlow)));
        }
        // A rejected body drops its room.
        slow.pop();
        assert_eq!(served.now_or_never(), Some(Ok(())));
        // No other body waits any more.
        assert!(clock(1).check_required_rate(&slow[0]).is_ok());
    }
}
