//! Actions: what a dialect decodes a request into.

use crate::{ActionContext, Error, Profile, Result};

/// One thing that can be asked of the core.
pub trait Action: Send + 'static {
    /// The result of a successful run.
    type Output: Send + 'static;
    /// Why a run fails: [`Error`], or an error of a dialect that wraps it.
    type Error: ActionError;

    /// Returns whether [`Action::run`] checks the caller in the statement that acts, as an action
    /// on the caller's own profile does. For every other action, [`ActionContext::run`] resolves the
    /// caller first.
    fn checks_caller(&self) -> bool {
        false
    }

    /// Runs the action. Call [`ActionContext::run`], which resolves the caller where that is needed.
    fn run(
        self,
        context: ActionContext<'_>,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// Why an action failed.
pub trait ActionError: From<Error> + Send {
    /// Returns whether the action may have been rejected before any statement checked the caller.
    fn may_precede_caller_check(&self) -> bool;
}

impl ActionError for Error {
    fn may_precede_caller_check(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::Invalid(_))
    }
}

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
