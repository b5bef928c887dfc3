//! Reading one profile.

use crate::{Action, Error, Profile, ProfileRef, Result, Session};

/// Reads a profile as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProfile {
    /// Which one.
    pub who: ProfileRef,
}

impl Action for ReadProfile {
    type Output = Profile;

    async fn run(self, session: Session<'_>) -> Result<Profile> {
        let found = session.profiles.find(&self.who).await?;
        found.ok_or(Error::NotFound)
    }
}
