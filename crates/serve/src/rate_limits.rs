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
/// After how many requests the callers are forgotten whose allowance is whole again.
const SWEEP: u32 = 4_096;
const MINUTE: u64 = 60;

/// How many requests a minute an operation takes; `None` for any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerMinute {
    /// For each credential, and for each client of an operation that ignores credentials.
    pub credential: Option<NonZeroU32>,
    /// Of each client, by its address: requests without a credential, and those that end in 401.
    pub address: Option<NonZeroU32>,
}

/// How many requests per minute each credential, and each client without a valid one, may send to each
/// operation. No limits are applied by default.
///
/// A credential is who it proves: two tokens of one user are one, two API keys are two. Allowances
/// are this process's own, and refill evenly. What is remembered is bounded by the requests of the
/// time in which one request's allowance refills.
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

/// The rest of an allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    per_minute: NonZeroU32,
    policy: HeaderValue,
    remaining: u32,
    /// The seconds after which the next request may come, where this one may not.
    pub(crate) wait: Option<u64>,
}

impl RateLimits {
    /// The operations of `dialects` with what is allowed: for each, `per_minute` gets the dialect's
    /// name and what the contract allows each credential.
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

    /// Counts a request of `subject`, or without a credential of the client at `address`;
    /// `None` where requests are not counted.
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

    /// Counts a request of the client at `address` that ends in 401; `None` where requests are not
    /// counted.
    ///
    /// A credential is verified before it is counted: a valid one is served however many invalid ones the
    /// same address sent, because many clients may share it.
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
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
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
    HeaderValue::try_from(text).expect("numbers and names are a header's value")
}

/// Rounded up, and at least one: a client would not wait for zero seconds.
fn whole_seconds(wait: Duration) -> u64 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + partial).max(1)
}

impl Allowance {
    /// `response` with the headers that say what is left (draft-ietf-httpapi-ratelimit-headers).
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
    fn clients_that_are_gone_are_forgotten() {
        let limit = Limit::new(NonZeroU32::new(1_000_000).unwrap());
        for client in 0..5 * SWEEP {
            limit.take(&client);
        }
        assert!(limit.limiter.len() < 2 * SWEEP as usize);
    }

    #[test]
    fn headers_say_what_is_left() {
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
    fn waiting_is_never_for_nothing() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(12)), 12);
    }
}
