//! Actions, into which dialects decode requests.

use crate::{ActionContext, Error, Profile, Result};

/// An operation of the core.
pub trait Action: Send + 'static {
    /// The result of a successful run.
    type Output: Send + 'static;
    /// The error of a failed run: [`Error`], or an error of a dialect that wraps it.
    type Error: ActionError;

    /// Returns whether [`Action::run`] itself checks that the caller exists, as actions on the
    /// caller's own profile do in the same statement. For every other action,
    /// [`ActionContext::run`] resolves the caller first.
    fn checks_caller(&self) -> bool {
        false
    }

    /// Runs the action. Call [`ActionContext::run`] instead, which resolves the caller if
    /// necessary.
    fn run(
        self,
        context: ActionContext<'_>,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// The error of an action.
pub trait ActionError: From<Error> + Send {
    /// Returns whether the action may have been rejected before the caller was checked against the
    /// store.
    fn may_precede_caller_check(&self) -> bool;
}

impl ActionError for Error {
    fn may_precede_caller_check(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::Invalid(_))
    }
}

/// Reads the caller's own profile.
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
