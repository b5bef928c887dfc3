//! Changing the caller's own profile.

use crate::{
    Action, ActionContext, Avatar, Creator, Edit, Error, Expected, Field, ImageLocation, MediaUrls,
    Principal, Profile, ProfilePatch, ProfileUpdate, Quotas, Result, Violation, WebUrl,
    check_managed,
};

/// The maximum number of attempts of a write whose revision changed concurrently.
const MAX_ATTEMPTS: usize = 8;

/// Changes exactly the fields of the caller's own profile that the patch names, and returns the
/// updated profile.
///
/// [`Error::Forbidden`] if the credential is bound to an account.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateProfile {
    /// The changes.
    pub patch: ProfilePatch,
    /// An image file that becomes the avatar, in place of the avatar of the patch.
    pub picture: Option<Vec<u8>>,
    /// The upload that the patch uses as the avatar.
    pub upload: Option<Box<str>>,
    /// The expected state of the profile.
    pub expected: Expected,
    /// The names that must already have a value ([`ProfileUpdate::existing_names`]).
    pub existing_names: Vec<Field>,
}

/// Rarely used futures are boxed, because their size would slow down all other updates.
impl Action for UpdateProfile {
    type Output = Profile;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<Profile> {
        let Self {
            mut patch,
            picture,
            upload,
            expected,
            existing_names,
        } = self;
        let who = context.own()?.clone();
        context.check_unbound()?;
        if let Some(username) = &patch.username
            && let Err(reason) = context.services.reserved.check(username)
        {
            // The current name of the profile is accepted even if it is reserved.
            let profile = Box::pin(context.find_own()).await?;
            if profile.username != *username {
                let violation = Violation::new(Field::Username, reason.to_string());
                return Err(Error::Invalid(vec![violation]));
            }
        }
        if let Some(file) = picture {
            let stored = store_image(context, &patch, file, &expected);
            patch.avatar = Box::pin(stored).await?;
        } else if let Edit::Set(Avatar::External(url)) = &patch.avatar
            && let Some(location) = context.media_urls().locate(url)
        {
            patch.avatar = Box::pin(avatar_at(context, url.clone(), location)).await?;
        }
        let update = ProfileUpdate {
            who,
            tenant: context.caller.tenant,
            patch,
            expected: None,
            existing_names,
            upload,
            max_new_entries: Quotas::limit(context.settings().quotas.new_names_per_day),
            provenance: context.provenance(),
        };
        let fields = match context.services.field_usage {
            Some(_) => update.patch.named_fields(),
            None => Vec::new(),
        };
        let updated = apply(context, update, expected).await?;
        context.count_fields(&fields);
        Ok(updated)
    }
}

/// Applies `update` under the policies and the precondition `expected`.
async fn apply(
    context: ActionContext<'_>,
    mut update: ProfileUpdate,
    expected: Expected,
) -> Result<Profile> {
    if context.services.policies.is_some() {
        return Box::pin(update_known_revision(context, update, &expected)).await;
    }
    match expected {
        Expected::Anything => {}
        Expected::OneOf(revisions) if revisions.len() == 1 => {
            update.expected = revisions.into_iter().next();
        }
        other @ (Expected::OneOf(_) | Expected::NoneOf(_) | Expected::Absent) => {
            return Box::pin(update_known_revision(context, update, &other)).await;
        }
    }
    let updated = context.services.profiles.update(update).await?;
    updated.ok_or(Error::Unauthenticated)
}

/// Stores `file` as an image, and returns the edit that makes it the profile's avatar.
///
/// The bytes are durable before a profile refers to them: a crash in between leaves only an unused
/// image.
async fn store_image(
    context: ActionContext<'_>,
    patch: &ProfilePatch,
    file: Vec<u8>,
    expected: &Expected,
) -> Result<Edit<Avatar>> {
    let profile = context.find_own().await?;
    // Do not decode the image of a request that is rejected anyway.
    if !expected.admits(profile.revision()) {
        return Err(Error::VersionMismatch);
    }
    // An image that a client has read and sends back is no change.
    let is_current = match &profile.avatar {
        Some(Avatar::Stored(id)) => context.images().is_form_of(id, &file).await?,
        Some(Avatar::External(_)) | None => false,
    };
    let mut changed = patch.changed_fields(&profile);
    if !is_current {
        changed.push(Field::Avatar);
    }
    context.permit_change(Principal::User(&profile), &profile, &changed, None)?;
    check_managed(&profile, patch)?;
    if is_current {
        return Ok(Edit::Keep);
    }
    let owner = Creator::Profile(profile.id);
    let id = context.images().put(file, &owner, context.now).await?;
    Ok(Edit::Set(Avatar::Stored(id)))
}

/// Returns the edit that makes the image at `url` the profile's avatar. The current image is no
/// change under any base URL. A URL of this deployment without an image is rejected.
async fn avatar_at(
    context: ActionContext<'_>,
    url: WebUrl,
    location: ImageLocation,
) -> Result<Edit<Avatar>> {
    let own = context.find_own().await?;
    let external = Avatar::External(url.clone());
    if own.avatar.as_ref() == Some(&external) {
        // The base URL of the deployment may have changed since.
        return Ok(Edit::Keep);
    }
    let ImageLocation { is_here, image } = location;
    if let Some(id) = image {
        let stored = Avatar::Stored(id.clone());
        if own.avatar.as_ref() == Some(&stored) {
            return Ok(Edit::Keep);
        }
        if is_here && context.images().reuse(&id, context.now).await? {
            return Ok(Edit::Set(stored));
        }
    }
    let placeholder = context.media_urls().placeholder(own.id);
    let is_own = |placeholder: String| MediaUrls::is_same_image(&placeholder, url.as_str());
    if own.avatar.is_none() && placeholder.is_some_and(is_own) {
        return Ok(Edit::Keep);
    }
    if !is_here {
        return Ok(Edit::Set(external));
    }
    let sentence = "must be the URL of an image that this server has";
    Err(Error::Invalid(vec![Violation::new(
        Field::Avatar,
        sentence,
    )]))
}

/// Reads the profile, checks `expected` and the policies against it, and updates it if its revision
/// has not changed since.
async fn update_known_revision(
    context: ActionContext<'_>,
    mut update: ProfileUpdate,
    expected: &Expected,
) -> Result<Profile> {
    for _ in 0..MAX_ATTEMPTS {
        let profile = context.find_own().await?;
        let revision = profile.revision();
        if !expected.admits(revision) || update.patch.adds_name(&profile, &update.existing_names) {
            return Err(Error::VersionMismatch);
        }
        let changed = update.patch.changed_fields(&profile);
        context.permit_change(Principal::User(&profile), &profile, &changed, None)?;
        // If policies permit a change of all named fields, concurrent writes do not matter. Fields
        // that the policies were not asked about must not change, so the revision is fixed then.
        let changes_all_fields = changed.len() == update.patch.named_fields().len();
        update.expected = match expected {
            Expected::Anything if changes_all_fields => None,
            Expected::Anything | Expected::OneOf(_) | Expected::NoneOf(_) | Expected::Absent => {
                Some(revision)
            }
        };
        match context.services.profiles.update(update.clone()).await {
            // A concurrent write: its revision may be among the expected ones as well.
            Err(Error::VersionMismatch) => {}
            done => return done?.ok_or(Error::Unauthenticated),
        }
    }
    Err(Error::Unavailable(None))
}
