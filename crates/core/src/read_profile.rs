//! Reading one profile.

use crate::{Action, Profile, ProfileRef, Result, Session, TenantId};

/// Reads a profile as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProfile {
    /// Which one.
    pub who: ProfileRef,
    /// The tenant it must belong to, where the dialect has tenants.
    pub tenant: Option<TenantId>,
}

impl Action for ReadProfile {
    type Output = Profile;

    async fn run(self, session: Session<'_>) -> Result<Profile> {
        session.read(&self.who, self.tenant).await
    }
}
