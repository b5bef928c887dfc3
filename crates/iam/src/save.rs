//! Changing a user's profile and details.

mod lists;
mod resumes;

use jiff::{ToSpan, tz::Offset};
use manyface_core::{
    Action, ActionContext, Edit, Error, Expected, Field, Profile, ProfilePatch, Result,
    UpdateProfile,
};

use manyface_dialect::{Sent, SentValue, View, fallback_names, is_shown};
use serde_json::json;

use crate::{
    IamError,
    draft::Draft,
    error::TAKEN,
    fields::not_a_choice,
    problems::{Layout, Problems},
    shown::{ShownProfile, UserDetail, UserDetailView},
    view::VIEWS,
};

/// Saves a draft, or reports everything that is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Save {
    pub(crate) draft: Draft,
    /// The problems of the request itself.
    pub(crate) problems: Problems,
    pub(crate) expected: Expected,
}

impl Action for Save {
    type Output = ShownProfile;
    type Error = IamError;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ShownProfile, IamError> {
        let Self {
            mut draft,
            mut problems,
            expected,
        } = self;
        check_user_type(context, &mut draft, &mut problems);
        check_date(context, &mut draft, &mut problems);
        let layout = problems.layout();
        let names = fallback_names(view(layout), &draft.patch);
        if draft.lists.is_empty() && problems.is_empty() {
            if names.is_empty() {
                let saved = write(context, draft, expected, Vec::new()).await;
                return response(context, layout, saved).await;
            }
            if !draft.has_files() {
                // A name that is set already is not shown by another: one statement does.
                let existing = names.iter().map(|name| name.field).collect();
                match write(context, draft.clone(), expected.clone(), existing).await {
                    Err(Error::VersionMismatch) => {}
                    saved => return response(context, layout, saved).await,
                }
            }
        }
        // A caller who does not exist receives that, whatever else is wrong.
        let own = ShownProfile::of(context, context.find_own().await?).await?;
        keep_shown(context, &own, names, &mut draft, &mut problems);
        let lists = std::mem::take(&mut draft.lists);
        lists::resolve(context, &own, lists, &mut draft.patch, &mut problems).await?;
        if !problems.is_empty() {
            check_username(context, &own.profile, &draft.patch, &mut problems).await?;
            return Err(problems.into());
        }
        let saved = write(context, draft, expected, Vec::new()).await;
        response(context, layout, saved).await
    }
}

async fn response(
    context: ActionContext<'_>,
    layout: Layout,
    saved: Result<Profile>,
) -> Result<ShownProfile, IamError> {
    let profile = saved.map_err(|error| IamError::of_write(error, layout))?;
    Ok(ShownProfile::of(context, profile).await?)
}

fn view(layout: Layout) -> &'static View {
    match layout {
        Layout::Nested => &VIEWS[0],
        Layout::Flat => &VIEWS[1],
    }
}

/// Drops the values that are what the view shows, and what is wrong with them: they are no change.
fn keep_shown(
    context: ActionContext<'_>,
    own: &ShownProfile,
    names: Vec<Sent>,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let sent = std::mem::take(&mut draft.sent);
    if sent.is_empty() && names.is_empty() {
        return;
    }
    let media = context.media_urls();
    let shown = match problems.layout() {
        Layout::Nested => json!(UserDetailView::of(own.clone(), media)),
        Layout::Flat => json!(UserDetail::of(own.clone(), media)),
    };
    let view = view(problems.layout());
    for (field, value) in sent {
        if is_shown(view, &shown, field, &value) {
            problems.remove(field);
        }
    }
    for name in names {
        if draft.patch.adds_name(&own.profile, &[name.field])
            && is_shown(view, &shown, name.field, &name.value)
        {
            draft.patch.full_name = Edit::Keep;
        }
    }
}

/// Makes what the draft needs next to the profile, then changes the profile.
async fn write(
    context: ActionContext<'_>,
    draft: Draft,
    expected: Expected,
    existing_names: Vec<Field>,
) -> Result<Profile> {
    let Draft {
        mut patch,
        lists: _,
        picture,
        resume,
        sent: _,
    } = draft;
    let names_resume = resume.is_some() || !patch.resume.is_keep();
    let before = if names_resume {
        // Nothing is stored for a request that is rejected anyway.
        let fields: Vec<_> = resume.iter().map(|_| Field::Resume).collect();
        Some(would_be_taken(context, &patch, &fields, &expected).await?)
    } else {
        None
    };
    if let Some(before) = &before {
        resumes::settle(before, &mut patch);
    }
    let kept = match resume {
        Some(resume) => Some(resumes::put(context, resume, &mut patch).await?),
        None => None,
    };
    let update = UpdateProfile {
        patch,
        picture: picture.map(|file| file.to_vec()),
        upload: None,
        expected,
        existing_names,
    };
    match update.run(context).await {
        Ok(profile) => {
            if let Some(before) = before {
                resumes::forget_replaced(context, &before, &profile).await;
            }
            Ok(profile)
        }
        Err(error) => {
            // If the outcome of the write is unknown, the file stays, for the collector.
            if let Some(kept) = kept
                && !matches!(error, Error::Unavailable(_) | Error::Storage(_))
            {
                resumes::forget(context, &kept).await;
            }
            Err(error)
        }
    }
}

/// The profile as it is, if it would take the patch and these further `fields`.
async fn would_be_taken(
    context: ActionContext<'_>,
    patch: &ProfilePatch,
    fields: &[Field],
    expected: &Expected,
) -> Result<Profile> {
    let profile = context.check_change(patch, fields, expected).await?;
    if is_taken(context, &profile, patch).await? {
        return Err(Error::Taken(Field::Username));
    }
    Ok(profile)
}

/// Returns whether the profile cannot take the name that the patch gives it.
async fn is_taken(
    context: ActionContext<'_>,
    profile: &Profile,
    patch: &ProfilePatch,
) -> Result<bool> {
    let Some(username) = &patch.username else {
        return Ok(false);
    };
    let is_available = context.is_available(username, Some(profile)).await?;
    Ok(!is_available)
}

async fn check_username(
    context: ActionContext<'_>,
    profile: &Profile,
    patch: &ProfilePatch,
    problems: &mut Problems,
) -> Result<()> {
    if is_taken(context, profile, patch).await? {
        problems.add(Field::Username, TAKEN);
    }
    Ok(())
}

fn check_user_type(context: ActionContext<'_>, draft: &mut Draft, problems: &mut Problems) {
    let given = &mut draft.patch.user_type;
    if let Edit::Set(kind) = given
        && !context.settings().user_types.contains(kind)
    {
        problems.add(Field::UserType, not_a_choice(kind));
        draft
            .sent
            .push((Field::UserType, SentValue::Text(std::mem::take(kind))));
        *given = Edit::Keep;
    }
}

/// A date of birth is not in the future. It is tomorrow in some time zones.
fn check_date(context: ActionContext<'_>, draft: &mut Draft, problems: &mut Problems) {
    let today = Offset::UTC.to_datetime(context.now).date();
    let given = &mut draft.patch.date_of_birth;
    if let Edit::Set(date) = given
        && *date > today.saturating_add(1.day())
    {
        problems.add(Field::DateOfBirth, "Ensure this date is not in the future.");
        draft
            .sent
            .push((Field::DateOfBirth, SentValue::Text(date.to_string())));
        *given = Edit::Keep;
    }
}
