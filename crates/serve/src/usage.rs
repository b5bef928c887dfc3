//! Usage counts of a process, in memory.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use manyface_core::{Caller, Field, FieldUsage, Timestamp, UsageCount, UsageKey};

/// The maximum number of different uses between two flushes. Further ones are counted without
/// client and user agent.
const MAX_KEYS: usize = 4_096;
/// The maximum number of different user agents of a process. Further ones are counted as `other`.
const MAX_AGENTS: usize = 256;
/// The maximum length of the family of a user agent, in bytes.
const MAX_AGENT_BYTES: usize = 32;

/// Counts the use of operations and fields. The owner stores the counts periodically.
#[derive(Debug, Default)]
pub struct UsageCounter {
    /// By the hash of the key.
    counts: Mutex<HashMap<u64, UsageCount>>,
    agents: Mutex<HashSet<String>>,
    hasher: RandomState,
}

/// A use, by reference.
#[derive(Clone, Copy, Hash)]
struct Use<'a> {
    dialect: &'a str,
    operation: &'a str,
    api_version: &'a str,
    field: &'a str,
    client: &'a str,
    agent: &'a str,
}

impl Use<'_> {
    fn to_key(self) -> UsageKey {
        UsageKey {
            dialect: self.dialect.to_owned(),
            operation: self.operation.to_owned(),
            api_version: self.api_version.to_owned(),
            field: self.field.to_owned(),
            client: self.client.to_owned(),
            agent: self.agent.to_owned(),
        }
    }
}

impl UsageCounter {
    /// Counts a successful request of `caller` for an operation.
    pub(crate) fn count_request(
        &self,
        dialect: &str,
        operation: &str,
        api_version: &str,
        caller: &Caller,
        user_agent: &str,
        at: Timestamp,
    ) {
        let request = Use {
            dialect,
            operation,
            api_version,
            field: "",
            client: caller.client(),
            agent: self.agent(family(user_agent)),
        };
        self.count(request, at);
    }

    fn agent<'a>(&self, family: &'a str) -> &'a str {
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if agents.contains(family) {
            return family;
        }
        if agents.len() >= MAX_AGENTS {
            return "other";
        }
        agents.insert(family.to_owned());
        family
    }

    fn count(&self, mut used: Use<'_>, at: Timestamp) {
        let mut counts = self.counts();
        let mut hash = self.hasher.hash_one(used);
        if counts.len() >= MAX_KEYS && !counts.contains_key(&hash) {
            used = Use {
                client: "",
                agent: "",
                ..used
            };
            hash = self.hasher.hash_one(used);
        }
        let count = counts.entry(hash).or_insert_with(|| UsageCount {
            key: used.to_key(),
            requests: 0,
            first_seen: at,
            last_seen: at,
        });
        count.requests += 1;
        count.last_seen = count.last_seen.max(at);
    }

    /// Returns the counts since the last call, and removes them.
    pub fn take(&self) -> Vec<UsageCount> {
        let counts = std::mem::take(&mut *self.counts());
        counts.into_values().collect()
    }

    /// Adds counts that could not be stored.
    pub fn restore(&self, unsaved: Vec<UsageCount>) {
        let mut counts = self.counts();
        for unsaved in unsaved {
            let key = &unsaved.key;
            let hash = self.hasher.hash_one(Use {
                dialect: &key.dialect,
                operation: &key.operation,
                api_version: &key.api_version,
                field: &key.field,
                client: &key.client,
                agent: &key.agent,
            });
            let count = counts.entry(hash).or_insert_with(|| UsageCount {
                requests: 0,
                ..unsaved.clone()
            });
            count.requests += unsaved.requests;
            count.first_seen = count.first_seen.min(unsaved.first_seen);
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<u64, UsageCount>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FieldUsage for UsageCounter {
    fn count_fields(&self, dialect: &str, caller: &Caller, fields: &[Field], at: Timestamp) {
        for field in fields {
            let write = Use {
                dialect,
                operation: "",
                api_version: "",
                field: field.as_str(),
                client: caller.client(),
                agent: "",
            };
            self.count(write, at);
        }
    }
}

/// Returns the name of the first product of a `User-Agent` (RFC 9110 §10.1.5), or `other` if it is
/// not a short token.
fn family(user_agent: &str) -> &str {
    let product = user_agent.split(['/', ' ']).next().unwrap_or_default();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if product.len() <= MAX_AGENT_BYTES && product.bytes().all(is_token) {
        product
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(counter: &UsageCounter, client: &str, agent: &str) {
        let mut caller = Caller::anonymous();
        caller.client = Some(client.to_owned());
        counter.count_request("d", "op", "1", &caller, agent, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn requests_are_counted_by_client_and_agent() {
        let counter = UsageCounter::default();
        for (client, agent) in [("a", "okhttp/4.9"), ("a", "okhttp/5"), ("b", "okhttp/4.9")] {
            count(&counter, client, agent);
        }
        counter.count_fields(
            "d",
            &Caller::anonymous(),
            &[Field::Bio],
            Timestamp::UNIX_EPOCH,
        );
        let mut counts = counter.take();
        counts.sort_by(|a, b| a.key.cmp(&b.key));
        let seen: Vec<_> = counts
            .iter()
            .map(|count| {
                (
                    &*count.key.field,
                    &*count.key.client,
                    &*count.key.agent,
                    count.requests,
                )
            })
            .collect();
        let expected = [
            ("bio", "", "", 1),
            ("", "a", "okhttp", 2),
            ("", "b", "okhttp", 1),
        ];
        assert_eq!(seen, expected);
        assert_eq!(counter.take(), []);
        counter.restore(counts.clone());
        count(&counter, "b", "okhttp/4.9");
        let total: u64 = counter.take().iter().map(|count| count.requests).sum();
        assert_eq!(total, 5);
    }

    #[test]
    fn agents_are_reduced_to_a_family() {
        for (agent, expected) in [
            ("okhttp/4.9.3", "okhttp"),
            ("Mozilla/5.0 (X11)", "Mozilla"),
            ("curl", "curl"),
            ("", ""),
            ("a<script>", "other"),
            (&"a".repeat(33), "other"),
        ] {
            assert_eq!(family(agent), expected, "{agent}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let counter = UsageCounter::default();
        for number in 0..2 * MAX_KEYS {
            count(&counter, &number.to_string(), &format!("agent{number}"));
        }
        assert!(counter.agents.lock().unwrap().len() <= MAX_AGENTS);
        let counts = counter.take();
        assert!(counts.len() <= MAX_KEYS + 1);
        let total: u64 = counts.iter().map(|count| count.requests).sum();
        assert_eq!(total, 2 * MAX_KEYS as u64);
    }
}
