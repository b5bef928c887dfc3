//! Reading and changing what one account shows of a user.

use crate::{
    Access, Action, Caller, Error, Expected, InAccount, OverridePatch, OverrideUpdate, ProfileRef,
    Result, Session, Subject, TenantId,
};

/// How often a write that was told "not that revision" is tried on the one it then finds.
const ATTEMPTS: usize = 8;

/// Reads a profile as one account shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOverride {
    /// Which profile.
    pub who: ProfileRef,
    /// The account. It must be one that the caller may act in.
    pub account: String,
}

impl Action for ReadOverride {
    type Output = InAccount;

    async fn run(self, session: Session<'_>) -> Result<InAccount> {
        let Self { who, account } = self;
        check(session.caller, &who, &account)?;
        let found = session.overrides.find_override(&who, &account).await?;
        let (profile, shown) = found.ok_or(Error::NotFound)?;
        session.permit(&profile, Access::Read, Some(&account))?;
        Ok((profile, shown))
    }
}

/// Changes what one account shows of a user, and answers both as they then are.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateOverride {
    /// Which profile: a user's own, or any one that an account's program names.
    pub who: ProfileRef,
    /// The account. It must be one that the caller may act in.
    pub account: String,
    /// The tenant the profile must belong to, where that matters.
    pub tenant: Option<TenantId>,
    /// What to change.
    pub patch: OverridePatch,
    /// The state the change is meant for.
    pub expected: Expected,
}

impl Action for UpdateOverride {
    type Output = InAccount;

    async fn run(self, session: Session<'_>) -> Result<InAccount> {
        let Self {
            who,
            account,
            tenant,
            patch,
            expected,
        } = self;
        check(session.caller, &who, &account)?;
        let fields = patch.fields();
        let asked = session.permit_update(&who, tenant, &fields, Some(&account));
        asked.await?;
        let mut update = OverrideUpdate {
            who,
            account,
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
        let updated = session.overrides.update_override(update).await?;
        updated.ok_or(Error::NotFound)
    }
}

/// A user acts on their own profile, in any account or in that of their credential; a program on
/// any profile, in its own account.
fn check(caller: &Caller, who: &ProfileRef, account: &str) -> Result<()> {
    let is_account = caller.account.as_deref().map(|own| own == account);
    let may = match &caller.subject {
        Subject::User(own) => own == who && is_account.unwrap_or(true),
        Subject::ApiKey(_) => is_account.unwrap_or(false),
        Subject::Nobody => false,
    };
    may.then_some(()).ok_or(Error::Forbidden(Vec::new()))
}

async fn on_an_admitted_revision(
    session: Session<'_>,
    mut update: OverrideUpdate,
    expected: &Expected,
) -> Result<InAccount> {
    for _ in 0..ATTEMPTS {
        let found = session.profiles.find(&update.who).await?;
        let revision = found.ok_or(Error::NotFound)?.revision();
        if !expected.admits(revision) {
            return Err(Error::VersionMismatch);
        }
        update.expected = Some(revision);
        match session.overrides.update_override(update.clone()).await {
            // Somebody wrote in between: the state it is in now may be admitted as well.
            Err(Error::VersionMismatch) => {}
            done => return done?.ok_or(Error::NotFound),
        }
    }
    Err(Error::Unavailable(None))
}
