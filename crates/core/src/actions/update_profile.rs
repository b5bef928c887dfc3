//! Changing the caller's own profile.

use crate::{
    Action, ActionContext, Avatar, Creator, Edit, Error, Expected, Field, ImageLocation, MediaUrls,
    Principal, Profile, ProfilePatch, ProfileUpdate, Quotas, Result, Violation, WebUrl,
    check_managed,
};

/// The maximum number of attempts of a write whose revision changed concurrently.
const ATTEMPTS: usize = 8;

/// Changes exactly the fields of the caller's own profile that the patch names, and returns the
/// profile as it then is.
///
/// [`Error::Forbidden`] if the credential is bound to an account.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateProfile {
    /// The changes.
    pub patch: ProfilePatch,
    /// A file to keep as the user's image, whatever the patch says of the avatar.
    pub picture: Option<Vec<u8>>,
    /// The upload that the patch makes the avatar.
    pub upload: Option<Box<str>>,
    /// The state the change is meant for.
    pub expected: Expected,
    /// Names that must have a value already ([`ProfileUpdate::existing_names`]).
    pub existing_names: Vec<Field>,
}

/// Rarely used parts are boxed: all other updates would pay for their size when they are moved.
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
            // The name that the profile already has is no change, even if it is reserved.
            let profile = Box::pin(context.find_own()).await?;
            if profile.username != *username {
                let violation = Violation::new(Field::Username, reason.to_string());
                return Err(Error::Invalid(vec![violation]));
            }
        }
        if let Some(file) = picture {
            let kept = store_image(context, &patch, file, &expected);
            patch.avatar = Box::pin(kept).await?;
        } else if let Edit::Set(Avatar::External(url)) = &patch.avatar
            && let Some(location) = context.media_urls().locate(url)
        {
            patch.avatar = Box::pin(avatar_at(context, url.clone(), location)).await?;
        }
        let mut update = ProfileUpdate {
            who,
            tenant: context.caller.tenant,
            patch,
            expected: None,
            existing_names,
            upload,
            most_new_entries: Quotas::most(context.settings().quotas.new_names_per_day),
            provenance: context.provenance(),
        };
        if context.services.policies.is_some() {
            return Box::pin(on_a_known_state(context, update, &expected)).await;
        }
        match expected {
            Expected::Anything => {}
            Expected::OneOf(revisions) if revisions.len() == 1 => {
                update.expected = revisions.into_iter().next();
            }
            other @ (Expected::OneOf(_) | Expected::NoneOf(_) | Expected::Absent) => {
                return Box::pin(on_a_known_state(context, update, &other)).await;
            }
        }
        let updated = context.services.profiles.update(update).await?;
        updated.ok_or(Error::Unauthenticated)
    }
}

/// Keeps `file` as an image; the edit that makes it the profile's avatar.
///
/// The bytes are durable before anything refers to them: a crash in between leaves at worst a
/// unused image.
async fn store_image(
    context: ActionContext<'_>,
    patch: &ProfilePatch,
    file: Vec<u8>,
    expected: &Expected,
) -> Result<Edit<Avatar>> {
    let profile = context.find_own().await?;
    // Nothing is decoded for a request that is rejected anyway.
    if !expected.admits(profile.revision()) {
        return Err(Error::VersionMismatch);
    }
    // What a client has read and sends back is no change.
    let is_there = match &profile.avatar {
        Some(Avatar::Stored(id)) => context.images().is_form_of(id, &file).await?,
        Some(Avatar::External(_)) | None => false,
    };
    let mut changed = patch.changed_fields(&profile);
    if !is_there {
        changed.push(Field::Avatar);
    }
    context.permit_change(Principal::User(&profile), &profile, &changed, None)?;
    check_managed(&profile, patch)?;
    if is_there {
        return Ok(Edit::Keep);
    }
    let owner = Creator::Profile(profile.id);
    let id = context.images().put(file, &owner, context.now).await?;
    Ok(Edit::Set(Avatar::Stored(id)))
}

/// The edit that makes what is at `url` the profile's avatar. The profile's own image is no
/// change, whatever base URL the client read it under, and no stored image is given up for a URL
/// of this deployment that has no image.
async fn avatar_at(
    context: ActionContext<'_>,
    url: WebUrl,
    location: ImageLocation,
) -> Result<Edit<Avatar>> {
    let own = context.find_own().await?;
    let external = Avatar::External(url.clone());
    if own.avatar.as_ref() == Some(&external) {
        // The base URL may have been another one when it was stored.
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

/// Looks which state the profile is in and, where `expected` and the policies admit that, writes
/// to what they admitted only.
async fn on_a_known_state(
    context: ActionContext<'_>,
    mut update: ProfileUpdate,
    expected: &Expected,
) -> Result<Profile> {
    for _ in 0..ATTEMPTS {
        let profile = context.find_own().await?;
        let revision = profile.revision();
        if !expected.admits(revision) || update.patch.adds_name(&profile, &update.existing_names) {
            return Err(Error::VersionMismatch);
        }
        let changed = update.patch.changed_fields(&profile);
        context.permit_change(Principal::User(&profile), &profile, &changed, None)?;
        // Where all that the patch names may be changed, it does not matter what others do to it
        // meanwhile. Where some of it would not change now, it must not change later either.
        let is_whole = changed.len() == update.patch.named_fields().len();
        update.expected = match expected {
            Expected::Anything if is_whole => None,
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
