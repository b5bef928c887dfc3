//! What a dialect decodes a request into.

use jiff::Timestamp;

use crate::{
    Blobs, Caller, Catalogue, HouseRules, Images, MediaUrls, Overrides, Policies, Principal,
    Profiles, Provenance, ReservedUsernames, Result, Signer, Uploads, Violation,
};

/// The repositories that actions reach only through the methods of [`Session`], which apply
/// tenant, ownership and policies.
#[derive(Clone, Copy)]
pub struct Repositories<'a> {
    pub(crate) profiles: &'a dyn Profiles,
    pub(crate) overrides: &'a dyn Overrides,
}

impl<'a> Repositories<'a> {
    /// The profiles, and what accounts show in place of them.
    pub fn new(profiles: &'a dyn Profiles, overrides: &'a dyn Overrides) -> Self {
        Self {
            profiles,
            overrides,
        }
    }
}

/// Everything an action may use while it runs.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// What the credential proves. It may name a user who does not exist.
    pub caller: &'a Caller,
    /// The caller as the store knows them, once [`Session::run`] has resolved them.
    pub principal: Option<Principal<'a>>,
    /// Where profiles are kept.
    pub repositories: Repositories<'a>,
    /// Where pictures are kept.
    pub images: &'a dyn Images,
    /// Where other files are kept.
    pub blobs: &'a dyn Blobs,
    /// Where clients find the pictures.
    pub media_urls: &'a MediaUrls,
    /// Where uploads are kept.
    pub uploads: &'a dyn Uploads,
    /// Who signs what clients bring back.
    pub signer: &'a dyn Signer,
    /// The path that the dialect is mounted under.
    pub mount: &'a str,
    /// The deployment's policies, where it has any: every read and write asks them.
    pub policies: Option<&'a dyn Policies>,
    /// The names that profiles share.
    pub catalogue: &'a dyn Catalogue,
    /// What the deployment has decided for all its users.
    pub rules: &'a HouseRules,
    /// The names nobody may take.
    pub reserved: &'a ReservedUsernames,
    /// The dialect the request came through.
    pub dialect: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// When the request arrived.
    pub now: Timestamp,
}

impl Session<'_> {
    /// When, by whom and through what a change is made, for the history.
    pub fn provenance(&self) -> Provenance {
        Provenance::of(self.caller, self.dialect, self.request_id, self.now)
    }
}

/// One thing that can be asked of the core.
pub trait Action: Send + 'static {
    /// What a successful run answers.
    type Output: Send + 'static;

    /// Returns whether [`Action::run`] checks the caller in the statement that acts, as an action
    /// on the caller's own profile does. For every other action, [`Session::run`] resolves the
    /// caller first.
    fn checks_caller(&self) -> bool {
        false
    }

    /// Returns what is wrong with the request by itself. A value that the caller was shown is no
    /// violation when the action runs.
    fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }

    /// Runs the action. Call [`Session::run`], which resolves the caller where that is needed.
    fn run(self, session: Session<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}
