//! Changing a user's profile and details.

mod lists;
mod resumes;

use jiff::{ToSpan, tz::Offset};
use manyface_core::{
    Action, Edit, Error, Expected, Field, Profile, ProfilePatch, ProfileRef, Result, Session,
    UpdateProfile, check_managed,
};

use crate::{
    draft::Draft,
    error::{TAKEN, problems_of},
    fields::not_a_choice,
    problems::Problems,
    shown::Shown,
};

/// Changes what a draft names, or tells everything that is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Save {
    pub(crate) who: ProfileRef,
    pub(crate) draft: Draft,
    /// What was wrong with the request by itself.
    pub(crate) problems: Problems,
    pub(crate) expected: Expected,
}

/// What became of a request to change something.
pub(crate) type Saved = std::result::Result<Shown, Problems>;

impl Action for Save {
    type Output = Saved;

    async fn run(self, session: Session<'_>) -> Result<Saved> {
        let Self {
            who,
            mut draft,
            mut problems,
            expected,
        } = self;
        check_user_type(session, &draft.patch, &mut problems);
        check_date(session, &draft.patch, &mut problems);
        let plan = lists::plan(session, std::mem::take(&mut draft.lists), &mut problems).await?;
        if !problems.is_empty() {
            // Who is gone is told that, whatever else is wrong.
            let profile = find(session, &who).await?;
            check_username(session, &profile, &draft.patch, &mut problems).await?;
            return Ok(Err(problems));
        }
        let layout = problems.layout();
        let saved = write(session, who, draft, plan, expected).await;
        match saved {
            Ok(profile) => Ok(Ok(Shown::of(session, profile).await?)),
            Err(error) => match problems_of(&error, layout) {
                Some(problems) => Ok(Err(problems)),
                None => Err(error),
            },
        }
    }
}

/// Makes what the draft needs beside the profile, then changes the profile.
async fn write(
    session: Session<'_>,
    who: ProfileRef,
    draft: Draft,
    plan: lists::Plan,
    expected: Expected,
) -> Result<Profile> {
    let Draft {
        mut patch,
        lists: _,
        picture,
        resume,
    } = draft;
    let names_resume = resume.is_some() || !patch.resume.is_keep();
    let before = if names_resume || plan.brings_names() {
        // Nothing is made for a request that is refused anyway.
        let mut fields = plan.fields();
        fields.extend(resume.as_ref().map(|_| Field::Resume));
        Some(would_be_taken(session, &who, &patch, fields, &expected).await?)
    } else {
        None
    };
    plan.fill(session, &mut patch).await?;
    if let Some(before) = &before {
        resumes::settle(session, before, &mut patch);
    }
    let kept = match resume {
        Some(resume) => Some(resumes::keep(session, resume, &mut patch).await?),
        None => None,
    };
    let update = UpdateProfile {
        who,
        tenant: None,
        patch,
        picture: picture.map(|file| file.to_vec()),
        expected,
    };
    match update.run(session).await {
        Ok(profile) => {
            if let Some(before) = before.filter(|_| names_resume) {
                resumes::forget_replaced(session, &before, &profile).await;
            }
            Ok(profile)
        }
        Err(error) => {
            // Where nobody can tell whether it was written, the file stays, for the collector.
            if let Some(kept) = kept
                && !matches!(error, Error::Unavailable(_) | Error::Storage(_))
            {
                resumes::forget(session, &kept).await;
            }
            Err(error)
        }
    }
}

async fn find(session: Session<'_>, who: &ProfileRef) -> Result<Profile> {
    let found = session.profiles.find(who).await?;
    found.ok_or(Error::NotFound)
}

/// The profile as it is, where it would take the patch and these further `fields`.
async fn would_be_taken(
    session: Session<'_>,
    who: &ProfileRef,
    patch: &ProfilePatch,
    mut fields: Vec<Field>,
    expected: &Expected,
) -> Result<Profile> {
    let profile = find(session, who).await?;
    if !expected.admits(profile.revision()) {
        return Err(Error::VersionMismatch);
    }
    fields.extend(patch.changed_fields(&profile));
    session.permit_change(&profile, &fields, None)?;
    check_managed(&profile, patch)?;
    if is_taken(session, &profile, patch).await? {
        return Err(Error::Taken(Field::Username));
    }
    Ok(profile)
}

/// Whether the name that the patch gives is somebody else's, or nobody may have it.
async fn is_taken(session: Session<'_>, profile: &Profile, patch: &ProfilePatch) -> Result<bool> {
    let Some(username) = &patch.username else {
        return Ok(false);
    };
    if username.key() == profile.username.key() {
        return Ok(false);
    }
    if session.reserved.check(username).is_err() {
        return Ok(true);
    }
    let holder = ProfileRef::Username(username.key().to_owned());
    let holder = session.profiles.find(&holder).await?;
    Ok(holder.is_some_and(|holder| holder.id != profile.id))
}

async fn check_username(
    session: Session<'_>,
    profile: &Profile,
    patch: &ProfilePatch,
    problems: &mut Problems,
) -> Result<()> {
    if is_taken(session, profile, patch).await? {
        problems.add(Field::Username, TAKEN);
    }
    Ok(())
}

fn check_user_type(session: Session<'_>, patch: &ProfilePatch, problems: &mut Problems) {
    if let Edit::Set(given) = &patch.user_type
        && !session.rules.user_types.contains(given)
    {
        problems.add(Field::UserType, not_a_choice(given));
    }
}

/// Nobody is born in the future. Somewhere it is tomorrow already.
fn check_date(session: Session<'_>, patch: &ProfilePatch, problems: &mut Problems) {
    let today = Offset::UTC.to_datetime(session.now).date();
    if let Edit::Set(date) = patch.date_of_birth
        && date > today.saturating_add(1.day())
    {
        problems.add(Field::DateOfBirth, "Ensure this date is not in the future.");
    }
}
