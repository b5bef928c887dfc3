//! `IAMUserDetail` of the contract.

use manyface_core::{Json, MediaUrls};
use serde::Serialize;

use super::{Described, ShownProfile, Tag, described, names, picture, resume, tags};
use crate::operator_data::{Leaderboard, OperatorData};

/// The details alone, in the contract's order. Nullable values are null if nothing is
/// set, and the four lists are names.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the contract has them")]
pub(crate) struct UserDetail {
    /// The URL of the image; empty if unset.
    profile_picture: String,
    /// About the user; null where none is set.
    bio: Option<String>,
    /// Any JSON, as it was sent.
    address: Option<Json>,
    /// An ISO 3166-1 alpha-3 code; empty where none is set.
    country: &'static str,
    /// A telephone number, as it was sent; null where none is set.
    phone: Option<String>,
    /// The date of birth; null where it is not known.
    dob: Option<String>,
    /// The type of the user; may be empty. It grants nothing.
    user_type: String,
    /// A page on `LinkedIn`; null where none is set.
    linkedin_url: Option<String>,
    /// A page on `GitHub`; null where none is set.
    github_url: Option<String>,
    /// A page on Twitter; null where none is set.
    twitter_url: Option<String>,
    /// A page on Facebook; null where none is set.
    facebook_url: Option<String>,
    /// A website; null where none is set.
    website_url: Option<String>,
    /// A portfolio; null where none is set.
    portfolio_url: Option<String>,
    /// Skills, by their names.
    skills: Vec<String>,
    /// Investment interests, by their names.
    investment_interests: Vec<String>,
    /// Technical interests, by their names.
    technical_interests: Vec<String>,
    /// Focus areas, by their names.
    focus_area: Vec<String>,
    /// The URL of the résumé; empty without one.
    resume: String,
    /// Whether the user wants to be called.
    communication_preferences_phone: bool,
    /// Whether the user wants mail.
    communication_preferences_email: bool,
    /// Whether the user wants mail about the platform.
    platform_features_emails: bool,
    /// Whether the user wants mail about what happens.
    activity_based_emails: bool,
    /// Any JSON, as it was sent.
    company_info: Option<Json>,
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
    #[serde(flatten)]
    leaderboard: Leaderboard,
    /// How many follow the user, as the operator states it.
    followers_count: u32,
    /// How many the user follows, as the operator states it.
    following_count: u32,
    /// Always false: users do not follow themselves.
    is_following: bool,
    /// Always false: users do not follow themselves.
    is_followed_back: bool,
}

impl UserDetail {
    pub(crate) fn of(shown: ShownProfile, media: &MediaUrls) -> Self {
        let operator_data = OperatorData::of(&shown.profile);
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
            leaderboard: operator_data.leaderboard,
            followers_count: operator_data.followers_count,
            following_count: operator_data.following_count,
            is_following: false,
            is_followed_back: false,
        }
    }
}
