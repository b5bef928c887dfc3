//! What a dialect decodes a request into.

use crate::{Caller, Profiles, Provenance, ReservedUsernames, Result};

/// Everything an action may use while it runs.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// Who is asking.
    pub caller: &'a Caller,
    /// Where profiles are kept.
    pub profiles: &'a dyn Profiles,
    /// The names nobody may take.
    pub reserved: &'a ReservedUsernames,
    /// When, by whom and through what, for the history.
    pub provenance: &'a Provenance,
}

/// One thing that can be asked of the core.
pub trait Action: Send + 'static {
    /// What a successful run answers.
    type Output: Send + 'static;

    /// Does it.
    fn run(self, session: Session<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}
