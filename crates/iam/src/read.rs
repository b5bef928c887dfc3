//! Reading a user's profile and details.

use manyface_core::{Action, ProfileRef, Result, Session};

use crate::shown::Shown;

/// Reads a profile, with the names that it shares with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) who: ProfileRef,
}

impl Action for Read {
    type Output = Shown;

    async fn run(self, session: Session<'_>) -> Result<Shown> {
        let profile = session.read(&self.who, None).await?;
        Shown::of(session, profile).await
    }
}
