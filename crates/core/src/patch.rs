//! Changes to a profile.

mod named_fields;

use jiff::civil::Date;

use crate::{Avatar, CatalogueId, Country, Edit, Field, Json, NewEntry, Profile, Username};

/// What a write asks of a profile: exactly the fields that it names, and nothing else.
///
/// A field that can be empty has an [`Edit`]; one that cannot has an `Option`, so that nobody can
/// ask to clear it. A list is cleared by setting it to an empty one. What no user may write through
/// any dialect (the email address, facts, ids) is not here.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of `Profile`")]
pub struct ProfilePatch {
    pub username: Option<Username>,
    pub display_name: Edit<String>,
    pub full_name: Edit<String>,
    pub given_name: Edit<String>,
    pub family_name: Edit<String>,
    pub bio: Edit<String>,
    pub avatar: Edit<Avatar>,
    pub country: Edit<Country>,
    pub date_of_birth: Edit<Date>,
    pub phone: Edit<String>,
    pub address: Edit<Json>,
    pub user_type: Edit<String>,
    pub linkedin_url: Edit<String>,
    pub github_url: Edit<String>,
    pub twitter_url: Edit<String>,
    pub facebook_url: Edit<String>,
    pub website_url: Edit<String>,
    pub portfolio_url: Edit<String>,
    pub skills: Option<Vec<CatalogueId>>,
    pub investment_interests: Option<Vec<CatalogueId>>,
    pub technical_interests: Option<Vec<CatalogueId>>,
    pub focus_area: Option<Vec<CatalogueId>>,
    pub resume: Edit<String>,
    pub company_info: Edit<Json>,
    pub communication_preferences_phone: Option<bool>,
    pub communication_preferences_email: Option<bool>,
    pub platform_features_emails: Option<bool>,
    pub activity_based_emails: Option<bool>,
    pub additional_data: Edit<Json>,
    /// The entries that the lists refer to and that the write adds, in one transaction with the
    /// profile. They are no field: what the history keeps are the ids in the lists.
    pub new_entries: Vec<NewEntry>,
}

impl ProfilePatch {
    /// The names that may be unset. A dialect may show another field's value in place of one.
    pub const NAMES: [Field; 4] = [
        Field::DisplayName,
        Field::FullName,
        Field::GivenName,
        Field::FamilyName,
    ];

    /// Returns whether the patch sets one of `names` that `profile` does not have.
    pub fn adds_name(&self, profile: &Profile, names: &[Field]) -> bool {
        [
            (
                Field::DisplayName,
                &self.display_name,
                &profile.display_name,
            ),
            (Field::FullName, &self.full_name, &profile.full_name),
            (Field::GivenName, &self.given_name, &profile.given_name),
            (Field::FamilyName, &self.family_name, &profile.family_name),
        ]
        .into_iter()
        .any(|(name, edit, value)| {
            names.contains(&name) && value.is_none() && matches!(edit, Edit::Set(_))
        })
    }

    /// Whether the patch names no field at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The patch that does first this one and then `later`.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
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
            communication_preferences_phone,
            communication_preferences_email,
            platform_features_emails,
            activity_based_emails,
            additional_data,
            mut new_entries,
        } = self;
        new_entries.extend(later.new_entries);
        Self {
            username: later.username.or(username),
            display_name: display_name.then(later.display_name),
            full_name: full_name.then(later.full_name),
            given_name: given_name.then(later.given_name),
            family_name: family_name.then(later.family_name),
            bio: bio.then(later.bio),
            avatar: avatar.then(later.avatar),
            country: country.then(later.country),
            date_of_birth: date_of_birth.then(later.date_of_birth),
            phone: phone.then(later.phone),
            address: address.then(later.address),
            user_type: user_type.then(later.user_type),
            linkedin_url: linkedin_url.then(later.linkedin_url),
            github_url: github_url.then(later.github_url),
            twitter_url: twitter_url.then(later.twitter_url),
            facebook_url: facebook_url.then(later.facebook_url),
            website_url: website_url.then(later.website_url),
            portfolio_url: portfolio_url.then(later.portfolio_url),
            skills: later.skills.or(skills),
            investment_interests: later.investment_interests.or(investment_interests),
            technical_interests: later.technical_interests.or(technical_interests),
            focus_area: later.focus_area.or(focus_area),
            resume: resume.then(later.resume),
            company_info: company_info.then(later.company_info),
            communication_preferences_phone: later
                .communication_preferences_phone
                .or(communication_preferences_phone),
            communication_preferences_email: later
                .communication_preferences_email
                .or(communication_preferences_email),
            platform_features_emails: later.platform_features_emails.or(platform_features_emails),
            activity_based_emails: later.activity_based_emails.or(activity_based_emails),
            additional_data: additional_data.then(later.additional_data),
            new_entries,
        }
    }

    /// Does what the patch asks. The version and the times are the store's.
    pub fn apply(self, profile: &mut Profile) {
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
            communication_preferences_phone,
            communication_preferences_email,
            platform_features_emails,
            activity_based_emails,
            additional_data,
            new_entries: _,
        } = self;
        set(&mut profile.username, username);
        display_name.apply(&mut profile.display_name);
        full_name.apply(&mut profile.full_name);
        given_name.apply(&mut profile.given_name);
        family_name.apply(&mut profile.family_name);
        bio.apply(&mut profile.bio);
        avatar.apply(&mut profile.avatar);
        country.apply(&mut profile.country);
        date_of_birth.apply(&mut profile.date_of_birth);
        phone.apply(&mut profile.phone);
        address.apply(&mut profile.address);
        user_type.apply(&mut profile.user_type);
        linkedin_url.apply(&mut profile.linkedin_url);
        github_url.apply(&mut profile.github_url);
        twitter_url.apply(&mut profile.twitter_url);
        facebook_url.apply(&mut profile.facebook_url);
        website_url.apply(&mut profile.website_url);
        portfolio_url.apply(&mut profile.portfolio_url);
        set(&mut profile.skills, skills);
        set(&mut profile.investment_interests, investment_interests);
        set(&mut profile.technical_interests, technical_interests);
        set(&mut profile.focus_area, focus_area);
        resume.apply(&mut profile.resume);
        company_info.apply(&mut profile.company_info);
        set(
            &mut profile.communication_preferences_phone,
            communication_preferences_phone,
        );
        set(
            &mut profile.communication_preferences_email,
            communication_preferences_email,
        );
        set(
            &mut profile.platform_features_emails,
            platform_features_emails,
        );
        set(&mut profile.activity_based_emails, activity_based_emails);
        additional_data.apply(&mut profile.additional_data);
    }

    /// The fields in which `profile` would be another after the patch.
    #[expect(
        clippy::too_many_lines,
        reason = "two lines for each field, and nothing else"
    )]
    pub fn changed_fields(&self, profile: &Profile) -> Vec<Field> {
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
            communication_preferences_phone,
            communication_preferences_email,
            platform_features_emails,
            activity_based_emails,
            additional_data,
            new_entries: _,
        } = self;
        let changes = [
            (
                Field::Username,
                differs(username.as_ref(), &profile.username),
            ),
            (
                Field::DisplayName,
                display_name.changes(&profile.display_name),
            ),
            (Field::FullName, full_name.changes(&profile.full_name)),
            (Field::GivenName, given_name.changes(&profile.given_name)),
            (Field::FamilyName, family_name.changes(&profile.family_name)),
            (Field::Bio, bio.changes(&profile.bio)),
            (Field::Avatar, avatar.changes(&profile.avatar)),
            (Field::Country, country.changes(&profile.country)),
            (
                Field::DateOfBirth,
                date_of_birth.changes(&profile.date_of_birth),
            ),
            (Field::Phone, phone.changes(&profile.phone)),
            (Field::Address, address.changes(&profile.address)),
            (Field::UserType, user_type.changes(&profile.user_type)),
            (
                Field::LinkedinUrl,
                linkedin_url.changes(&profile.linkedin_url),
            ),
            (Field::GithubUrl, github_url.changes(&profile.github_url)),
            (Field::TwitterUrl, twitter_url.changes(&profile.twitter_url)),
            (
                Field::FacebookUrl,
                facebook_url.changes(&profile.facebook_url),
            ),
            (Field::WebsiteUrl, website_url.changes(&profile.website_url)),
            (
                Field::PortfolioUrl,
                portfolio_url.changes(&profile.portfolio_url),
            ),
            (Field::Skills, differs(skills.as_ref(), &profile.skills)),
            (
                Field::InvestmentInterests,
                differs(investment_interests.as_ref(), &profile.investment_interests),
            ),
            (
                Field::TechnicalInterests,
                differs(technical_interests.as_ref(), &profile.technical_interests),
            ),
            (
                Field::FocusArea,
                differs(focus_area.as_ref(), &profile.focus_area),
            ),
            (Field::Resume, resume.changes(&profile.resume)),
            (
                Field::CompanyInfo,
                company_info.changes(&profile.company_info),
            ),
            (
                Field::CommunicationPreferencesPhone,
                differs(
                    communication_preferences_phone.as_ref(),
                    &profile.communication_preferences_phone,
                ),
            ),
            (
                Field::CommunicationPreferencesEmail,
                differs(
                    communication_preferences_email.as_ref(),
                    &profile.communication_preferences_email,
                ),
            ),
            (
                Field::PlatformFeaturesEmails,
                differs(
                    platform_features_emails.as_ref(),
                    &profile.platform_features_emails,
                ),
            ),
            (
                Field::ActivityBasedEmails,
                differs(
                    activity_based_emails.as_ref(),
                    &profile.activity_based_emails,
                ),
            ),
            (
                Field::AdditionalData,
                additional_data.changes(&profile.additional_data),
            ),
        ];
        let is_changed = |(field, is_changed): (Field, bool)| is_changed.then_some(field);
        changes.into_iter().filter_map(is_changed).collect()
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn differs<T: PartialEq>(value: Option<&T>, field: &T) -> bool {
    value.is_some_and(|value| value != field)
}
