//! Reading the caller's own profile.

use crate::{Action, ActionContext, Error, Profile, Result};

/// Reads the caller's own profile as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadProfile;

impl Action for ReadProfile {
    type Output = Profile;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<Profile> {
        context.read_own().await
    }
}
