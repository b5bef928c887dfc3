//! Reading the caller's own profile.

use crate::{Action, Profile, Result, Session};

/// Reads the caller's own profile as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadProfile;

impl Action for ReadProfile {
    type Output = Profile;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, session: Session<'_>) -> Result<Profile> {
        session.read_own().await
    }
}
