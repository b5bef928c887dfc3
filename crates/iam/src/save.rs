//! Changing a user's profile and details.

mod lists;
mod resumes;

use jiff::{ToSpan, tz::Offset};
use manyface_core::{
    Action, Edit, Error, Expected, Field, Profile, ProfilePatch, Result, Session, UpdateProfile,
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
    pub(crate) draft: Draft,
    /// What was wrong with the request by itself.
    pub(crate) problems: Problems,
    pub(crate) expected: Expected,
}

/// What became of a request to change something.
pub(crate) type Saved = std::result::Result<Shown, Problems>;

impl Action for Save {
    type Output = Saved;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, session: Session<'_>) -> Result<Saved> {
        let Self {
            mut draft,
            mut problems,
            expected,
        } = self;
        check_user_type(session, &draft.patch, &mut problems);
        check_date(session, &draft.patch, &mut problems);
        let lists = std::mem::take(&mut draft.lists);
        if !lists.is_empty() || !problems.is_empty() {
            // A caller who does not exist receives that, whatever else is wrong.
            let profile = session.find_own().await?;
            let (tenant, patch) = (profile.tenant_id, &mut draft.patch);
            lists::resolve(session, tenant, lists, patch, &mut problems).await?;
            if !problems.is_empty() {
                check_username(session, &profile, patch, &mut problems).await?;
                return Ok(Err(problems));
            }
        }
        let layout = problems.layout();
        let saved = write(session, draft, expected).await;
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
async fn write(session: Session<'_>, draft: Draft, expected: Expected) -> Result<Profile> {
    let Draft {
        mut patch,
        lists: _,
        picture,
        resume,
    } = draft;
    let names_resume = resume.is_some() || !patch.resume.is_keep();
    let before = if names_resume {
        // Nothing is stored for a request that is rejected anyway.
        let fields: Vec<_> = resume.iter().map(|_| Field::Resume).collect();
        Some(would_be_taken(session, &patch, &fields, &expected).await?)
    } else {
        None
    };
    if let Some(before) = &before {
        resumes::settle(session, before, &mut patch);
    }
    let kept = match resume {
        Some(resume) => Some(resumes::keep(session, resume, &mut patch).await?),
        None => None,
    };
    let update = UpdateProfile {
        patch,
        picture: picture.map(|file| file.to_vec()),
        upload: None,
        expected,
    };
    match update.run(session).await {
        Ok(profile) => {
            if let Some(before) = before {
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

/// The profile as it is, if it would take the patch and these further `fields`.
async fn would_be_taken(
    session: Session<'_>,
    patch: &ProfilePatch,
    fields: &[Field],
    expected: &Expected,
) -> Result<Profile> {
    let profile = session.check_change(patch, fields, expected).await?;
    if is_taken(session, &profile, patch).await? {
        return Err(Error::Taken(Field::Username));
    }
    Ok(profile)
}

/// Returns whether the profile cannot take the name that the patch gives it.
async fn is_taken(session: Session<'_>, profile: &Profile, patch: &ProfilePatch) -> Result<bool> {
    let Some(username) = &patch.username else {
        return Ok(false);
    };
    let is_available = session.is_available(username, Some(profile)).await?;
    Ok(!is_available)
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
