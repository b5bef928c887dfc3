//! The caller, as the store knows them.

use crate::{
    Action, ActionContext, ActionError, ApiKeyHolder, Error, Profile, ProfileRef, Result, Subject,
    TenantId,
};

/// The actor: an existing user or an API key, of an active tenant.
///
/// [`ActionContext`] makes it from what the store has, never from the claims of a token alone.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// A user, with their own profile.
    User(&'a Profile),
    /// The program of an account or an app.
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
    /// Runs an action on behalf of a caller who exists: the action itself checks that
    /// ([`Action::checks_caller`]), or the caller is resolved before it runs.
    ///
    /// [`Error::Unauthenticated`] if there is no such caller, whatever else is wrong.
    pub async fn run<A: Action>(self, action: A) -> Result<A::Output, A::Error> {
        if self.principal.is_some() {
            return action.run(self).await;
        }
        if !action.checks_caller() {
            return Box::pin(self.run_resolved(action)).await;
        }
        let outcome = action.run(self).await;
        if matches!(&outcome, Err(error) if error.may_precede_caller_check()) {
            Box::pin(self.reject_unknown_caller()).await?;
        }
        outcome
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

    /// Reads the profile of a caller who is a user. API keys are looked up when they are
    /// authenticated.
    async fn find_user(&self) -> Result<Option<Profile>> {
        match &self.caller.subject {
            Subject::User(_) => self.find_own().await.map(Some),
            Subject::ApiKey(_) | Subject::Anonymous => Ok(None),
        }
    }

    /// Returns [`Error::Unauthenticated`] if there is no such caller. Call it before a request is
    /// rejected that no statement has checked; a store that cannot be reached changes nothing
    /// about the rejection.
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
