//! Changing one profile.

use crate::{
    Action, Error, Expected, Field, Profile, ProfilePatch, ProfileRef, ProfileUpdate, Result,
    Session, TenantId, Violation,
};

/// How often a write that was told "not that revision" is tried on the one it then finds.
const ATTEMPTS: usize = 8;

/// Changes exactly the fields that the patch names, and answers the profile as it then is.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateProfile {
    /// Which profile. It must be the caller's own.
    pub who: ProfileRef,
    /// The tenant it must belong to, where the dialect has tenants.
    pub tenant: Option<TenantId>,
    /// What to change.
    pub patch: ProfilePatch,
    /// The state the change is meant for.
    pub expected: Expected,
}

impl Action for UpdateProfile {
    type Output = Profile;

    async fn run(self, session: Session<'_>) -> Result<Profile> {
        let Self {
            who,
            tenant,
            patch,
            expected,
        } = self;
        if session.caller.profile() != Some(&who) {
            return Err(Error::Forbidden(Vec::new()));
        }
        if let Some(username) = &patch.username {
            let check = session.reserved.check(username);
            check.map_err(|reason| {
                Error::Invalid(vec![Violation::new(Field::Username, reason.to_string())])
            })?;
        }
        let mut update = ProfileUpdate {
            who,
            tenant,
            patch,
            expected: None,
            provenance: session.provenance(),
        };
        match expected {
            Expected::Anything => {}
            Expected::OneOf(revisions) if revisions.len() == 1 => {
                update.expected = revisions.into_iter().next();
            }
            other @ (Expected::OneOf(_) | Expected::NoneOf(_) | Expected::Absent) => {
                return on_an_admitted_revision(session, update, &other).await;
            }
        }
        let updated = session.profiles.update(update).await?;
        updated.ok_or(Error::NotFound)
    }
}

/// Looks which state the profile is in and, where `expected` admits it, writes to that state only.
async fn on_an_admitted_revision(
    session: Session<'_>,
    mut update: ProfileUpdate,
    expected: &Expected,
) -> Result<Profile> {
    for _ in 0..ATTEMPTS {
        let found = session.profiles.find(&update.who).await?;
        let revision = found.ok_or(Error::NotFound)?.revision();
        if !expected.admits(revision) {
            return Err(Error::VersionMismatch);
        }
        update.expected = Some(revision);
        match session.profiles.update(update.clone()).await {
            // Somebody wrote in between: the state it is in now may be admitted as well.
            Err(Error::VersionMismatch) => {}
            done => return done?.ok_or(Error::NotFound),
        }
    }
    Err(Error::Unavailable(None))
}
