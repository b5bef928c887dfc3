//! The names of the canonical fields.

use std::fmt;

use serde::{Serialize, Serializer};

/// A field of the canonical profile that a request may address or an error may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the fields of `Profile`")]
pub enum Field {
    Username,
    Email,
    DisplayName,
    FullName,
    GivenName,
    FamilyName,
    Bio,
    Avatar,
    Country,
    DateOfBirth,
    Phone,
    Address,
    UserType,
    LinkedinUrl,
    GithubUrl,
    TwitterUrl,
    FacebookUrl,
    WebsiteUrl,
    PortfolioUrl,
    Skills,
    InvestmentInterests,
    TechnicalInterests,
    FocusArea,
    Resume,
    CompanyInfo,
    CommunicationPreferencesPhone,
    CommunicationPreferencesEmail,
    PlatformFeaturesEmails,
    ActivityBasedEmails,
    AdditionalData,
    TenantId,
    ExternalId,
    Identity,
    Account,
    Upload,
    CatalogueEntry,
}

impl Field {
    /// The field's canonical name, in snake case. A dialect has its own spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::DisplayName => "display_name",
            Self::FullName => "full_name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Bio => "bio",
            Self::Avatar => "avatar",
            Self::Country => "country",
            Self::DateOfBirth => "date_of_birth",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::UserType => "user_type",
            Self::LinkedinUrl => "linkedin_url",
            Self::GithubUrl => "github_url",
            Self::TwitterUrl => "twitter_url",
            Self::FacebookUrl => "facebook_url",
            Self::WebsiteUrl => "website_url",
            Self::PortfolioUrl => "portfolio_url",
            Self::Skills => "skills",
            Self::InvestmentInterests => "investment_interests",
            Self::TechnicalInterests => "technical_interests",
            Self::FocusArea => "focus_area",
            Self::Resume => "resume",
            Self::CompanyInfo => "company_info",
            Self::CommunicationPreferencesPhone => "communication_preferences_phone",
            Self::CommunicationPreferencesEmail => "communication_preferences_email",
            Self::PlatformFeaturesEmails => "platform_features_emails",
            Self::ActivityBasedEmails => "activity_based_emails",
            Self::AdditionalData => "additional_data",
            Self::TenantId => "tenant_id",
            Self::ExternalId => "external_id",
            Self::Identity => "identity",
            Self::Account => "account",
            Self::Upload => "upload",
            Self::CatalogueEntry => "catalogue_entry",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
