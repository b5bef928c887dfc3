//! The context of an action.

use jiff::Timestamp;

use crate::{
    Blobs, Caller, Catalogue, DeploymentSettings, Images, MediaUrls, Principal, Provenance,
    Services, Signer, Uploads,
};

/// The context of one action: the deployment's services, the caller and the request.
#[derive(Clone, Copy)]
pub struct ActionContext<'a> {
    pub(crate) services: &'a Services,
    /// The claims of the credential. It may name a user who does not exist.
    pub caller: &'a Caller,
    /// The caller as the store knows them, once [`ActionContext::run`] has resolved them.
    pub principal: Option<Principal<'a>>,
    /// The dialect that the request came through.
    pub dialect: &'a str,
    /// The path that the dialect is mounted under.
    pub mount: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// When the request arrived.
    pub now: Timestamp,
}

impl<'a> ActionContext<'a> {
    /// Makes the context of a request of `caller` through `dialect`, mounted under `mount`, that
    /// arrived at `now`.
    pub fn new(
        services: &'a Services,
        caller: &'a Caller,
        dialect: &'a str,
        mount: &'a str,
        request_id: &'a str,
        now: Timestamp,
    ) -> Self {
        Self {
            services,
            caller,
            principal: None,
            dialect,
            mount,
            request_id,
            now,
        }
    }

    /// Returns the store of images.
    pub fn images(&self) -> &'a dyn Images {
        &*self.services.images
    }

    /// Returns the store of other files.
    pub fn blobs(&self) -> &'a dyn Blobs {
        &*self.services.blobs
    }

    /// Returns the URLs of stored images.
    pub fn media_urls(&self) -> &'a MediaUrls {
        &self.services.media_urls
    }

    /// Returns the store of uploads.
    pub fn uploads(&self) -> &'a dyn Uploads {
        &*self.services.uploads
    }

    /// Returns the signer of values that clients send back.
    pub fn signer(&self) -> &'a dyn Signer {
        &*self.services.signer
    }

    /// Returns the names that profiles share.
    pub fn catalogue(&self) -> &'a dyn Catalogue {
        &*self.services.catalogue
    }

    /// Returns what the deployment has configured for all its users.
    pub fn settings(&self) -> &'a DeploymentSettings {
        &self.services.settings
    }

    /// Returns when, by whom and through what a change is made, for the history.
    pub fn provenance(&self) -> Provenance {
        Provenance::of(self.caller, self.dialect, self.request_id, self.now)
    }
}
