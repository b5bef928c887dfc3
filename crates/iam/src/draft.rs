//! The changes of a request, as far as they are known without the store.

use bytes::Bytes;
use manyface_core::{CatalogueKind, Field, Json, ProfilePatch};
use manyface_dialect::SentValue;

use crate::{
    data::{Blank, Data, Nested},
    fields::{self, Given, Null, Wanted},
    problems::{Problem, Problems},
    python::Value,
    request::no_dictionary,
    resume::Resume,
    view,
};

/// The longest texts, in characters.
pub(crate) const MAX_FULL_NAME: usize = 255;
pub(crate) const MAX_BIO: usize = 10_000;
pub(crate) const MAX_PHONE: usize = 32;

/// A change that is still to be completed by what only the deployment knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    /// All fields but the lists and the files.
    pub(crate) patch: ProfilePatch,
    /// The lists that are given.
    pub(crate) lists: Vec<(CatalogueKind, Vec<Wanted>)>,
    /// An image that comes as a file.
    pub(crate) picture: Option<Bytes>,
    /// A résumé that comes as a file.
    pub(crate) resume: Option<Resume>,
    /// The values that break a rule, which are no change if they are what the view shows.
    pub(crate) sent: Vec<(Field, SentValue)>,
}

impl Draft {
    /// Whether the request has a file, or names a résumé, which may be one.
    pub(crate) fn has_files(&self) -> bool {
        self.picture.is_some() || self.resume.is_some() || !self.patch.resume.is_keep()
    }
}

/// Reads a user: two fields, and the details in `details`.
pub(crate) fn user(data: &Data<'_>, problems: &mut Problems) -> Draft {
    let mut draft = Draft::default();
    let full_name = fields::text(data, "full_name", MAX_FULL_NAME, Null::Rejected);
    draft.patch.full_name = or_keep(Field::FullName, full_name, problems);
    draft.patch.username = or_keep(
        Field::Username,
        fields::username(data, "username"),
        problems,
    );
    match data.nested("details") {
        None => {}
        Some(Nested::Null) => problems.add_null_details(),
        Some(Nested::TooMany) => {
            problems.add_details("The number of fields is exceeded.".to_owned());
        }
        Some(Nested::Other(kind)) => problems.add_details(no_dictionary(kind)),
        Some(Nested::Data(data)) => details(&data, &mut draft, problems),
    }
    remember(data, view::user(), &mut draft, problems);
    draft
}

/// Reads details.
pub(crate) fn details(data: &Data<'_>, draft: &mut Draft, problems: &mut Problems) {
    let text = |name, max| fields::text(data, name, max, Null::Clears);
    let link = |name| fields::link(data, name);
    let flag = |name| fields::flag(data, name);
    let json = |name| fields::json(data, name);
    let patch = &mut draft.patch;
    patch.bio = or_keep(Field::Bio, text("bio", MAX_BIO), problems);
    patch.phone = or_keep(Field::Phone, text("phone", MAX_PHONE), problems);
    patch.country = or_keep(Field::Country, fields::country(data, "country"), problems);
    patch.date_of_birth = or_keep(Field::DateOfBirth, fields::date(data, "dob"), problems);
    patch.user_type = or_keep(Field::UserType, fields::choice(data, "user_type"), problems);
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
        *edit = or_keep(field, link(name), problems);
    }
    for (field, name, set) in [
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
        *set = or_keep(field, flag(name), problems);
    }
    lists(data, draft, problems);
    files(data, draft, problems);
    remember(data, view::details(), draft, problems);
}

/// Adds the values of the `fields` that break a rule to the draft.
fn remember(
    data: &Data<'_>,
    fields: impl Iterator<Item = (Field, &'static str)>,
    draft: &mut Draft,
    problems: &Problems,
) {
    for (field, name) in fields.filter(|(field, _)| problems.names(*field)) {
        let value = if view::is_json(field) {
            let json = data.json(name).and_then(Result::ok);
            // As it was sent: to write it anew costs its depth times its length.
            let text = json.and_then(|value| match value.raw() {
                Some(raw) => Some(raw.as_str().to_owned()),
                None => value.to_json(),
            });
            let json = text.and_then(|text| Json::parse(text).ok());
            json.map(SentValue::Json)
        } else {
            match data.value(name, Blank::Text) {
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

fn lists(data: &Data<'_>, draft: &mut Draft, problems: &mut Problems) {
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
        let wanted = or_keep(kind.field(), fields::names(data, name, null), problems);
        draft.lists.extend(wanted.map(|wanted| (kind, wanted)));
    }
}

fn files(data: &Data<'_>, draft: &mut Draft, problems: &mut Problems) {
    match fields::picture(data, "profile_picture") {
        Ok(Given::Address(avatar)) => draft.patch.avatar = avatar,
        Ok(Given::File(file)) => draft.picture = Some(file.content),
        Err(problem) => problems.add(Field::Avatar, problem),
    }
    match fields::resume(data, "resume") {
        Ok(Given::Address(resume)) => draft.patch.resume = resume,
        Ok(Given::File(file)) => match Resume::of(file.content) {
            Ok(resume) => draft.resume = Some(resume),
            Err(sentence) => problems.add(Field::Resume, sentence),
        },
        Err(problem) => problems.add(Field::Resume, problem),
    }
}

/// Returns the value of a field, or reports its problem and returns none.
fn or_keep<T: Default>(field: Field, given: Result<T, Problem>, problems: &mut Problems) -> T {
    given.unwrap_or_else(|problem| {
        problems.add(field, problem);
        T::default()
    })
}
