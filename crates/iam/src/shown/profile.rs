//! `IAMUserDetailView` of the page.

use jiff::Timestamp;
use manyface_core::{Json, MediaUrls};
use serde::Serialize;

use super::{
    Shown,
    entries::{Described, Tag, described, ids, tags},
    full_name, picture, resume, user_id,
};
use crate::facts::{Facts, Standing};

/// A user with details, flat, key for key in the page's order.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the page has them")]
pub(crate) struct UserDetailView {
    user_id: String,
    full_name: String,
    email: String,
    username: String,
    created_at: String,
    profile_picture: String,
    bio: String,
    address: Option<Json>,
    country: &'static str,
    phone: String,
    dob: Option<String>,
    linkedin_url: String,
    github_url: String,
    twitter_url: String,
    facebook_url: String,
    website_url: String,
    portfolio_url: String,
    skills: Vec<i32>,
    investment_interests: Vec<i32>,
    technical_interests: Vec<i32>,
    focus_area: Vec<i32>,
    resume: String,
    company_info: Option<Json>,
    communication_preferences_phone: bool,
    communication_preferences_email: bool,
    platform_features_emails: bool,
    activity_based_emails: bool,
    skills_data: Vec<Described>,
    investment_interests_data: Vec<Described>,
    technical_interests_data: Vec<Described>,
    focus_area_data: Vec<Tag>,
    additional_data: Option<Json>,
    followers_count: u32,
    following_count: u32,
    is_following: bool,
    is_followed_back: bool,
    is_current_user: bool,
    #[serde(flatten)]
    standing: Standing,
}

impl UserDetailView {
    pub(crate) fn of(shown: Shown, media: &MediaUrls) -> Self {
        let facts = Facts::of(&shown.profile);
        let profile = shown.profile;
        Self {
            user_id: user_id(&profile),
            full_name: full_name(&profile),
            profile_picture: picture(&profile, media),
            resume: resume(&profile, media),
            username: profile.username.as_str().to_owned(),
            email: profile.email,
            created_at: time(profile.created_at),
            bio: profile.bio.unwrap_or_default(),
            address: profile.address,
            country: profile.country.map_or("", |country| country.alpha3()),
            phone: profile.phone.unwrap_or_default(),
            dob: profile.date_of_birth.map(|date| date.to_string()),
            linkedin_url: profile.linkedin_url.unwrap_or_default(),
            github_url: profile.github_url.unwrap_or_default(),
            twitter_url: profile.twitter_url.unwrap_or_default(),
            facebook_url: profile.facebook_url.unwrap_or_default(),
            website_url: profile.website_url.unwrap_or_default(),
            portfolio_url: profile.portfolio_url.unwrap_or_default(),
            skills: ids(&shown.skills),
            investment_interests: ids(&shown.investment_interests),
            technical_interests: ids(&shown.technical_interests),
            focus_area: ids(&shown.focus_area),
            company_info: profile.company_info,
            communication_preferences_phone: profile.communication_preferences_phone,
            communication_preferences_email: profile.communication_preferences_email,
            platform_features_emails: profile.platform_features_emails,
            activity_based_emails: profile.activity_based_emails,
            skills_data: described(&shown.skills),
            investment_interests_data: described(&shown.investment_interests),
            technical_interests_data: described(&shown.technical_interests),
            focus_area_data: tags(&shown.focus_area),
            additional_data: profile.additional_data,
            followers_count: facts.followers_count,
            following_count: facts.following_count,
            // Nobody follows themselves.
            is_following: false,
            is_followed_back: false,
            is_current_user: true,
            standing: facts.standing,
        }
    }
}

/// A time as the framework writes it: with microseconds where there are some, and without where
/// there are none.
fn time(at: Timestamp) -> String {
    let form = if at.subsec_microsecond() == 0 && at.subsec_millisecond() == 0 {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6fZ"
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_written_where_there_are_some() {
        for (at, text) in [
            ("2026-06-25T10:30:00Z", "2026-06-25T10:30:00Z"),
            ("2026-06-25T10:30:00.000001Z", "2026-06-25T10:30:00.000001Z"),
            ("2026-06-25T10:30:00.5Z", "2026-06-25T10:30:00.500000Z"),
        ] {
            assert_eq!(time(at.parse().unwrap()), text);
        }
    }
}
