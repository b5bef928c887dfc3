//! What a deployment has decided for all its users.

use crate::Quotas;

/// What a deployment has decided for all its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentSettings {
    /// The kinds of user that there are. None of them grants anything.
    pub user_types: Vec<String>,
    /// Who may read a résumé that the deployment keeps.
    pub resumes: ResumeReaders,
    /// How much of the storage each profile and account may take.
    pub quotas: Quotas,
}

/// Who may read a résumé.
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
