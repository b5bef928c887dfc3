//! Writing a user's profile and details.

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
    responses::{ProfileWithEntries, UserDetail, UserDetailView},
    view::VIEWS,
};

/// Saves a draft, or reports all its problems.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SaveDraft {
    pub(crate) draft: Draft,
    /// The problems that were found without the store.
    pub(crate) problems: Problems,
    pub(crate) expected: Expected,
}

impl Action for SaveDraft {
    type Output = ProfileWithEntries;
    type Error = IamError;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ProfileWithEntries, IamError> {
        let Self {
            mut draft,
            mut problems,
            expected,
        } = self;
        check_user_type(context, &mut draft, &mut problems);
        check_date(context, &mut draft, &mut problems);
        let layout = problems.layout();
        let fallbacks = fallback_names(view(layout), &draft.patch);
        if draft.lists.is_empty() && problems.is_empty() {
            if fallbacks.is_empty() {
                let saved = write(context, draft, expected, Vec::new()).await;
                return response(context, layout, saved).await;
            }
            if !draft.has_files() {
                // If the name is set, no fallback is shown, and one statement suffices.
                let existing = fallbacks.iter().map(|name| name.field).collect();
                match write(context, draft.clone(), expected.clone(), existing).await {
                    Err(Error::VersionMismatch) => {}
                    saved => return response(context, layout, saved).await,
                }
            }
        }
        // A caller who does not exist gets a 401, whatever else is wrong.
        let own = ProfileWithEntries::of(context, context.find_own().await?).await?;
        accept_current(context, &own, fallbacks, &mut draft, &mut problems);
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
) -> Result<ProfileWithEntries, IamError> {
    let profile = saved.map_err(|error| IamError::of_write(error, layout))?;
    Ok(ProfileWithEntries::of(context, profile).await?)
}

fn view(layout: Layout) -> &'static View {
    match layout {
        Layout::Nested => &VIEWS[0],
        Layout::Flat => &VIEWS[1],
    }
}

/// Removes values that equal those of the view, and their problems, because they are not changed.
fn accept_current(
    context: ActionContext<'_>,
    own: &ProfileWithEntries,
    fallbacks: Vec<Sent>,
    draft: &mut Draft,
    problems: &mut Problems,
) {
    let sent = std::mem::take(&mut draft.sent);
    if sent.is_empty() && fallbacks.is_empty() {
        return;
    }
    let media = context.media_urls();
    let current = match problems.layout() {
        Layout::Nested => json!(UserDetailView::of(own.clone(), media)),
        Layout::Flat => json!(UserDetail::of(own.clone(), media)),
    };
    let view = view(problems.layout());
    for (field, value) in sent {
        if is_shown(view, &current, field, &value) {
            problems.remove(field);
        }
    }
    for name in fallbacks {
        if draft.patch.adds_name(&own.profile, &[name.field])
            && is_shown(view, &current, name.field, &name.value)
        {
            draft.patch.full_name = Edit::Keep;
        }
    }
}

/// Stores the file of the draft, then updates the profile.
async fn write(
    context: ActionContext<'_>,
    draft: Draft,
    expected: Expected,
    existing_names: Vec<Field>,
) -> Result<Profile> {
    let Draft {
        mut patch,
        lists: _,
        image,
        resume,
        sent: _,
    } = draft;
    let has_resume = resume.is_some() || !patch.resume.is_keep();
    let before = if has_resume {
        // A rejected request must not store a file.
        let fields: Vec<_> = resume.iter().map(|_| Field::Resume).collect();
        Some(check_update(context, &patch, &fields, &expected).await?)
    } else {
        None
    };
    if let Some(before) = &before {
        resumes::keep_own(before, &mut patch);
    }
    let stored = match resume {
        Some(resume) => Some(resumes::put(context, resume, &mut patch).await?),
        None => None,
    };
    let update = UpdateProfile {
        patch,
        picture: image.map(|file| file.to_vec()),
        upload: None,
        expected,
        existing_names,
    };
    match update.run(context).await {
        Ok(profile) => {
            if let Some(before) = before {
                resumes::remove_replaced(context, &before, &profile).await;
            }
            Ok(profile)
        }
        Err(error) => {
            // If it is unknown whether the write succeeded, the collector decides about the file.
            if let Some(stored) = stored
                && !matches!(error, Error::Unavailable(_) | Error::Storage(_))
            {
                resumes::remove(context, &stored).await;
            }
            Err(error)
        }
    }
}

/// Returns the current profile if it accepts the patch and a change of `fields`.
async fn check_update(
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

/// Returns whether the user name of the patch is not available to the profile.
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
    let user_type = &mut draft.patch.user_type;
    if let Edit::Set(choice) = user_type
        && !context.settings().user_types.contains(choice)
    {
        problems.add(Field::UserType, not_a_choice(choice));
        draft
            .sent
            .push((Field::UserType, SentValue::Text(std::mem::take(choice))));
        *user_type = Edit::Keep;
    }
}

/// Rejects a date of birth in the future. In some time zones it is tomorrow already.
fn check_date(context: ActionContext<'_>, draft: &mut Draft, problems: &mut Problems) {
    let today = Offset::UTC.to_datetime(context.now).date();
    let date_of_birth = &mut draft.patch.date_of_birth;
    if let Edit::Set(date) = date_of_birth
        && *date > today.saturating_add(1.day())
    {
        problems.add(Field::DateOfBirth, "Ensure this date is not in the future.");
        draft
            .sent
            .push((Field::DateOfBirth, SentValue::Text(date.to_string())));
        *date_of_birth = Edit::Keep;
    }
}
