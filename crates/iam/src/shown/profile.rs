//! `IAMUserDetailView` of the contract.

use jiff::Timestamp;
use manyface_core::{Json, MediaUrls};
use serde::Serialize;

use super::{
    Described, ShownProfile, Tag, described, full_name, ids, picture, resume, tags, user_id,
};
use crate::operator_data::{Leaderboard, OperatorData};

/// A user with details, flat, in the contract's order.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the contract has them")]
pub(crate) struct UserDetailView {
    /// The user's id in this API. It never changes.
    user_id: String,
    /// The whole name; for reading only, what comes nearest to it where none is set.
    full_name: String,
    /// The user's e-mail address, read-only.
    email: String,
    /// The unique name.
    username: String,
    /// When the user was made; with microseconds where there are any.
    created_at: String,
    /// The URL of the image; empty if unset.
    profile_picture: String,
    /// About the user; empty where none is set.
    bio: String,
    /// Any JSON, as it was sent.
    address: Option<Json>,
    /// An ISO 3166-1 alpha-3 code; empty where none is set.
    country: &'static str,
    /// A telephone number, as it was sent; empty where none is set.
    phone: String,
    /// The date of birth; null where it is not known.
    dob: Option<String>,
    /// A page on `LinkedIn`; empty where none is set.
    linkedin_url: String,
    /// A page on `GitHub`; empty where none is set.
    github_url: String,
    /// A page on Twitter; empty where none is set.
    twitter_url: String,
    /// A page on Facebook; empty where none is set.
    facebook_url: String,
    /// A website; empty where none is set.
    website_url: String,
    /// A portfolio; empty where none is set.
    portfolio_url: String,
    /// Skills, by their numbers.
    skills: Vec<i32>,
    /// Investment interests, by their numbers.
    investment_interests: Vec<i32>,
    /// Technical interests, by their numbers.
    technical_interests: Vec<i32>,
    /// Focus areas, by their numbers.
    focus_area: Vec<i32>,
    /// The URL of the résumé; empty without one.
    resume: String,
    /// Any JSON, as it was sent.
    company_info: Option<Json>,
    /// Whether the user wants to be called.
    communication_preferences_phone: bool,
    /// Whether the user wants mail.
    communication_preferences_email: bool,
    /// Whether the user wants mail about the platform.
    platform_features_emails: bool,
    /// Whether the user wants mail about what happens.
    activity_based_emails: bool,
    /// The skills themselves.
    skills_data: Vec<Described>,
    /// The investment interests themselves.
    investment_interests_data: Vec<Described>,
    /// The technical interests themselves.
    technical_interests_data: Vec<Described>,
    /// The focus areas themselves.
    focus_area_data: Vec<Tag>,
    /// Any JSON, as it was sent.
    additional_data: Option<Json>,
    /// How many follow the user, as the operator states it.
    followers_count: u32,
    /// How many the user follows, as the operator states it.
    following_count: u32,
    /// Always false: users do not follow themselves.
    is_following: bool,
    /// Always false: users do not follow themselves.
    is_followed_back: bool,
    /// Always true.
    is_current_user: bool,
    #[serde(flatten)]
    leaderboard: Leaderboard,
}

impl UserDetailView {
    pub(crate) fn of(shown: ShownProfile, media: &MediaUrls) -> Self {
        let operator_data = OperatorData::of(&shown.profile);
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
            followers_count: operator_data.followers_count,
            following_count: operator_data.following_count,
            // Users do not follow themselves.
            is_following: false,
            is_followed_back: false,
            is_current_user: true,
            leaderboard: operator_data.leaderboard,
        }
    }
}

/// A time as the framework writes it: with microseconds where there are some, and without where
/// there are none.
fn time(at: Timestamp) -> String {
    if at.subsec_microsecond() == 0 && at.subsec_millisecond() == 0 {
        format!("{at:.0}")
    } else {
        format!("{at:.6}")
    }
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
