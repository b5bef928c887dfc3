//! Usage counts in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::MemoryProfiles;
use crate::{Result, UsageCount, UsageFilter, UsageStore};

#[async_trait]
impl UsageStore for MemoryProfiles {
    async fn add_usage(&self, counts: &[UsageCount]) -> Result<()> {
        let mut state = self.state();
        for count in counts {
            let stored = state.usage.entry(count.key.clone());
            let stored = stored.or_insert_with(|| UsageCount {
                requests: 0,
                ..count.clone()
            });
            stored.requests += count.requests;
            stored.first_seen = stored.first_seen.min(count.first_seen);
            stored.last_seen = stored.last_seen.max(count.last_seen);
        }
        Ok(())
    }

    async fn usage(&self, filter: &UsageFilter) -> Result<Vec<UsageCount>> {
        let UsageFilter {
            dialect,
            field,
            client,
        } = filter;
        let state = self.state();
        let counts = state.usage.values().filter(|count| {
            let key = &count.key;
            dialect
                .as_ref()
                .is_none_or(|dialect| *dialect == key.dialect)
                && field.as_ref().is_none_or(|field| *field == key.field)
                && client.as_ref().is_none_or(|client| *client == key.client)
        });
        Ok(counts.cloned().collect())
    }

    async fn purge_usage(&self, at: Timestamp) -> Result<u64> {
        let mut state = self.state();
        let before = state.usage.len();
        state.usage.retain(|_, count| count.last_seen >= at);
        Ok((before - state.usage.len()) as u64)
    }
}
