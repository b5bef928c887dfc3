//! The fields of each view, in the contract's order.

mod kinds;

use manyface_core::Field;
use manyface_dialect::{
    Absence, Canonical, FieldMapping, NullMeaning, ReadForm, UsernameForm, WriteForm,
};

use self::kinds::{boolean, country, date, entries, image, json, list, page_url, resume, text};
use super::{MAX_BIO, MAX_FULL_NAME, MAX_PHONE, MAX_USERNAME};

/// The fields of `IAMUserDetailView`. The user type can be written, but is not in the response.
pub(super) const PROFILE: [FieldMapping; 45] = [
    FieldMapping::fixed(Canonical::ExternalId, "/user_id"),
    FieldMapping::of(Field::FullName)
        .read_as("/full_name", ReadForm::Text, Absence::Empty)
        .otherwise(&[
            &[Field::GivenName, Field::FamilyName],
            &[Field::DisplayName],
        ])
        .written_as(
            "/full_name",
            WriteForm::Text { max: MAX_FULL_NAME },
            NullMeaning::Rejects,
            NullMeaning::Clears,
        ),
    FieldMapping::of(Field::Email).read_as("/email", ReadForm::Text, Absence::Never),
    FieldMapping::of(Field::Username)
        .read_as("/username", ReadForm::Text, Absence::Never)
        .written_as(
            "/username",
            WriteForm::Username {
                max: MAX_USERNAME,
                form: UsernameForm::Unicode,
            },
            NullMeaning::Rejects,
            NullMeaning::Rejects,
        ),
    FieldMapping::fixed(Canonical::CreatedAt, "/created_at"),
    image("/details/profile_picture"),
    text(Field::Bio, "/bio", "/details/bio", MAX_BIO, Absence::Empty),
    json(Field::Address, "/address", "/details/address"),
    country("/details/country"),
    text(
        Field::Phone,
        "/phone",
        "/details/phone",
        MAX_PHONE,
        Absence::Empty,
    ),
    date("/details/dob"),
    FieldMapping::of(Field::UserType).written_as(
        "/details/user_type",
        WriteForm::Choice,
        NullMeaning::Rejects,
        NullMeaning::Clears,
    ),
    page_url(
        Field::LinkedinUrl,
        "/linkedin_url",
        "/details/linkedin_url",
        Absence::Empty,
    ),
    page_url(
        Field::GithubUrl,
        "/github_url",
        "/details/github_url",
        Absence::Empty,
    ),
    page_url(
        Field::TwitterUrl,
        "/twitter_url",
        "/details/twitter_url",
        Absence::Empty,
    ),
    page_url(
        Field::FacebookUrl,
        "/facebook_url",
        "/details/facebook_url",
        Absence::Empty,
    ),
    page_url(
        Field::WebsiteUrl,
        "/website_url",
        "/details/website_url",
        Absence::Empty,
    ),
    page_url(
        Field::PortfolioUrl,
        "/portfolio_url",
        "/details/portfolio_url",
        Absence::Empty,
    ),
    list(
        Field::Skills,
        "/skills",
        "/details/skills",
        ReadForm::Ids,
        NullMeaning::Rejects,
    ),
    list(
        Field::InvestmentInterests,
        "/investment_interests",
        "/details/investment_interests",
        ReadForm::Ids,
        NullMeaning::Rejects,
    ),
    list(
        Field::TechnicalInterests,
        "/technical_interests",
        "/details/technical_interests",
        ReadForm::Ids,
        NullMeaning::Clears,
    ),
    list(
        Field::FocusArea,
        "/focus_area",
        "/details/focus_area",
        ReadForm::Ids,
        NullMeaning::Clears,
    ),
    resume("/details/resume"),
    json(Field::CompanyInfo, "/company_info", "/details/company_info"),
    boolean(
        Field::CommunicationPreferencesPhone,
        "/communication_preferences_phone",
        "/details/communication_preferences_phone",
    ),
    boolean(
        Field::CommunicationPreferencesEmail,
        "/communication_preferences_email",
        "/details/communication_preferences_email",
    ),
    boolean(
        Field::PlatformFeaturesEmails,
        "/platform_features_emails",
        "/details/platform_features_emails",
    ),
    boolean(
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
    FieldMapping::fixed(Canonical::OperatorData, "/followers_count"),
    FieldMapping::fixed(Canonical::OperatorData, "/following_count"),
    FieldMapping::fixed(Canonical::Nothing, "/is_following"),
    FieldMapping::fixed(Canonical::Nothing, "/is_followed_back"),
    FieldMapping::fixed(Canonical::Nothing, "/is_current_user"),
    FieldMapping::fixed(Canonical::OperatorData, "/top_domain_elo"),
    FieldMapping::fixed(Canonical::OperatorData, "/top_domain_rank"),
    FieldMapping::fixed(Canonical::OperatorData, "/streak"),
    FieldMapping::fixed(Canonical::OperatorData, "/highest_streak"),
    FieldMapping::fixed(Canonical::OperatorData, "/streak_freeze_days"),
    FieldMapping::fixed(Canonical::OperatorData, "/title"),
    FieldMapping::fixed(Canonical::OperatorData, "/unlocked_titles"),
];

/// The fields of `IAMUserDetail`.
pub(super) const DETAILS: [FieldMapping; 39] = [
    image("/profile_picture"),
    text(Field::Bio, "/bio", "/bio", MAX_BIO, Absence::Null),
    json(Field::Address, "/address", "/address"),
    country("/country"),
    text(Field::Phone, "/phone", "/phone", MAX_PHONE, Absence::Null),
    date("/dob"),
    FieldMapping::of(Field::UserType)
        .read_as("/user_type", ReadForm::Text, Absence::Empty)
        .written_as(
            "/user_type",
            WriteForm::Choice,
            NullMeaning::Rejects,
            NullMeaning::Clears,
        ),
    page_url(
        Field::LinkedinUrl,
        "/linkedin_url",
        "/linkedin_url",
        Absence::Null,
    ),
    page_url(
        Field::GithubUrl,
        "/github_url",
        "/github_url",
        Absence::Null,
    ),
    page_url(
        Field::TwitterUrl,
        "/twitter_url",
        "/twitter_url",
        Absence::Null,
    ),
    page_url(
        Field::FacebookUrl,
        "/facebook_url",
        "/facebook_url",
        Absence::Null,
    ),
    page_url(
        Field::WebsiteUrl,
        "/website_url",
        "/website_url",
        Absence::Null,
    ),
    page_url(
        Field::PortfolioUrl,
        "/portfolio_url",
        "/portfolio_url",
        Absence::Null,
    ),
    list(
        Field::Skills,
        "/skills",
        "/skills",
        ReadForm::Names,
        NullMeaning::Rejects,
    ),
    list(
        Field::InvestmentInterests,
        "/investment_interests",
        "/investment_interests",
        ReadForm::Names,
        NullMeaning::Rejects,
    ),
    list(
        Field::TechnicalInterests,
        "/technical_interests",
        "/technical_interests",
        ReadForm::Names,
        NullMeaning::Clears,
    ),
    list(
        Field::FocusArea,
        "/focus_area",
        "/focus_area",
        ReadForm::Names,
        NullMeaning::Clears,
    ),
    resume("/resume"),
    boolean(
        Field::CommunicationPreferencesPhone,
        "/communication_preferences_phone",
        "/communication_preferences_phone",
    ),
    boolean(
        Field::CommunicationPreferencesEmail,
        "/communication_preferences_email",
        "/communication_preferences_email",
    ),
    boolean(
        Field::PlatformFeaturesEmails,
        "/platform_features_emails",
        "/platform_features_emails",
    ),
    boolean(
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
    FieldMapping::fixed(Canonical::OperatorData, "/top_domain_elo"),
    FieldMapping::fixed(Canonical::OperatorData, "/top_domain_rank"),
    FieldMapping::fixed(Canonical::OperatorData, "/streak"),
    FieldMapping::fixed(Canonical::OperatorData, "/highest_streak"),
    FieldMapping::fixed(Canonical::OperatorData, "/streak_freeze_days"),
    FieldMapping::fixed(Canonical::OperatorData, "/title"),
    FieldMapping::fixed(Canonical::OperatorData, "/unlocked_titles"),
    FieldMapping::fixed(Canonical::OperatorData, "/followers_count"),
    FieldMapping::fixed(Canonical::OperatorData, "/following_count"),
    FieldMapping::fixed(Canonical::Nothing, "/is_following"),
    FieldMapping::fixed(Canonical::Nothing, "/is_followed_back"),
];
