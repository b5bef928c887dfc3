//! The context of an action.

use jiff::Timestamp;

use crate::{
    Blobs, Caller, Catalogue, DeploymentSettings, Field, Images, MediaUrls, Principal, Provenance,
    Services, Signer, Uploads,
};

/// The context of one action: the deployment's services, the caller and the request.
#[derive(Clone, Copy)]
pub struct ActionContext<'a> {
    pub(crate) services: &'a Services,
    /// The caller as authenticated by the credential. The user may not exist.
    pub caller: &'a Caller,
    /// The caller as found in the store, after [`ActionContext::run`] has resolved them.
    pub principal: Option<Principal<'a>>,
    /// The dialect of the request.
    pub dialect: &'a str,
    /// The path that the dialect is mounted under.
    pub mount: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// When the request arrived.
    pub now: Timestamp,
}

impl<'a> ActionContext<'a> {
    /// Creates the context of a request of `caller` to `dialect`, mounted under `mount`, that
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

    /// Returns the catalogue.
    pub fn catalogue(&self) -> &'a dyn Catalogue {
        &*self.services.catalogue
    }

    /// Returns the settings of the deployment for all its users.
    pub fn settings(&self) -> &'a DeploymentSettings {
        &self.services.settings
    }

    /// Counts the fields that a successful write of the caller has named.
    pub(crate) fn count_fields(&self, fields: &[Field]) {
        if let Some(usage) = &self.services.field_usage {
            usage.count_fields(self.dialect, self.caller, fields, self.now);
        }
    }

    /// Returns the origin of a change, for the history.
    pub fn provenance(&self) -> Provenance {
        Provenance::of(self.caller, self.dialect, self.request_id, self.now)
    }
}
