//! The two representations of a profile.

mod details;
mod profile;

use std::sync::Arc;

use manyface_core::{
    Action, ActionContext, CatalogueEntry, CatalogueKind, Error, MediaUrls, Profile, Result,
};
use manyface_dialect::EntityTag;
use serde::Serialize;

use crate::{NAME, resume::StoredResume};

pub(crate) use details::UserDetail;
pub(crate) use profile::UserDetailView;

/// A profile with the catalogue entries of its four lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProfileWithEntries {
    pub(crate) profile: Profile,
    pub(crate) skills: Vec<Arc<CatalogueEntry>>,
    pub(crate) investment_interests: Vec<Arc<CatalogueEntry>>,
    pub(crate) technical_interests: Vec<Arc<CatalogueEntry>>,
    pub(crate) focus_area: Vec<Arc<CatalogueEntry>>,
}

impl ProfileWithEntries {
    pub(crate) async fn of(context: ActionContext<'_>, profile: Profile) -> Result<Self> {
        let tenant = profile.tenant_id;
        let entries = |ids| context.catalogue().entries(tenant, ids);
        Ok(Self {
            skills: entries(&profile.skills).await?,
            investment_interests: entries(&profile.investment_interests).await?,
            technical_interests: entries(&profile.technical_interests).await?,
            focus_area: entries(&profile.focus_area).await?,
            profile,
        })
    }

    /// Returns the entries of one list.
    pub(crate) fn list(&self, kind: CatalogueKind) -> &[Arc<CatalogueEntry>] {
        match kind {
            CatalogueKind::Skill => &self.skills,
            CatalogueKind::InvestmentInterest => &self.investment_interests,
            CatalogueKind::TechnicalInterest => &self.technical_interests,
            CatalogueKind::Tag => &self.focus_area,
        }
    }

    pub(crate) fn entity_tag(&self, view: &'static str) -> EntityTag<'static> {
        EntityTag {
            revision: self.profile.revision(),
            view,
        }
    }
}

/// The name of the view of `iamuserdetails/me/` in entity tags.
pub(crate) const DETAILS_VIEW: &str = "iam-details";
/// The name of the view of `user/profile/` in entity tags.
pub(crate) const PROFILE_VIEW: &str = NAME;

/// Returns the profile's id in this dialect.
fn user_id(profile: &Profile) -> String {
    match profile.external_ids.get(NAME) {
        Some(id) => id.clone(),
        None => crate::external_id::mint(profile),
    }
}

/// Returns the full name, or a read-only fallback.
fn full_name(profile: &Profile) -> String {
    let given = profile.given_name.iter().chain(&profile.family_name);
    let joined = given.map(String::as_str).collect::<Vec<_>>().join(" ");
    let fallback = || Some(joined).filter(|name| !name.is_empty());
    profile
        .full_name
        .clone()
        .or_else(fallback)
        .or_else(|| profile.display_name.clone())
        .unwrap_or_default()
}

fn image_url(profile: &Profile, media: &MediaUrls) -> String {
    let avatar = profile.avatar.as_ref();
    avatar
        .and_then(|avatar| media.avatar(avatar))
        .unwrap_or_default()
}

fn resume_url(profile: &Profile, media: &MediaUrls) -> String {
    let Some(text) = &profile.resume else {
        return String::new();
    };
    match StoredResume::of_profile(text) {
        Some(stored) => media
            .resume(&stored.key, stored.format.extension())
            .unwrap_or_default(),
        None => text.clone(),
    }
}

/// Reads the caller's profile with its catalogue entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadProfileWithEntries;

impl Action for ReadProfileWithEntries {
    type Output = ProfileWithEntries;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ProfileWithEntries> {
        let profile = context.read_own().await?;
        ProfileWithEntries::of(context, profile).await
    }
}

/// `DeveloperSkill` and `InvestmentInterest` of the contract.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DescribedEntry {
    /// The id.
    id: i32,
    /// The name.
    name: String,
    /// The description.
    description: Option<String>,
}

/// `Tag` of the contract.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tag {
    /// The name.
    name: String,
}

fn ids(entries: &[Arc<CatalogueEntry>]) -> Vec<i32> {
    entries.iter().map(|entry| entry.id.0).collect()
}

fn names(entries: &[Arc<CatalogueEntry>]) -> Vec<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

fn describe_entries(entries: &[Arc<CatalogueEntry>]) -> Vec<DescribedEntry> {
    let entries = entries.iter().map(|entry| DescribedEntry {
        id: entry.id.0,
        name: entry.name.clone(),
        description: entry.description.clone(),
    });
    entries.collect()
}

fn tags(entries: &[Arc<CatalogueEntry>]) -> Vec<Tag> {
    let name = |entry: &Arc<CatalogueEntry>| Tag {
        name: entry.name.clone(),
    };
    entries.iter().map(name).collect()
}
