//! The services of a deployment.

use std::sync::Arc;

use crate::{
    Blobs, CachedCatalogue, Catalogue, Images, MediaUrls, NoBlobs, NoImages, NoOverrides,
    NoUploads, Overrides, Policies, ProfileAbsence, ProfileRef, ProfileRepository, Quotas,
    ReservedUsernames, Result, Signer, TenantId, Uploads,
};

/// The services that a deployment provides to all requests. Clones share everything.
///
/// The repositories of profiles and overrides are private: actions reach them through the methods
/// of [`crate::ActionContext`], which apply tenant, ownership and policies.
#[derive(Clone)]
pub struct Services {
    pub(crate) profiles: Arc<dyn ProfileRepository>,
    pub(crate) overrides: Arc<dyn Overrides>,
    /// Stores images. By default none: uploads are rejected, external URLs work.
    pub images: Arc<dyn Images>,
    /// Stores other files. By default none: they are rejected.
    pub blobs: Arc<dyn Blobs>,
    /// The URLs under which clients find stored images.
    pub media_urls: Arc<MediaUrls>,
    /// Stores uploads. By default none: they are rejected.
    pub uploads: Arc<dyn Uploads>,
    /// Signs values that clients send back. By default nothing is signed.
    pub signer: Arc<dyn Signer>,
    /// The deployment's policies, if it has any: every read and write asks them.
    pub policies: Option<Arc<dyn Policies>>,
    /// The names that profiles share. By default empty and closed.
    pub catalogue: Arc<dyn Catalogue>,
    /// The settings of the deployment for all its users.
    pub settings: Arc<DeploymentSettings>,
    /// The reserved user names.
    pub reserved: Arc<ReservedUsernames>,
}

impl Services {
    /// Provides `profiles`, and the default of everything else.
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
        }
    }

    /// Replaces the repository of profiles; `replace` receives the present one.
    pub fn replace_profiles(
        &mut self,
        replace: impl FnOnce(Arc<dyn ProfileRepository>) -> Arc<dyn ProfileRepository>,
    ) {
        self.profiles = replace(Arc::clone(&self.profiles));
    }

    /// Replaces the repository of per-account overrides; `replace` receives the present one.
    pub fn replace_overrides(
        &mut self,
        replace: impl FnOnce(Arc<dyn Overrides>) -> Arc<dyn Overrides>,
    ) {
        self.overrides = replace(Arc::clone(&self.overrides));
    }

    /// Returns why the profile `who` is not served, of the tenant `claimed` if a credential claims
    /// one; `None` if it is served. For logs.
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
    /// The kinds of user that there are. None of them grants anything.
    pub user_types: Vec<String>,
    /// The permitted readers of stored résumés.
    pub resumes: ResumeReaders,
    /// How much of the storage each profile and account may take.
    pub quotas: Quotas,
}

/// The permitted readers of a résumé.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResumeReaders {
    /// Its owner.
    #[default]
    Owner,
    /// Everybody who has its address, which cannot be guessed.
    Anyone,
}

/// Developers and investors, and résumés for their owners' eyes.
impl Default for DeploymentSettings {
    fn default() -> Self {
        Self {
            user_types: vec!["developer".to_owned(), "investor".to_owned()],
            resumes: ResumeReaders::default(),
            quotas: Quotas::default(),
        }
    }
}
