//! `IAMUserDetailView` of the contract.

use jiff::Timestamp;
use manyface_core::{Json, MediaUrls};
use serde::Serialize;

use super::{
    DescribedEntry, ProfileWithEntries, Tag, describe_entries, full_name, ids, image_url,
    resume_url, tags, user_id,
};
use crate::operator_data::{Leaderboard, OperatorData};

/// A user with their details in one flat object, in the contract's order. Lists contain ids.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the contract has them")]
pub(crate) struct UserDetailView {
    /// The user's id in this dialect, which never changes.
    user_id: String,
    /// The full name, or a read-only fallback if unset.
    full_name: String,
    /// The e-mail address, read-only.
    email: String,
    /// The unique user name.
    username: String,
    /// The creation time, with microseconds only if they are not zero.
    created_at: String,
    /// The URL of the image; empty if unset.
    profile_picture: String,
    /// The bio; empty if unset.
    bio: String,
    /// Any JSON value, as it was sent.
    address: Option<Json>,
    /// An ISO 3166-1 alpha-3 code; empty if unset.
    country: &'static str,
    /// The telephone number, as it was sent; empty if unset.
    phone: String,
    /// The date of birth; null if unset.
    dob: Option<String>,
    /// The URL of the `LinkedIn` page; empty if unset.
    linkedin_url: String,
    /// The URL of the `GitHub` page; empty if unset.
    github_url: String,
    /// The URL of the Twitter page; empty if unset.
    twitter_url: String,
    /// The URL of the Facebook page; empty if unset.
    facebook_url: String,
    /// The URL of the website; empty if unset.
    website_url: String,
    /// The URL of the portfolio; empty if unset.
    portfolio_url: String,
    /// The ids of the skills.
    skills: Vec<i32>,
    /// The ids of the investment interests.
    investment_interests: Vec<i32>,
    /// The ids of the technical interests.
    technical_interests: Vec<i32>,
    /// The ids of the focus areas.
    focus_area: Vec<i32>,
    /// The URL of the résumé; empty if unset.
    resume: String,
    /// Any JSON value, as it was sent.
    company_info: Option<Json>,
    /// Whether the user agrees to telephone calls.
    communication_preferences_phone: bool,
    /// Whether the user agrees to e-mails.
    communication_preferences_email: bool,
    /// Whether the user wants e-mails about the platform.
    platform_features_emails: bool,
    /// Whether the user wants e-mails about activities.
    activity_based_emails: bool,
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
    /// The number of followers, from the operator data.
    followers_count: u32,
    /// The number of followed users, from the operator data.
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
    pub(crate) fn of(output: ProfileWithEntries, media: &MediaUrls) -> Self {
        let operator_data = OperatorData::of(&output.profile);
        let profile = output.profile;
        Self {
            user_id: user_id(&profile),
            full_name: full_name(&profile),
            profile_picture: image_url(&profile, media),
            resume: resume_url(&profile, media),
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
            skills: ids(&output.skills),
            investment_interests: ids(&output.investment_interests),
            technical_interests: ids(&output.technical_interests),
            focus_area: ids(&output.focus_area),
            company_info: profile.company_info,
            communication_preferences_phone: profile.communication_preferences_phone,
            communication_preferences_email: profile.communication_preferences_email,
            platform_features_emails: profile.platform_features_emails,
            activity_based_emails: profile.activity_based_emails,
            skills_data: describe_entries(&output.skills),
            investment_interests_data: describe_entries(&output.investment_interests),
            technical_interests_data: describe_entries(&output.technical_interests),
            focus_area_data: tags(&output.focus_area),
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

/// Formats a time as the framework does: with microseconds only if they are not zero.
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
    fn microseconds_are_omitted_if_zero() {
        for (at, text) in [
            ("2026-06-25T10:30:00Z", "2026-06-25T10:30:00Z"),
            ("2026-06-25T10:30:00.000001Z", "2026-06-25T10:30:00.000001Z"),
            ("2026-06-25T10:30:00.5Z", "2026-06-25T10:30:00.500000Z"),
        ] {
            assert_eq!(time(at.parse().unwrap()), text);
        }
    }
}
