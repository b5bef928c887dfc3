//! Résumés that are kept.

use manyface_core::{
    ActionContext, BlobKind, Edit, Error, Field, Profile, ProfilePatch, Result, Violation,
};

use crate::resume::{Resume, StoredResume};

/// Keeps the profile's own résumé if the patch has its URL, whatever base URL the client read it
/// under: this deployment may have had another one.
pub(super) fn settle(before: &Profile, patch: &mut ProfilePatch) {
    let own = before.resume.as_deref().and_then(StoredResume::of_profile);
    if let (Edit::Set(url), Some(own)) = (&patch.resume, own) {
        let whole = url.split(['?', '#']).next().unwrap_or_default();
        let name = whole.rsplit('/').next().unwrap_or_default();
        if StoredResume::of_name(name) == Some(own) {
            patch.resume = Edit::Keep;
        }
    }
}

/// Keeps a file, and makes it the patch's résumé.
pub(super) async fn put(
    context: ActionContext<'_>,
    resume: Resume,
    patch: &mut ProfilePatch,
) -> Result<StoredResume> {
    let Resume { format, content } = resume;
    let kept = context
        .blobs()
        .put(BlobKind::Resume, content.to_vec())
        .await;
    let key = kept.map_err(|error| {
        let is_nowhere = context.media_urls().base().is_none();
        if is_nowhere && matches!(error, Error::Storage(_)) {
            // This deployment stores no files.
            let violation = Violation::new(Field::Resume, "cannot be a file: none are kept here");
            return Error::Invalid(vec![violation]);
        }
        error
    })?;
    let kept = StoredResume { key, format };
    patch.resume = Edit::Set(kept.to_profile());
    Ok(kept)
}

/// Removes the file that the profile had before and has no more. It was removed from the profile
/// first, for good.
pub(super) async fn forget_replaced(context: ActionContext<'_>, before: &Profile, after: &Profile) {
    let was = before.resume.as_deref().and_then(StoredResume::of_profile);
    if let Some(was) = was
        && before.resume != after.resume
    {
        forget(context, &was).await;
    }
}

/// Removes a file that no profile names. What cannot be removed now is collected later.
pub(super) async fn forget(context: ActionContext<'_>, kept: &StoredResume) {
    let _ = context.blobs().remove(BlobKind::Resume, &kept.key).await;
}
