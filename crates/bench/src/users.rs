//! The users that the load is about, and their tokens.

use std::time::Duration;

use jiff::Timestamp;
use manyface_auth::{DevelopmentIssuer, Mint};

use crate::population::FIRST;

/// How many users send requests.
pub(crate) const USERS: u64 = 1_000;

/// How long the tokens work: longer than any run takes.
const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Users who are spread over all profiles, one at random in each of [`USERS`] equal parts. The
/// scripts of pgbench pick the same ones, by the same formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Users {
    /// The distance between two users, in profiles.
    pub(crate) stride: u64,
    /// The seed of the choice.
    pub(crate) seed: u64,
}

impl Users {
    /// Users among `profiles`, at least [`USERS`].
    pub(crate) fn among(profiles: u64, seed: u64) -> Self {
        Self {
            stride: (profiles / USERS).max(1),
            seed,
        }
    }

    /// The numbers of their profiles.
    fn numbers(self) -> impl Iterator<Item = u64> {
        (0..USERS)
            .map(move |user| FIRST + user * self.stride + (user * 7919 + self.seed) % self.stride)
    }

    /// Their tokens, one a line.
    pub(crate) fn tokens(self, issuer: &DevelopmentIssuer, now: Timestamp) -> String {
        let mint = |number| {
            let mint = Mint {
                dialect: manyface_movieknight::NAME,
                subject: &format!("66a1f2c4e5b3{number}"),
                scopes: &[],
                tenant: None,
                account: None,
                groups: &[],
                id: None,
                now,
                ttl: TTL,
            };
            issuer.mint(&mint) + "\n"
        };
        self.numbers().map(mint).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_users_are_different_ones_and_exist() {
        for profiles in [1_000, 1_500, 100_000, 1_000_000] {
            let users: BTreeSet<u64> = Users::among(profiles, 77).numbers().collect();
            assert_eq!(users.len(), 1_000);
            assert!(
                users
                    .iter()
                    .all(|user| (FIRST..FIRST + profiles).contains(user))
            );
        }
    }
}
