//! Access of actions to profiles, with authorization.

use crate::{
    Access, AccessRequest, ActionContext, Decision, Error, Expected, Field, Principal, Profile,
    ProfilePatch, ProfileRef, Result, Subject, Username, check_managed,
};

/// Actions access profiles only through these methods, which apply the caller's tenant and the
/// deployment's policies in every dialect. Without policies, nothing is read in order to authorize
/// a request.
impl ActionContext<'_> {
    /// Reads the caller's own profile in order to return it, and checks the caller in the same
    /// statement.
    ///
    /// [`Error::Unauthenticated`] if it does not exist, [`Error::Forbidden`] if policies forbid it
    /// or the caller is not a user.
    pub async fn read_own(&self) -> Result<Profile> {
        let own = self.find_own().await?;
        self.permit(Principal::User(&own), &own, Access::Read, None)?;
        Ok(own)
    }

    /// Reads a profile of the caller's tenant in order to return it.
    ///
    /// [`Error::NotFound`] if it does not exist in the tenant, [`Error::Forbidden`] if policies
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

    /// Reads the caller's own profile without a check of the policies. Do not return it to the
    /// caller before such a check.
    ///
    /// [`Error::Unauthenticated`] if it does not exist in the tenant that the credential claims,
    /// [`Error::Forbidden`] if the caller is not a user.
    pub async fn find_own(&self) -> Result<Profile> {
        let who = self.own()?;
        let profiles = &self.services.profiles;
        let found = match self.caller.tenant {
            None => profiles.find(who).await?,
            Some(tenant) => profiles.find_in(tenant, who).await?,
        };
        found.ok_or(Error::Unauthenticated)
    }

    /// Reads the caller's own profile, and checks that `patch` and a change of the additional
    /// `fields` would be accepted. For actions that store data before [`crate::UpdateProfile`].
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

    /// Returns whether a user with the profile `own`, if any, may take `username`: it is neither
    /// taken by another profile nor reserved.
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

    /// Rejects a credential that is bound to an account, which may only write overrides of that
    /// account.
    pub(crate) fn check_unbound(&self) -> Result<()> {
        if self.caller.account.is_none() {
            return Ok(());
        }
        let sentence = "the credential is bound to an account and changes nothing else";
        Err(Error::Forbidden(vec![sentence.to_owned()]))
    }

    /// Returns the reference to the caller's own profile.
    pub(crate) fn own(&self) -> Result<&ProfileRef> {
        match &self.caller.subject {
            Subject::User(who) => Ok(who),
            Subject::ApiKey(_) => Err(Error::Forbidden(Vec::new())),
            Subject::Anonymous => Err(Error::Unauthenticated),
        }
    }

    /// Checks that policies permit `principal` the `access` to `profile`, on behalf of `account` in
    /// dialects with accounts: [`Error::Forbidden`] if they do not.
    ///
    /// A response with a profile requires [`Access::Read`], even after a write.
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
        let decision = policies.decide(&AccessRequest {
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

    /// Checks that policies permit `principal` to change `fields` of `profile` and to read it.
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
