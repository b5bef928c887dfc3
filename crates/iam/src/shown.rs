//! A profile with the names that it shares with others, and its two views.

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

/// A profile, and the entries of its four lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ShownProfile {
    pub(crate) profile: Profile,
    pub(crate) skills: Vec<Arc<CatalogueEntry>>,
    pub(crate) investment_interests: Vec<Arc<CatalogueEntry>>,
    pub(crate) technical_interests: Vec<Arc<CatalogueEntry>>,
    pub(crate) focus_area: Vec<Arc<CatalogueEntry>>,
}

impl ShownProfile {
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

    /// The entries of one list.
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

/// The view of `iamuserdetails/me/`, which shows other things than the profile's.
pub(crate) const DETAILS_VIEW: &str = "iam-details";
/// The view of `user/profile/`.
pub(crate) const PROFILE_VIEW: &str = NAME;

/// Returns the profile's id in this dialect.
fn user_id(profile: &Profile) -> String {
    match profile.external_ids.get(NAME) {
        Some(id) => id.clone(),
        None => crate::external_id::mint(profile),
    }
}

/// The user's whole name; for reading only, what comes nearest to it.
fn full_name(profile: &Profile) -> String {
    let given = profile.given_name.iter().chain(&profile.family_name);
    let joined = given.map(String::as_str).collect::<Vec<_>>().join(" ");
    let nearest = || Some(joined).filter(|name| !name.is_empty());
    profile
        .full_name
        .clone()
        .or_else(nearest)
        .or_else(|| profile.display_name.clone())
        .unwrap_or_default()
}

fn picture(profile: &Profile, media: &MediaUrls) -> String {
    let avatar = profile.avatar.as_ref();
    avatar
        .and_then(|avatar| media.avatar(avatar))
        .unwrap_or_default()
}

fn resume(profile: &Profile, media: &MediaUrls) -> String {
    let Some(text) = &profile.resume else {
        return String::new();
    };
    match StoredResume::of_profile(text) {
        Some(kept) => media
            .resume(&kept.key, kept.format.ending())
            .unwrap_or_default(),
        None => text.clone(),
    }
}

/// Reads a profile, with the names that it shares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read;

impl Action for Read {
    type Output = ShownProfile;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ShownProfile> {
        let profile = context.read_own().await?;
        ShownProfile::of(context, profile).await
    }
}

/// `DeveloperSkill` and `InvestmentInterest` of the contract.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Described {
    /// The number.
    id: i32,
    /// The name.
    name: String,
    /// Its description.
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

fn described(entries: &[Arc<CatalogueEntry>]) -> Vec<Described> {
    let described = entries.iter().map(|entry| Described {
        id: entry.id.0,
        name: entry.name.clone(),
        description: entry.description.clone(),
    });
    described.collect()
}

fn tags(entries: &[Arc<CatalogueEntry>]) -> Vec<Tag> {
    let name = |entry: &Arc<CatalogueEntry>| Tag {
        name: entry.name.clone(),
    };
    entries.iter().map(name).collect()
}
