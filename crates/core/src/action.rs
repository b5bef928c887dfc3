//! Actions: what a dialect decodes a request into.

use crate::{ActionContext, Result};

/// One thing that can be asked of the core.
pub trait Action: Send + 'static {
    /// What a successful run answers.
    type Output: Send + 'static;

    /// Returns whether [`Action::run`] checks the caller in the statement that acts, as an action
    /// on the caller's own profile does. For every other action, [`ActionContext::run`] resolves the
    /// caller first.
    fn checks_caller(&self) -> bool {
        false
    }

    /// Runs the action. Call [`ActionContext::run`], which resolves the caller where that is needed.
    fn run(self, context: ActionContext<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}
