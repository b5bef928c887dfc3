//! `IAMUserDetail` of the page.

use manyface_core::{Json, MediaUrls};
use serde::Serialize;

use super::{
    Shown,
    entries::{Described, Tag, described, names, tags},
    picture, resume,
};
use crate::facts::{Facts, Standing};

/// The details alone, key for key in the page's order. What may be null is null where nothing is
/// set, and the four lists are names.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the page has them")]
pub(crate) struct UserDetail {
    profile_picture: String,
    bio: Option<String>,
    address: Option<Json>,
    country: &'static str,
    phone: Option<String>,
    dob: Option<String>,
    user_type: String,
    linkedin_url: Option<String>,
    github_url: Option<String>,
    twitter_url: Option<String>,
    facebook_url: Option<String>,
    website_url: Option<String>,
    portfolio_url: Option<String>,
    skills: Vec<String>,
    investment_interests: Vec<String>,
    technical_interests: Vec<String>,
    focus_area: Vec<String>,
    resume: String,
    communication_preferences_phone: bool,
    communication_preferences_email: bool,
    platform_features_emails: bool,
    activity_based_emails: bool,
    company_info: Option<Json>,
    skills_data: Vec<Described>,
    investment_interests_data: Vec<Described>,
    technical_interests_data: Vec<Described>,
    focus_area_data: Vec<Tag>,
    additional_data: Option<Json>,
    #[serde(flatten)]
    standing: Standing,
    followers_count: u32,
    following_count: u32,
    is_following: bool,
    is_followed_back: bool,
}

impl UserDetail {
    pub(crate) fn of(shown: Shown, media: &MediaUrls) -> Self {
        let facts = Facts::of(&shown.profile);
        let profile = shown.profile;
        Self {
            profile_picture: picture(&profile, media),
            resume: resume(&profile, media),
            bio: profile.bio,
            address: profile.address,
            country: profile.country.map_or("", |country| country.alpha3()),
            phone: profile.phone,
            dob: profile.date_of_birth.map(|date| date.to_string()),
            user_type: profile.user_type.unwrap_or_default(),
            linkedin_url: profile.linkedin_url,
            github_url: profile.github_url,
            twitter_url: profile.twitter_url,
            facebook_url: profile.facebook_url,
            website_url: profile.website_url,
            portfolio_url: profile.portfolio_url,
            skills: names(&shown.skills),
            investment_interests: names(&shown.investment_interests),
            technical_interests: names(&shown.technical_interests),
            focus_area: names(&shown.focus_area),
            communication_preferences_phone: profile.communication_preferences_phone,
            communication_preferences_email: profile.communication_preferences_email,
            platform_features_emails: profile.platform_features_emails,
            activity_based_emails: profile.activity_based_emails,
            company_info: profile.company_info,
            skills_data: described(&shown.skills),
            investment_interests_data: described(&shown.investment_interests),
            technical_interests_data: described(&shown.technical_interests),
            focus_area_data: tags(&shown.focus_area),
            additional_data: profile.additional_data,
            standing: facts.standing,
            followers_count: facts.followers_count,
            following_count: facts.following_count,
            is_following: false,
            is_followed_back: false,
        }
    }
}
