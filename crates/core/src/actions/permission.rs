//! The rights of a context.

use crate::{
    Access, ActionContext, Decision, Error, Expected, Field, Principal, Profile, ProfilePatch,
    ProfileRef, Question, Result, Subject, Username, check_managed,
};

/// The only way from an action to a profile: these methods apply the caller's tenant and ask the
/// deployment's policies, whatever the dialect. Without policies nothing is asked, and nothing is
/// read for their sake.
impl ActionContext<'_> {
    /// Reads the caller's own profile for the caller to see, and checks the caller with the same
    /// statement.
    ///
    /// [`Error::Unauthenticated`] if it does not exist, [`Error::Forbidden`] if policies forbid it or
    /// the caller is no user.
    pub async fn read_own(&self) -> Result<Profile> {
        let own = self.find_own().await?;
        self.permit(Principal::User(&own), &own, Access::Read, None)?;
        Ok(own)
    }

    /// Reads a profile of the caller's tenant for the caller to see.
    ///
    /// [`Error::NotFound`] if the tenant has none of that name, [`Error::Forbidden`] if policies
    /// forbid it.
    pub async fn read(&self, who: &ProfileRef) -> Result<Profile> {
        let principal = self.principal()?;
        let profile = if let Some(own) = principal.own(who) {
            own.clone()
        } else {
            let profiles = &self.services.profiles;
            let found = profiles.find_in(principal.tenant(), who).await?;
            found.ok_or(Error::NotFound)?
        };
        self.permit(principal, &profile, Access::Read, None)?;
        Ok(profile)
    }

    /// Reads the caller's own profile for what is to be decided about it, not for the caller to
    /// see.
    ///
    /// [`Error::Unauthenticated`] if it does not exist in the tenant that the credential claims,
    /// [`Error::Forbidden`] if the caller is no user.
    pub async fn find_own(&self) -> Result<Profile> {
        let who = self.own()?;
        let profiles = &self.services.profiles;
        let found = match self.caller.tenant {
            None => profiles.find(who).await?,
            Some(tenant) => profiles.find_in(tenant, who).await?,
        };
        found.ok_or(Error::Unauthenticated)
    }

    /// Reads the caller's own profile, and checks that it would take `patch` and a change of these
    /// further `fields`. For actions that store something before [`crate::UpdateProfile`].
    pub async fn check_change(
        &self,
        patch: &ProfilePatch,
        fields: &[Field],
        expected: &Expected,
    ) -> Result<Profile> {
        let own = self.find_own().await?;
        self.check_unbound()?;
        if !expected.admits(own.revision()) {
            return Err(Error::VersionMismatch);
        }
        let mut changed = patch.changed_fields(&own);
        changed.extend(fields);
        self.permit_change(Principal::User(&own), &own, &changed, None)?;
        check_managed(&own, patch)?;
        Ok(own)
    }

    /// Returns whether a user may take `username`, who has the profile `own` if they have one: whether
    /// a write of it would not be rejected as taken or reserved.
    pub async fn is_available(&self, username: &Username, own: Option<&Profile>) -> Result<bool> {
        if own.is_some_and(|own| own.username == *username) {
            return Ok(true);
        }
        if self.services.reserved.check(username).is_err() {
            return Ok(false);
        }
        let holders = self.services.profiles.username_holders(username);
        let own = own.map(|own| own.id);
        Ok(holders.await?.into_iter().all(|holder| Some(holder) == own))
    }

    /// Rejects a credential that is bound to an account: it writes only what that account shows.
    pub(crate) fn check_unbound(&self) -> Result<()> {
        if self.caller.account.is_none() {
            return Ok(());
        }
        let sentence = "the credential is bound to an account and changes nothing else";
        Err(Error::Forbidden(vec![sentence.to_owned()]))
    }

    /// The name of the caller's own profile.
    pub(crate) fn own(&self) -> Result<&ProfileRef> {
        match &self.caller.subject {
            Subject::User(who) => Ok(who),
            Subject::ApiKey(_) => Err(Error::Forbidden(Vec::new())),
            Subject::Anonymous => Err(Error::Unauthenticated),
        }
    }

    /// Asks whether `principal` may have `access` to `profile`, on behalf of `account` where the
    /// dialect has accounts: [`Error::Forbidden`] if policies forbid it.
    ///
    /// A caller who receives a profile needs [`Access::Read`] to it, also after a write.
    pub(crate) fn permit(
        &self,
        principal: Principal<'_>,
        profile: &Profile,
        access: Access<'_>,
        account: Option<&str>,
    ) -> Result<()> {
        let Some(policies) = self.services.policies.as_deref() else {
            return Ok(());
        };
        let decision = policies.decide(&Question {
            principal,
            caller: self.caller,
            profile,
            access,
            account,
            dialect: self.dialect,
            request_id: self.request_id,
            now: self.now,
        });
        match decision {
            Decision::Permit => Ok(()),
            Decision::Forbid(notices) => Err(Error::Forbidden(notices)),
        }
    }

    /// Asks whether `principal` may change `fields` of `profile`, and see it then.
    ///
    /// [`Error::Forbidden`] if policies forbid either.
    pub(crate) fn permit_change(
        &self,
        principal: Principal<'_>,
        profile: &Profile,
        fields: &[Field],
        account: Option<&str>,
    ) -> Result<()> {
        self.permit(principal, profile, Access::Read, account)?;
        self.permit(principal, profile, Access::Update(fields), account)
    }
}
