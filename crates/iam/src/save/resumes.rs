//! Storage of résumés.

use manyface_core::{
    ActionContext, BlobKind, Edit, Error, Field, Profile, ProfilePatch, Result, Violation,
};

use crate::resume::{Resume, StoredResume};

/// Keeps the profile's résumé if the patch has its URL, under the current or a former base URL.
pub(super) fn keep_own(before: &Profile, patch: &mut ProfilePatch) {
    let own = before.resume.as_deref().and_then(StoredResume::of_profile);
    if let (Edit::Set(url), Some(own)) = (&patch.resume, own) {
        let without_query = url.split(['?', '#']).next().unwrap_or_default();
        let name = without_query.rsplit('/').next().unwrap_or_default();
        if StoredResume::of_name(name) == Some(own) {
            patch.resume = Edit::Keep;
        }
    }
}

/// Stores a file and makes it the résumé of the patch.
pub(super) async fn put(
    context: ActionContext<'_>,
    resume: Resume,
    patch: &mut ProfilePatch,
) -> Result<StoredResume> {
    let Resume { format, content } = resume;
    let stored = context
        .blobs()
        .put(BlobKind::Resume, content.to_vec())
        .await;
    let key = stored.map_err(|error| {
        let has_no_url = context.media_urls().base().is_none();
        if has_no_url && matches!(error, Error::Storage(_)) {
            // This deployment stores no files.
            let violation = Violation::new(Field::Resume, "cannot be a file: none are kept here");
            return Error::Invalid(vec![violation]);
        }
        error
    })?;
    let stored = StoredResume { key, format };
    patch.resume = Edit::Set(stored.to_profile());
    Ok(stored)
}

/// Removes the former file of a profile after the profile was changed.
pub(super) async fn remove_replaced(context: ActionContext<'_>, before: &Profile, after: &Profile) {
    let former = before.resume.as_deref().and_then(StoredResume::of_profile);
    if let Some(former) = former
        && before.resume != after.resume
    {
        remove(context, &former).await;
    }
}

/// Removes an unused file. The collector removes it later if this fails.
pub(super) async fn remove(context: ActionContext<'_>, stored: &StoredResume) {
    let _ = context.blobs().remove(BlobKind::Resume, &stored.key).await;
}
