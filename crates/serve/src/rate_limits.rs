//! How often a credential may be used.

use std::{
    collections::HashMap,
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
use http::HeaderName;
use manyface_core::Subject;
use manyface_dialect::{Credentials, Dialect, Reply};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// After how many requests those are forgotten who have not come for a while.
const SWEEP: u32 = 4_096;
const MINUTE: u64 = 60;

type Limiter =
    RateLimiter<Subject, DashMapStateStore<Subject>, DefaultClock, StateInformationMiddleware>;

/// How many requests a minute each credential may send to each operation. The default is: any
/// number.
///
/// A credential is who it proves: two tokens of one user are one, two API keys are two. Allowances
/// are this process's own, and refill evenly.
#[derive(Default)]
pub struct RateLimits {
    operations: HashMap<(&'static str, &'static str), Operation>,
}

struct Operation {
    per_minute: NonZeroU32,
    limiter: Limiter,
    requests: AtomicU32,
}

/// What is left of a credential's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    per_minute: NonZeroU32,
    remaining: u32,
    /// The seconds after which the next request may come, where this one may not.
    pub(crate) wait: Option<u64>,
}

impl RateLimits {
    /// The operations of `dialects` with what is allowed: for each, `per_minute` gets the dialect's
    /// name and what the contract allows.
    pub fn new<'a>(
        dialects: impl IntoIterator<Item = &'a Dialect>,
        per_minute: impl Fn(&str, Option<NonZeroU32>) -> Option<NonZeroU32>,
    ) -> Self {
        let mut operations = HashMap::new();
        for dialect in dialects {
            for route in dialect
                .routes
                .iter()
                .filter(|route| route.credentials != Credentials::Ignored)
            {
                if let Some(per_minute) = per_minute(dialect.name, route.per_minute) {
                    let key = (dialect.name, route.id);
                    operations.insert(key, Operation::new(per_minute));
                }
            }
        }
        Self { operations }
    }

    /// Counts a request; `None` where nobody counts.
    pub(crate) fn take(
        &self,
        dialect: &'static str,
        operation: &'static str,
        subject: &Subject,
    ) -> Option<Allowance> {
        let operation = self.operations.get(&(dialect, operation))?;
        Some(operation.take(subject))
    }
}

impl Operation {
    fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(per_minute));
        Self {
            per_minute,
            limiter: limiter.with_middleware(),
            requests: AtomicU32::new(0),
        }
    }

    fn take(&self, subject: &Subject) -> Allowance {
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
        }
        let (remaining, wait) = match self.limiter.check_key(subject) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => {
                let wait = until.wait_time_from(self.limiter.clock().now());
                (0, Some(whole_seconds(wait)))
            }
        };
        Allowance {
            per_minute: self.per_minute,
            remaining,
            wait,
        }
    }
}

/// Rounded up, and at least one: a client told to wait for nothing would not wait.
fn whole_seconds(wait: Duration) -> u64 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + partial).max(1)
}

impl Allowance {
    /// `reply` with the headers that say what is left (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn told(self, reply: Reply) -> Reply {
        let quota = u64::from(self.per_minute.get());
        let spent = quota.saturating_sub(self.remaining.into());
        let refilled = (spent * MINUTE).div_ceil(quota);
        let policy = format!("\"default\";q={quota};w={MINUTE}");
        let limit = format!("\"default\";r={};t={refilled}", self.remaining);
        reply.with_text(POLICY, &policy).with_text(LIMIT, &limit)
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
    fn each_subject_has_an_allowance_of_its_own() {
        let operation = Operation::new(NonZeroU32::new(2).unwrap());
        let left = |subject: &Subject| {
            let allowance = operation.take(subject);
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
    fn headers_say_what_is_left() {
        let allowance = Allowance {
            per_minute: NonZeroU32::new(600).unwrap(),
            remaining: 598,
            wait: None,
        };
        let reply = allowance.told(Reply::empty(StatusCode::OK));
        assert_eq!(reply.headers[POLICY], "\"default\";q=600;w=60");
        assert_eq!(reply.headers[LIMIT], "\"default\";r=598;t=1");
    }

    #[test]
    fn waiting_is_never_for_nothing() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(12)), 12);
    }
}
