//! Searches for users in memory.

use super::State;
use crate::{Profile, UserOrder, UserPage, UserQuery};

impl State {
    /// Implements [`crate::AdminRepository::search`]. The number of a change is its place in the
    /// order of all latest changes.
    pub(super) fn search(&self, query: &UserQuery) -> UserPage {
        let is_match = |profile: &&Profile| query.matches(profile);
        let number = |profile: &Profile| {
            let position = self
                .order_of_changes
                .iter()
                .rposition(|id| *id == profile.id);
            position.map_or(0, |position| {
                i64::try_from(position + 1).unwrap_or(i64::MAX)
            })
        };
        let place = |profile: &Profile| {
            let cursor = query.cursor(profile, number(profile));
            let change = match query.order {
                UserOrder::ChangedSince(_) => number(profile),
                UserOrder::Id | UserOrder::Username(_) | UserOrder::Email(_) => 0,
            };
            (change, cursor.key, cursor.id)
        };
        let mut users: Vec<_> = self.profiles.values().filter(is_match).collect();
        users.sort_by_cached_key(|profile| place(profile));
        let after = query.after.as_ref().map(|after| {
            let change = match query.order {
                UserOrder::ChangedSince(_) => after.key.parse().unwrap_or(0),
                UserOrder::Id | UserOrder::Username(_) | UserOrder::Email(_) => 0,
            };
            (change, after.key.clone(), after.id)
        });
        users.retain(|profile| after.as_ref().is_none_or(|after| place(profile) > *after));
        let is_last = users.len() <= query.limit as usize;
        users.truncate(query.limit as usize);
        let last = users.last().filter(|_| !is_last);
        UserPage {
            next: last.map(|last| query.cursor(last, number(last))),
            users: users.into_iter().cloned().collect(),
        }
    }
}
