//! Which fields a patch speaks of.

use super::ProfilePatch;
use crate::Field;

impl ProfilePatch {
    /// The fields that the patch names, whether they would change or not.
    pub fn named_fields(&self) -> Vec<Field> {
        let Self {
            username,
            display_name,
            full_name,
            given_name,
            family_name,
            bio,
            avatar,
            country,
            date_of_birth,
            phone,
            address,
            user_type,
            linkedin_url,
            github_url,
            twitter_url,
            facebook_url,
            website_url,
            portfolio_url,
            skills,
            investment_interests,
            technical_interests,
            focus_area,
            resume,
            company_info,
            communication_preferences_phone: to_call,
            communication_preferences_email: to_write,
            platform_features_emails: to_tell_news,
            activity_based_emails: to_tell_events,
            additional_data,
            new_entries: _,
        } = self;
        let is_named = [
            (Field::Username, username.is_some()),
            (Field::DisplayName, !display_name.is_keep()),
            (Field::FullName, !full_name.is_keep()),
            (Field::GivenName, !given_name.is_keep()),
            (Field::FamilyName, !family_name.is_keep()),
            (Field::Bio, !bio.is_keep()),
            (Field::Avatar, !avatar.is_keep()),
            (Field::Country, !country.is_keep()),
            (Field::DateOfBirth, !date_of_birth.is_keep()),
            (Field::Phone, !phone.is_keep()),
            (Field::Address, !address.is_keep()),
            (Field::UserType, !user_type.is_keep()),
            (Field::LinkedinUrl, !linkedin_url.is_keep()),
            (Field::GithubUrl, !github_url.is_keep()),
            (Field::TwitterUrl, !twitter_url.is_keep()),
            (Field::FacebookUrl, !facebook_url.is_keep()),
            (Field::WebsiteUrl, !website_url.is_keep()),
            (Field::PortfolioUrl, !portfolio_url.is_keep()),
            (Field::Skills, skills.is_some()),
            (Field::InvestmentInterests, investment_interests.is_some()),
            (Field::TechnicalInterests, technical_interests.is_some()),
            (Field::FocusArea, focus_area.is_some()),
            (Field::Resume, !resume.is_keep()),
            (Field::CompanyInfo, !company_info.is_keep()),
            (Field::CommunicationPreferencesPhone, to_call.is_some()),
            (Field::CommunicationPreferencesEmail, to_write.is_some()),
            (Field::PlatformFeaturesEmails, to_tell_news.is_some()),
            (Field::ActivityBasedEmails, to_tell_events.is_some()),
            (Field::AdditionalData, !additional_data.is_keep()),
        ];
        let named = |(field, is_named): (Field, bool)| is_named.then_some(field);
        is_named.into_iter().filter_map(named).collect()
    }
}
