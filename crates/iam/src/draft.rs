//! The changes of a request, before the store is read.

use bytes::Bytes;
use manyface_core::{CatalogueKind, Field, Json, ProfilePatch};
use manyface_dialect::SentValue;

use crate::{
    fields::{self, ListItem, Null, UrlOrFile},
    input::{EmptyString, Fields, NestedFields},
    problems::{Problem, Problems},
    python::Value,
    request::not_a_dictionary,
    resume::Resume,
    view::{self, MAX_BIO, MAX_FULL_NAME, MAX_PHONE},
};

/// A change without the values that depend on the deployment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    /// All fields except lists and files.
    pub(crate) patch: ProfilePatch,
    /// The lists of the request.
    pub(crate) lists: Vec<(CatalogueKind, Vec<ListItem>)>,
    /// An uploaded image.
    pub(crate) image: Option<Bytes>,
    /// An uploaded résumé.
    pub(crate) resume: Option<Resume>,
    /// The invalid values, which are accepted if the view returns them.
    pub(crate) sent: Vec<(Field, SentValue)>,
}

impl Draft {
    /// Returns whether the request has a file or the URL of a résumé, which may be a stored file.
    pub(crate) fn has_files(&self) -> bool {
        self.image.is_some() || self.resume.is_some() || !self.patch.resume.is_keep()
    }
}

/// Reads a user: two fields, and the details in `details`.
pub(crate) fn user(input: &Fields<'_>, problems: &mut Problems) -> Draft {
    let mut draft = Draft::default();
    let full_name = fields::text(input, "full_name", MAX_FULL_NAME, Null::Rejected);
    draft.patch.full_name = or_keep(Field::FullName, full_name, problems);
    draft.patch.username = or_keep(
        Field::Username,
        fields::username(input, "username"),
        problems,
    );
    match input.nested("details") {
        None => {}
        Some(NestedFields::Null) => problems.add_null_details(),
        Some(NestedFields::TooMany) => {
            problems.add_details("The number of fields is exceeded.".to_owned());
        }
        Some(NestedFields::Other(type_name)) => problems.add_details(not_a_dictionary(type_name)),
        Some(NestedFields::Fields(input)) => details(&input, &mut draft, problems),
    }
    keep_invalid(input, view::user(), &mut draft, problems);
    draft
}

/// Reads details.
pub(crate) fn details(input: &Fields<'_>, draft: &mut Draft, problems: &mut Problems) {
    let text = |name, max| fields::text(input, name, max, Null::Clears);
    let url = |name| fields::page_url(input, name);
    let boolean = |name| fields::boolean(input, name);
    let json = |name| fields::json(input, name);
    let patch = &mut draft.patch;
    patch.bio = or_keep(Field::Bio, text("bio", MAX_BIO), problems);
    patch.phone = or_keep(Field::Phone, text("phone", MAX_PHONE), problems);
    patch.country = or_keep(Field::Country, fields::country(input, "country"), problems);
    patch.date_of_birth = or_keep(Field::DateOfBirth, fields::date(input, "dob"), problems);
    patch.user_type = or_keep(
        Field::UserType,
        fields::choice(input, "user_type"),
        problems,
    );
    for (field, name, edit) in [
        (Field::Address, "address", &mut patch.address),
        (Field::CompanyInfo, "company_info", &mut patch.company_info),
        (
            Field::AdditionalData,
            "additional_data",
            &mut patch.additional_data,
        ),
    ] {
        *edit = or_keep(field, json(name), problems);
    }
    for (field, name, edit) in [
        (Field::LinkedinUrl, "linkedin_url", &mut patch.linkedin_url),
        (Field::GithubUrl, "github_url", &mut patch.github_url),
        (Field::TwitterUrl, "twitter_url", &mut patch.twitter_url),
        (Field::FacebookUrl, "facebook_url", &mut patch.facebook_url),
        (Field::WebsiteUrl, "website_url", &mut patch.website_url),
        (
            Field::PortfolioUrl,
            "portfolio_url",
            &mut patch.portfolio_url,
        ),
    ] {
        *edit = or_keep(field, url(name), problems);
    }
    for (field, name, value) in [
        (
            Field::CommunicationPreferencesPhone,
            "communication_preferences_phone",
            &mut patch.communication_preferences_phone,
        ),
        (
            Field::CommunicationPreferencesEmail,
            "communication_preferences_email",
            &mut patch.communication_preferences_email,
        ),
        (
            Field::PlatformFeaturesEmails,
            "platform_features_emails",
            &mut patch.platform_features_emails,
        ),
        (
            Field::ActivityBasedEmails,
            "activity_based_emails",
            &mut patch.activity_based_emails,
        ),
    ] {
        *value = or_keep(field, boolean(name), problems);
    }
    lists(input, draft, problems);
    files(input, draft, problems);
    keep_invalid(input, view::details(), draft, problems);
}

/// Adds the invalid values of `fields` to the draft.
fn keep_invalid(
    input: &Fields<'_>,
    fields: impl Iterator<Item = (Field, &'static str)>,
    draft: &mut Draft,
    problems: &Problems,
) {
    for (field, name) in fields.filter(|(field, _)| problems.has(*field)) {
        let value = if view::is_json(field) {
            let json = input.json(name).and_then(Result::ok);
            // The value as it was sent: formatting it costs its depth times its length.
            let text = json.and_then(|value| match value.raw() {
                Some(raw) => Some(raw.as_str().to_owned()),
                None => value.to_json(),
            });
            let json = text.and_then(|text| Json::parse(text).ok());
            json.map(SentValue::Json)
        } else {
            match input.value(name, EmptyString::Text) {
                Some(Value::Null) => Some(SentValue::Null),
                Some(Value::Text(text)) => Some(SentValue::Text(text.text.into_owned())),
                Some(
                    Value::Bool(_)
                    | Value::Int(_)
                    | Value::Float(_)
                    | Value::List(_)
                    | Value::Dict(_)
                    | Value::File(_),
                )
                | None => None,
            }
        };
        draft.sent.extend(value.map(|value| (field, value)));
    }
}

fn lists(input: &Fields<'_>, draft: &mut Draft, problems: &mut Problems) {
    for (kind, name, null) in [
        (CatalogueKind::Skill, "skills", Null::Rejected),
        (
            CatalogueKind::InvestmentInterest,
            "investment_interests",
            Null::Rejected,
        ),
        (
            CatalogueKind::TechnicalInterest,
            "technical_interests",
            Null::Clears,
        ),
        (CatalogueKind::Tag, "focus_area", Null::Clears),
    ] {
        let items = or_keep(kind.field(), fields::names(input, name, null), problems);
        draft.lists.extend(items.map(|items| (kind, items)));
    }
}

fn files(input: &Fields<'_>, draft: &mut Draft, problems: &mut Problems) {
    match fields::image(input, "profile_picture") {
        Ok(UrlOrFile::Url(avatar)) => draft.patch.avatar = avatar,
        Ok(UrlOrFile::File(file)) => draft.image = Some(file.content),
        Err(problem) => problems.add(Field::Avatar, problem),
    }
    match fields::resume(input, "resume") {
        Ok(UrlOrFile::Url(resume)) => draft.patch.resume = resume,
        Ok(UrlOrFile::File(file)) => match Resume::of(file.content) {
            Ok(resume) => draft.resume = Some(resume),
            Err(message) => problems.add(Field::Resume, message),
        },
        Err(problem) => problems.add(Field::Resume, problem),
    }
}

/// Returns the value of a field, or its default after reporting a problem.
fn or_keep<T: Default>(field: Field, value: Result<T, Problem>, problems: &mut Problems) -> T {
    value.unwrap_or_else(|problem| {
        problems.add(field, problem);
        T::default()
    })
}
