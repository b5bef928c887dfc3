//! Reading a user's profile and details.

use manyface_core::{Action, ActionContext, Error, Result};

use crate::shown::Shown;

/// Reads a profile, with the names that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read;

impl Action for Read {
    type Output = Shown;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<Shown> {
        let profile = context.read_own().await?;
        Shown::of(context, profile).await
    }
}
