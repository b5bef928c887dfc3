//! What a session may see and change.

use crate::{
    Access, Decision, Error, Field, Profile, ProfileRef, Question, Result, Session, TenantId,
};

/// The only way from an action to a profile: whoever reads or writes through these asks the
/// deployment's policies, whatever the dialect. Without policies nothing is asked, and nothing is
/// read for their sake.
impl Session<'_> {
    /// Reads a profile for the caller to see, of `tenant` where the dialect has tenants.
    ///
    /// [`Error::NotFound`] where there is none, [`Error::Forbidden`] where policies forbid it.
    pub async fn read(&self, who: &ProfileRef, tenant: Option<TenantId>) -> Result<Profile> {
        let profile = self.find(who, tenant).await?;
        self.permit(&profile, Access::Read, None)?;
        Ok(profile)
    }

    /// Asks whether the caller may have `access` to `profile`, on behalf of `account` where the
    /// dialect has accounts: [`Error::Forbidden`] where policies forbid it.
    ///
    /// Whoever is answered with a profile needs [`Access::Read`] to it, also after a write.
    pub fn permit(
        &self,
        profile: &Profile,
        access: Access<'_>,
        account: Option<&str>,
    ) -> Result<()> {
        let Some(policies) = self.policies else {
            return Ok(());
        };
        let decision = policies.decide(&Question {
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

    /// Asks whether the caller may change `fields` of `profile`, and see it then.
    ///
    /// [`Error::Forbidden`] where policies forbid either.
    pub fn permit_change(
        &self,
        profile: &Profile,
        fields: &[Field],
        account: Option<&str>,
    ) -> Result<()> {
        self.permit(profile, Access::Read, account)?;
        self.permit(profile, Access::Update(fields), account)
    }

    /// Asks whether the caller may change `fields` of a profile that is not read otherwise, and see
    /// it then, for writes that are not an [`crate::UpdateProfile`]. Call it before anything is
    /// written or kept.
    ///
    /// [`Error::Forbidden`] where policies forbid it. Without policies this is nothing at all.
    pub async fn permit_update(
        &self,
        who: &ProfileRef,
        tenant: Option<TenantId>,
        fields: &[Field],
        account: Option<&str>,
    ) -> Result<()> {
        if self.policies.is_none() {
            return Ok(());
        }
        let profile = self.find(who, tenant).await?;
        self.permit_change(&profile, fields, account)
    }

    /// Reads a profile for what is to be decided about it, not for the caller to see.
    pub(crate) async fn find(&self, who: &ProfileRef, tenant: Option<TenantId>) -> Result<Profile> {
        let found = match tenant {
            None => self.profiles.find(who).await?,
            Some(tenant) => self.profiles.find_in(tenant, who).await?,
        };
        found.ok_or(Error::NotFound)
    }
}
