//! Reading a user's profile and details.

use manyface_core::{Action, Result, Session};

use crate::shown::Shown;

/// Reads a profile, with the names that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read;

impl Action for Read {
    type Output = Shown;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, session: Session<'_>) -> Result<Shown> {
        let profile = session.read_own().await?;
        Shown::of(session, profile).await
    }
}
