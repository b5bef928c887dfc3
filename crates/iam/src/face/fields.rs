//! The fields of each view, key for key in the page's order.

mod kinds;

use manyface_core::Field;
use manyface_dialect::{Canonical, FieldView, Meaning, ShownForm, TakenForm, Unset, UsernameForm};

use self::kinds::{country, date, entries, flag, json, link, list, picture, resume, text};
use crate::{
    draft::{MAX_BIO, MAX_FULL_NAME, MAX_PHONE},
    fields::MAX_USERNAME,
};

/// `IAMUserDetailView`. What kind of user it is can be written here, and not seen.
pub(super) const PROFILE: [FieldView; 45] = [
    FieldView::fixed(Canonical::ExternalId, "/user_id"),
    FieldView::of(Field::FullName)
        .shown("/full_name", ShownForm::Text, Unset::Empty)
        .otherwise(&[
            &[Field::GivenName, Field::FamilyName],
            &[Field::DisplayName],
        ])
        .taken(
            "/full_name",
            TakenForm::Text { max: MAX_FULL_NAME },
            Meaning::Refused,
            Meaning::Clears,
        ),
    FieldView::of(Field::Email).shown("/email", ShownForm::Text, Unset::Never),
    FieldView::of(Field::Username)
        .shown("/username", ShownForm::Text, Unset::Never)
        .taken(
            "/username",
            TakenForm::Username {
                max: MAX_USERNAME,
                form: UsernameForm::Unicode,
            },
            Meaning::Refused,
            Meaning::Refused,
        ),
    FieldView::fixed(Canonical::CreatedAt, "/created_at"),
    picture("/details/profile_picture"),
    text(Field::Bio, "/bio", "/details/bio", MAX_BIO, Unset::Empty),
    json(Field::Address, "/address", "/details/address"),
    country("/details/country"),
    text(
        Field::Phone,
        "/phone",
        "/details/phone",
        MAX_PHONE,
        Unset::Empty,
    ),
    date("/details/dob"),
    FieldView::of(Field::UserType).taken(
        "/details/user_type",
        TakenForm::Choice,
        Meaning::Refused,
        Meaning::Clears,
    ),
    link(
        Field::LinkedinUrl,
        "/linkedin_url",
        "/details/linkedin_url",
        Unset::Empty,
    ),
    link(
        Field::GithubUrl,
        "/github_url",
        "/details/github_url",
        Unset::Empty,
    ),
    link(
        Field::TwitterUrl,
        "/twitter_url",
        "/details/twitter_url",
        Unset::Empty,
    ),
    link(
        Field::FacebookUrl,
        "/facebook_url",
        "/details/facebook_url",
        Unset::Empty,
    ),
    link(
        Field::WebsiteUrl,
        "/website_url",
        "/details/website_url",
        Unset::Empty,
    ),
    link(
        Field::PortfolioUrl,
        "/portfolio_url",
        "/details/portfolio_url",
        Unset::Empty,
    ),
    list(
        Field::Skills,
        "/skills",
        "/details/skills",
        ShownForm::Ids,
        Meaning::Refused,
    ),
    list(
        Field::InvestmentInterests,
        "/investment_interests",
        "/details/investment_interests",
        ShownForm::Ids,
        Meaning::Refused,
    ),
    list(
        Field::TechnicalInterests,
        "/technical_interests",
        "/details/technical_interests",
        ShownForm::Ids,
        Meaning::Clears,
    ),
    list(
        Field::FocusArea,
        "/focus_area",
        "/details/focus_area",
        ShownForm::Ids,
        Meaning::Clears,
    ),
    resume("/details/resume"),
    json(Field::CompanyInfo, "/company_info", "/details/company_info"),
    flag(
        Field::CommunicationPreferencesPhone,
        "/communication_preferences_phone",
        "/details/communication_preferences_phone",
    ),
    flag(
        Field::CommunicationPreferencesEmail,
        "/communication_preferences_email",
        "/details/communication_preferences_email",
    ),
    flag(
        Field::PlatformFeaturesEmails,
        "/platform_features_emails",
        "/details/platform_features_emails",
    ),
    flag(
        Field::ActivityBasedEmails,
        "/activity_based_emails",
        "/details/activity_based_emails",
    ),
    entries(Field::Skills, "/skills_data"),
    entries(Field::InvestmentInterests, "/investment_interests_data"),
    entries(Field::TechnicalInterests, "/technical_interests_data"),
    entries(Field::FocusArea, "/focus_area_data"),
    json(
        Field::AdditionalData,
        "/additional_data",
        "/details/additional_data",
    ),
    FieldView::fixed(Canonical::Facts, "/followers_count"),
    FieldView::fixed(Canonical::Facts, "/following_count"),
    FieldView::fixed(Canonical::Nothing, "/is_following"),
    FieldView::fixed(Canonical::Nothing, "/is_followed_back"),
    FieldView::fixed(Canonical::Nothing, "/is_current_user"),
    FieldView::fixed(Canonical::Facts, "/top_domain_elo"),
    FieldView::fixed(Canonical::Facts, "/top_domain_rank"),
    FieldView::fixed(Canonical::Facts, "/streak"),
    FieldView::fixed(Canonical::Facts, "/highest_streak"),
    FieldView::fixed(Canonical::Facts, "/streak_freeze_days"),
    FieldView::fixed(Canonical::Facts, "/title"),
    FieldView::fixed(Canonical::Facts, "/unlocked_titles"),
];

/// `IAMUserDetail`.
pub(super) const DETAILS: [FieldView; 39] = [
    picture("/profile_picture"),
    text(Field::Bio, "/bio", "/bio", MAX_BIO, Unset::Null),
    json(Field::Address, "/address", "/address"),
    country("/country"),
    text(Field::Phone, "/phone", "/phone", MAX_PHONE, Unset::Null),
    date("/dob"),
    FieldView::of(Field::UserType)
        .shown("/user_type", ShownForm::Text, Unset::Empty)
        .taken(
            "/user_type",
            TakenForm::Choice,
            Meaning::Refused,
            Meaning::Clears,
        ),
    link(
        Field::LinkedinUrl,
        "/linkedin_url",
        "/linkedin_url",
        Unset::Null,
    ),
    link(Field::GithubUrl, "/github_url", "/github_url", Unset::Null),
    link(
        Field::TwitterUrl,
        "/twitter_url",
        "/twitter_url",
        Unset::Null,
    ),
    link(
        Field::FacebookUrl,
        "/facebook_url",
        "/facebook_url",
        Unset::Null,
    ),
    link(
        Field::WebsiteUrl,
        "/website_url",
        "/website_url",
        Unset::Null,
    ),
    link(
        Field::PortfolioUrl,
        "/portfolio_url",
        "/portfolio_url",
        Unset::Null,
    ),
    list(
        Field::Skills,
        "/skills",
        "/skills",
        ShownForm::Names,
        Meaning::Refused,
    ),
    list(
        Field::InvestmentInterests,
        "/investment_interests",
        "/investment_interests",
        ShownForm::Names,
        Meaning::Refused,
    ),
    list(
        Field::TechnicalInterests,
        "/technical_interests",
        "/technical_interests",
        ShownForm::Names,
        Meaning::Clears,
    ),
    list(
        Field::FocusArea,
        "/focus_area",
        "/focus_area",
        ShownForm::Names,
        Meaning::Clears,
    ),
    resume("/resume"),
    flag(
        Field::CommunicationPreferencesPhone,
        "/communication_preferences_phone",
        "/communication_preferences_phone",
    ),
    flag(
        Field::CommunicationPreferencesEmail,
        "/communication_preferences_email",
        "/communication_preferences_email",
    ),
    flag(
        Field::PlatformFeaturesEmails,
        "/platform_features_emails",
        "/platform_features_emails",
    ),
    flag(
        Field::ActivityBasedEmails,
        "/activity_based_emails",
        "/activity_based_emails",
    ),
    json(Field::CompanyInfo, "/company_info", "/company_info"),
    entries(Field::Skills, "/skills_data"),
    entries(Field::InvestmentInterests, "/investment_interests_data"),
    entries(Field::TechnicalInterests, "/technical_interests_data"),
    entries(Field::FocusArea, "/focus_area_data"),
    json(
        Field::AdditionalData,
        "/additional_data",
        "/additional_data",
    ),
    FieldView::fixed(Canonical::Facts, "/top_domain_elo"),
    FieldView::fixed(Canonical::Facts, "/top_domain_rank"),
    FieldView::fixed(Canonical::Facts, "/streak"),
    FieldView::fixed(Canonical::Facts, "/highest_streak"),
    FieldView::fixed(Canonical::Facts, "/streak_freeze_days"),
    FieldView::fixed(Canonical::Facts, "/title"),
    FieldView::fixed(Canonical::Facts, "/unlocked_titles"),
    FieldView::fixed(Canonical::Facts, "/followers_count"),
    FieldView::fixed(Canonical::Facts, "/following_count"),
    FieldView::fixed(Canonical::Nothing, "/is_following"),
    FieldView::fixed(Canonical::Nothing, "/is_followed_back"),
];
