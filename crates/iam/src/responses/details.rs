//! `IAMUserDetail` of the contract.

use manyface_core::{Json, MediaUrls};
use serde::Serialize;

use super::{
    DescribedEntry, ProfileWithEntries, Tag, describe_entries, image_url, names, resume_url, tags,
};
use crate::operator_data::{Leaderboard, OperatorData};

/// The details in the contract's order. Unset nullable values are null, and lists contain names.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the contract has them")]
pub(crate) struct UserDetail {
    /// The URL of the image; empty if unset.
    profile_picture: String,
    /// The bio; null if unset.
    bio: Option<String>,
    /// Any JSON value, as it was sent.
    address: Option<Json>,
    /// An ISO 3166-1 alpha-3 code; empty if unset.
    country: &'static str,
    /// The telephone number, as it was sent; null if unset.
    phone: Option<String>,
    /// The date of birth; null if unset.
    dob: Option<String>,
    /// The type of the user; empty if unset. It grants no permissions.
    user_type: String,
    /// The URL of the `LinkedIn` page; null if unset.
    linkedin_url: Option<String>,
    /// The URL of the `GitHub` page; null if unset.
    github_url: Option<String>,
    /// The URL of the Twitter page; null if unset.
    twitter_url: Option<String>,
    /// The URL of the Facebook page; null if unset.
    facebook_url: Option<String>,
    /// The URL of the website; null if unset.
    website_url: Option<String>,
    /// The URL of the portfolio; null if unset.
    portfolio_url: Option<String>,
    /// The names of the skills.
    skills: Vec<String>,
    /// The names of the investment interests.
    investment_interests: Vec<String>,
    /// The names of the technical interests.
    technical_interests: Vec<String>,
    /// The names of the focus areas.
    focus_area: Vec<String>,
    /// The URL of the résumé; empty if unset.
    resume: String,
    /// Whether the user agrees to telephone calls.
    communication_preferences_phone: bool,
    /// Whether the user agrees to e-mails.
    communication_preferences_email: bool,
    /// Whether the user wants e-mails about the platform.
    platform_features_emails: bool,
    /// Whether the user wants e-mails about activities.
    activity_based_emails: bool,
    /// Any JSON value, as it was sent.
    company_info: Option<Json>,
    /// The entries of the skills.
    skills_data: Vec<DescribedEntry>,
    /// The entries of the investment interests.
    investment_interests_data: Vec<DescribedEntry>,
    /// The entries of the technical interests.
    technical_interests_data: Vec<DescribedEntry>,
    /// The entries of the focus areas.
    focus_area_data: Vec<Tag>,
    /// Any JSON value, as it was sent.
    additional_data: Option<Json>,
    #[serde(flatten)]
    leaderboard: Leaderboard,
    /// The number of followers, from the operator data.
    followers_count: u32,
    /// The number of followed users, from the operator data.
    following_count: u32,
    /// Always false: users do not follow themselves.
    is_following: bool,
    /// Always false: users do not follow themselves.
    is_followed_back: bool,
}

impl UserDetail {
    pub(crate) fn of(output: ProfileWithEntries, media: &MediaUrls) -> Self {
        let operator_data = OperatorData::of(&output.profile);
        let profile = output.profile;
        Self {
            profile_picture: image_url(&profile, media),
            resume: resume_url(&profile, media),
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
            skills: names(&output.skills),
            investment_interests: names(&output.investment_interests),
            technical_interests: names(&output.technical_interests),
            focus_area: names(&output.focus_area),
            communication_preferences_phone: profile.communication_preferences_phone,
            communication_preferences_email: profile.communication_preferences_email,
            platform_features_emails: profile.platform_features_emails,
            activity_based_emails: profile.activity_based_emails,
            company_info: profile.company_info,
            skills_data: describe_entries(&output.skills),
            investment_interests_data: describe_entries(&output.investment_interests),
            technical_interests_data: describe_entries(&output.technical_interests),
            focus_area_data: tags(&output.focus_area),
            additional_data: profile.additional_data,
            leaderboard: operator_data.leaderboard,
            followers_count: operator_data.followers_count,
            following_count: operator_data.following_count,
            is_following: false,
            is_followed_back: false,
        }
    }
}
