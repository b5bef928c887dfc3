//! Rate limits of credentials, and of clients without a valid one.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use http::{HeaderName, HeaderValue};
use manyface_core::Subject;
use manyface_dialect::{Credentials, Dialect, Response, Route};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The number of requests after which keys with a full allowance are removed.
const REQUESTS_PER_SWEEP: u32 = 4_096;
const MINUTE: u64 = 60;

/// The limits of an operation, in requests per minute; `None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerMinute {
    /// Per credential, or per client address for an operation that ignores credentials.
    pub credential: Option<NonZeroU32>,
    /// Per client address: requests without a credential, and requests that end in 401.
    pub address: Option<NonZeroU32>,
}

/// Rate limits per operation, for each credential and for each client without a valid one. No
/// limits are applied by default.
///
/// All tokens of a user count as one credential; each API key counts separately. Limits apply to
/// this process and refill evenly. Memory is bounded: keys with a full allowance are removed
/// regularly.
#[derive(Default)]
pub struct RateLimits {
    operations: HashMap<(&'static str, &'static str), Operation>,
}

#[derive(Default)]
struct Operation {
    credentials: Option<Limit<Subject>>,
    addresses: Option<Limit<IpAddr>>,
}

struct Limit<K: Hash + Eq + Clone> {
    per_minute: NonZeroU32,
    /// The value of `RateLimit-Policy`.
    policy: HeaderValue,
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    requests: AtomicU32,
}

/// The remaining allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    per_minute: NonZeroU32,
    policy: HeaderValue,
    remaining: u32,
    /// The seconds until the next request is allowed; `None` if this one is.
    pub(crate) wait: Option<u64>,
}

impl RateLimits {
    /// Creates the limits of all operations of `dialects`. `per_minute` receives the dialect's name
    /// and the contract's limit per credential, and returns the limits.
    pub fn new<'a>(
        dialects: impl IntoIterator<Item = &'a Dialect>,
        per_minute: impl Fn(&str, Option<NonZeroU32>) -> PerMinute,
    ) -> Self {
        let mut operations = HashMap::new();
        for dialect in dialects {
            for route in &dialect.routes {
                let operation = Operation::new(route, per_minute(dialect.name, route.per_minute));
                operations.insert((dialect.name, route.id), operation);
            }
        }
        Self { operations }
    }

    /// Counts a request of `subject`, or of the client at `address` if the caller is anonymous.
    /// Returns `None` if the operation has no limit.
    pub(crate) fn take(
        &self,
        dialect: &'static str,
        operation: &'static str,
        subject: &Subject,
        address: impl FnOnce() -> IpAddr,
    ) -> Option<Allowance> {
        let operation = self.operations.get(&(dialect, operation))?;
        match subject {
            Subject::Anonymous => operation.take_address(address),
            Subject::User(_) | Subject::ApiKey(_) => {
                Some(operation.credentials.as_ref()?.take(subject))
            }
        }
    }

    /// Counts a request from `address` that ends in 401. Returns `None` if the operation has no
    /// limit.
    ///
    /// Credentials are verified before they are counted. Many clients may share an address, so
    /// rejected credentials do not block valid ones.
    pub(crate) fn take_rejected(
        &self,
        dialect: &'static str,
        operation: &'static str,
        address: impl FnOnce() -> IpAddr,
    ) -> Option<Allowance> {
        let operation = self.operations.get(&(dialect, operation))?;
        operation.take_address(address)
    }
}

impl Operation {
    fn new(route: &Route, per_minute: PerMinute) -> Self {
        let addresses = match route.credentials {
            Credentials::Required | Credentials::Optional => per_minute.address,
            Credentials::Ignored => per_minute.credential,
        };
        Self {
            credentials: per_minute.credential.map(Limit::new),
            addresses: addresses.map(Limit::new),
        }
    }

    fn take_address(&self, address: impl FnOnce() -> IpAddr) -> Option<Allowance> {
        Some(self.addresses.as_ref()?.take(&address()))
    }
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(per_minute));
        Self {
            per_minute,
            policy: policy(per_minute),
            limiter: limiter.with_middleware(),
            requests: AtomicU32::new(0),
        }
    }

    fn take(&self, key: &K) -> Allowance {
        if self.requests.fetch_add(1, Ordering::Relaxed) % REQUESTS_PER_SWEEP
            == REQUESTS_PER_SWEEP - 1
        {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let (remaining, wait) = match self.limiter.check_key(key) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => {
                let wait = until.wait_time_from(self.limiter.clock().now());
                (0, Some(whole_seconds(wait)))
            }
        };
        Allowance {
            per_minute: self.per_minute,
            policy: self.policy.clone(),
            remaining,
            wait,
        }
    }
}

fn policy(per_minute: NonZeroU32) -> HeaderValue {
    let text = format!("\"default\";q={per_minute};w={MINUTE}");
    HeaderValue::try_from(text).expect("numbers and quoted names are valid in a header")
}

/// Rounds up to whole seconds, at least one, because clients retry at once after zero.
fn whole_seconds(wait: Duration) -> u64 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + partial).max(1)
}

impl Allowance {
    /// Adds the headers with the remaining allowance (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn add_headers(self, response: Response) -> Response {
        let quota = u64::from(self.per_minute.get());
        let spent = quota.saturating_sub(self.remaining.into());
        let refilled = (spent * MINUTE).div_ceil(quota);
        let limit = format!("\"default\";r={};t={refilled}", self.remaining);
        response.with(POLICY, self.policy).with_text(LIMIT, &limit)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use manyface_core::{ApiKeyHolder, ProfileRef, TenantId};

    use super::*;

    fn user(name: &str) -> Subject {
        Subject::User(ProfileRef::Username(name.to_owned()))
    }

    #[test]
    fn each_subject_has_a_separate_allowance() {
        let limit = Limit::new(NonZeroU32::new(2).unwrap());
        let left = |subject: &Subject| {
            let allowance = limit.take(subject);
            (allowance.remaining, allowance.wait)
        };
        let (ada, bob) = (user("ada"), user("bob"));
        let key = Subject::ApiKey(ApiKeyHolder {
            id: "ada".to_owned(),
            tenant_id: TenantId(uuid::Uuid::nil()),
            app: None,
            accounts: Vec::new(),
            api_version: None,
        });
        assert_eq!(left(&ada), (1, None));
        assert_eq!(left(&ada), (0, None));
        let (remaining, wait) = left(&ada);
        assert_eq!(remaining, 0);
        assert!(wait.is_some_and(|seconds| (1..=30).contains(&seconds)));
        assert_eq!(left(&bob), (1, None));
        assert_eq!(left(&key), (1, None));
    }

    #[test]
    fn keys_with_a_full_allowance_are_removed() {
        let limit = Limit::new(NonZeroU32::new(1_000_000).unwrap());
        for client in 0..5 * REQUESTS_PER_SWEEP {
            limit.take(&client);
        }
        assert!(limit.limiter.len() < 2 * REQUESTS_PER_SWEEP as usize);
    }

    #[test]
    fn headers_report_the_remaining_allowance() {
        let allowance = Allowance {
            per_minute: NonZeroU32::new(600).unwrap(),
            policy: policy(NonZeroU32::new(600).unwrap()),
            remaining: 598,
            wait: None,
        };
        let response = allowance.add_headers(Response::empty(StatusCode::OK));
        assert_eq!(response.headers[POLICY], "\"default\";q=600;w=60");
        assert_eq!(response.headers[LIMIT], "\"default\";r=598;t=1");
    }

    #[test]
    fn waits_are_rounded_up_to_at_least_one_second() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(12)), 12);
    }
}
