//! Callers that exist in the store.

use crate::{
    Action, ActionContext, ActionError, ApiKeyHolder, Error, Profile, ProfileRef, Result, Subject,
    TenantId,
};

/// An existing user or API key of an active tenant.
///
/// [`ActionContext`] reads it from the store; the claims of a token alone never suffice.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// A user, with their own profile.
    User(&'a Profile),
    /// An API key of an account or an app.
    ApiKey(&'a ApiKeyHolder),
}

impl<'a> Principal<'a> {
    /// Returns the principal's tenant.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::User(profile) => profile.tenant_id,
            Self::ApiKey(key) => key.tenant_id,
        }
    }

    /// Returns the user's own profile if `who` names it.
    pub fn own(&self, who: &ProfileRef) -> Option<&'a Profile> {
        match self {
            Self::User(profile) => Some(*profile).filter(|own| own.is_called(who)),
            Self::ApiKey(_) => None,
        }
    }
}

impl<'a> ActionContext<'a> {
    /// Runs an action on behalf of a caller who exists. Either the action checks that itself
    /// ([`Action::checks_caller`]), or the caller is resolved before it runs.
    ///
    /// [`Error::Unauthenticated`] if the caller does not exist, which takes precedence over other
    /// errors.
    pub async fn run<A: Action>(self, action: A) -> Result<A::Output, A::Error> {
        if self.principal.is_some() {
            return action.run(self).await;
        }
        if !action.checks_caller() {
            return Box::pin(self.run_resolved(action)).await;
        }
        let result = action.run(self).await;
        if matches!(&result, Err(error) if error.may_precede_caller_check()) {
            Box::pin(self.reject_unknown_caller()).await?;
        }
        result
    }

    async fn run_resolved<A: Action>(self, action: A) -> Result<A::Output, A::Error> {
        let own = self.find_user().await?;
        let principal = match (&self.caller.subject, &own) {
            (Subject::ApiKey(key), _) => Some(Principal::ApiKey(key)),
            (Subject::User(_), Some(own)) => Some(Principal::User(own)),
            (Subject::User(_) | Subject::Anonymous, _) => None,
        };
        action.run(ActionContext { principal, ..self }).await
    }

    /// Reads the profile of a caller who is a user. API keys were looked up by the authentication.
    async fn find_user(&self) -> Result<Option<Profile>> {
        match &self.caller.subject {
            Subject::User(_) => self.find_own().await.map(Some),
            Subject::ApiKey(_) | Subject::Anonymous => Ok(None),
        }
    }

    /// Returns [`Error::Unauthenticated`] if the caller does not exist. Call it before a request is
    /// rejected whose caller has not been checked. Other errors, such as an unavailable store, are
    /// ignored.
    pub async fn reject_unknown_caller(&self) -> Result<()> {
        match self.find_user().await {
            Err(Error::Unauthenticated) => Err(Error::Unauthenticated),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Returns the resolved caller.
    ///
    /// [`Error::Unauthenticated`] if the request had no credential.
    pub fn principal(&self) -> Result<Principal<'a>> {
        self.principal.ok_or(Error::Unauthenticated)
    }
}
