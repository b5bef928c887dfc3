//! Which résumés profiles name.

use async_trait::async_trait;

use crate::Result;

/// What is known of the résumés that profiles name, so that no file is removed that is in use.
#[async_trait]
pub trait ResumeRecords: Send + Sync {
    /// Those of `resumes` that some profile has, to the letter.
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>>;
}
