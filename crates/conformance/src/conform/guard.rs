//! A user whose requests are rate-limited, retried and counted.

use std::time::{Duration, Instant};

use super::rate_limit::{RateLimit, wait_until};
use crate::{Failure, Request, Response, Stop, User};

/// The longest `Retry-After` that is respected.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);
/// The maximum number of waits for one request.
const MAX_WAITS: usize = 3;

/// A user whose requests keep the rate limit, wait after a 429, end with the run,
/// and do not write where nothing may.
pub(crate) struct Guard<'a> {
    pub(crate) inner: &'a dyn User,
    pub(crate) rate_limit: &'a RateLimit,
    pub(crate) may_write: bool,
}

impl User for Guard<'_> {
    fn token(&self) -> &str {
        self.inner.token()
    }

    fn others(&self) -> &[(&'static str, String)] {
        self.inner.others()
    }

    fn label(&self) -> String {
        self.inner.label()
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.send_until(request, &Stop::default())
    }

    fn send_until(&self, request: &Request, stop: &Stop) -> Result<Response, Failure> {
        if !self.may_write && !matches!(&*request.method, "GET" | "HEAD" | "OPTIONS") {
            let method = &request.method;
            let problem = format!("{method} could write, which is not allowed: nothing was sent");
            return Err(Failure::Template(problem));
        }
        let mut waits = 0;
        loop {
            self.rate_limit.wait(stop);
            if stop.is_set() {
                return Err(Failure::Stopped);
            }
            let response = self.inner.send_until(request, stop)?;
            match wait(&response).filter(|_| waits < MAX_WAITS) {
                Some(wait) => wait_until(Instant::now() + wait, stop),
                None => return Ok(response),
            }
            waits += 1;
        }
    }
}

/// Returns the `Retry-After` of a response, if it is in seconds.
fn wait(response: &Response) -> Option<Duration> {
    let after = response.header("retry-after")?;
    let wait = Duration::from_secs(after.parse().ok()?);
    (response.status == 429 && wait <= MAX_RETRY_AFTER).then_some(wait)
}
