//! What a dialect decodes a request into.

use jiff::Timestamp;

use crate::{
    Blobs, Caller, Catalogue, HouseRules, Images, MediaUrls, Overrides, Policies, Profiles,
    Provenance, ReservedUsernames, Result, Signer, Uploads,
};

/// Everything an action may use while it runs.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// Who is asking.
    pub caller: &'a Caller,
    /// Where profiles are kept.
    pub profiles: &'a dyn Profiles,
    /// Where pictures are kept.
    pub images: &'a dyn Images,
    /// Where other files are kept.
    pub blobs: &'a dyn Blobs,
    /// Where clients find the pictures.
    pub media_urls: &'a MediaUrls,
    /// Where it is kept what accounts show of users.
    pub overrides: &'a dyn Overrides,
    /// Where uploads are kept.
    pub uploads: &'a dyn Uploads,
    /// Who signs what clients bring back.
    pub signer: &'a dyn Signer,
    /// The path that the dialect is mounted under.
    pub mount: &'a str,
    /// The deployment's policies, where it has any: [`Session::permit`] asks them.
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

    /// Does it.
    fn run(self, session: Session<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}
