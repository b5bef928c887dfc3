//! The services of a deployment.

use std::sync::Arc;

use crate::{
    Blobs, CachedCatalogue, Catalogue, FieldUsage, Images, MediaUrls, NoBlobs, NoImages,
    NoOverrides, NoUploads, Overrides, Policies, ProfileAbsence, ProfileRef, ProfileRepository,
    Quotas, ReservedUsernames, Result, Signer, TenantId, Uploads,
};

/// The services that a deployment provides to all requests. Clones share the services.
///
/// The repositories of profiles and overrides are private: actions use the methods of
/// [`crate::ActionContext`], which apply tenant, ownership and policies.
#[derive(Clone)]
pub struct Services {
    pub(crate) profiles: Arc<dyn ProfileRepository>,
    pub(crate) overrides: Arc<dyn Overrides>,
    /// The store of images. The default rejects uploads; external URLs work.
    pub images: Arc<dyn Images>,
    /// The store of other files. The default rejects them.
    pub blobs: Arc<dyn Blobs>,
    /// The URLs of stored images.
    pub media_urls: Arc<MediaUrls>,
    /// The store of uploads. The default rejects them.
    pub uploads: Arc<dyn Uploads>,
    /// The signer of values that clients send back. The default accepts no signature.
    pub signer: Arc<dyn Signer>,
    /// The deployment's policies, which authorize every read and write; `None` permits everything.
    pub policies: Option<Arc<dyn Policies>>,
    /// The catalogue. The default is empty and closed.
    pub catalogue: Arc<dyn Catalogue>,
    /// The settings of the deployment for all its users.
    pub settings: Arc<DeploymentSettings>,
    /// The reserved user names.
    pub reserved: Arc<ReservedUsernames>,
    /// The receiver of the fields that writes name; `None` counts nothing.
    pub field_usage: Option<Arc<dyn FieldUsage>>,
}

impl Services {
    /// Creates services with `profiles` and defaults for everything else.
    pub fn new(profiles: Arc<dyn ProfileRepository>) -> Self {
        Self {
            profiles,
            overrides: Arc::new(NoOverrides),
            images: Arc::new(NoImages),
            blobs: Arc::new(NoBlobs),
            media_urls: Arc::default(),
            uploads: Arc::new(NoUploads),
            signer: Arc::new(NoUploads),
            policies: None,
            catalogue: Arc::new(CachedCatalogue::empty()),
            settings: Arc::default(),
            reserved: Arc::default(),
            field_usage: None,
        }
    }

    /// Replaces the repository of profiles; `replace` receives the current one.
    pub fn replace_profiles(
        &mut self,
        replace: impl FnOnce(Arc<dyn ProfileRepository>) -> Arc<dyn ProfileRepository>,
    ) {
        self.profiles = replace(Arc::clone(&self.profiles));
    }

    /// Replaces the repository of overrides; `replace` receives the current one.
    pub fn replace_overrides(
        &mut self,
        replace: impl FnOnce(Arc<dyn Overrides>) -> Arc<dyn Overrides>,
    ) {
        self.overrides = replace(Arc::clone(&self.overrides));
    }

    /// Returns why the profile `who` is not served, for the log; `None` if it is. `claimed` is the
    /// tenant that the credential claims.
    pub async fn explain_absence(
        &self,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<ProfileAbsence>> {
        self.profiles.explain_absence(who, claimed).await
    }
}

/// The settings of a deployment for all its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentSettings {
    /// The available user types. They grant no permissions.
    pub user_types: Vec<String>,
    /// The permitted readers of stored résumés.
    pub resumes: ResumeReaders,
    /// The storage quotas of each profile and account.
    pub quotas: Quotas,
}

/// The permitted readers of a résumé.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResumeReaders {
    /// The owner.
    #[default]
    Owner,
    /// Everyone with the URL, which cannot be guessed.
    Anyone,
}

/// The user types `developer` and `investor`, and résumés that only their owners can read.
impl Default for DeploymentSettings {
    fn default() -> Self {
        Self {
            user_types: vec!["developer".to_owned(), "investor".to_owned()],
            resumes: ResumeReaders::default(),
            quotas: Quotas::default(),
        }
    }
}
