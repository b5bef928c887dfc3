//! Values that a client sends back as they were shown.
//!
//! A client that reads a profile and sends it back changes nothing, whichever client wrote it: values
//! may break this dialect's rules, or be shown in place of a field that is unset. Such a value is
//! compared with what the view shows before it is judged. All other writes are one statement.

use manyface_core::{
    Action, ActionContext, Edit, Error, Expected, Field, Json, MediaUrls, Profile, ProfilePatch,
    Result, UpdateProfile, Violation, text,
};
use serde_json::Value;

use crate::{Typed, View};

/// A value of a request that changes nothing if it is what the view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The field.
    pub field: Field,
    /// The value.
    pub value: SentValue,
    /// The problem of the value, unless the view shows it.
    pub rejection: Option<String>,
}

/// The value of a field in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentValue {
    /// `null`.
    Null,
    /// A string, or the one in the key `url` of an object.
    Text(String),
    /// Any JSON value.
    Json(Json),
    /// A value of a type that no view shows for the field.
    Other,
}

/// How often a write is tried on the state that it then finds.
const ATTEMPTS: usize = 8;
/// How many times longer an escaped character is than the character itself, at most.
const MAX_ESCAPE: usize = 6;

impl From<&Edit<Typed<String>>> for SentValue {
    fn from(edit: &Edit<Typed<String>>) -> Self {
        match edit {
            Edit::Keep | Edit::Clear => Self::Null,
            Edit::Set(Typed::Right(text)) => Self::Text(text.clone()),
            Edit::Set(Typed::Wrong) => Self::Other,
        }
    }
}

impl SentValue {
    fn is(&self, field: Field, shown: Option<&Value>) -> bool {
        let Some(shown) = shown else { return false };
        match self {
            Self::Null => shown.is_null(),
            Self::Text(sent) => {
                let shown = shown.get("url").unwrap_or(shown).as_str();
                shown.is_some_and(|shown| {
                    is_same_text(sent, shown)
                        || (field == Field::Avatar && MediaUrls::is_same_image(sent, shown))
                })
            }
            // Only a value of about the same length is parsed: a parsed value takes many times the
            // memory of its text.
            Self::Json(sent) => {
                sent.as_str().len() <= MAX_ESCAPE * shown.to_string().len()
                    && sent.read::<Value>().is_ok_and(|sent| sent == *shown)
            }
            Self::Other => false,
        }
    }
}

/// Whether two texts are the same once they are trimmed and in normalisation form C, as requests are
/// read.
fn is_same_text(sent: &str, shown: &str) -> bool {
    let (sent, shown) = (text::trim(sent), text::trim(shown));
    sent == shown || text::compose(sent) == text::compose(shown)
}

/// Returns what a field is read as. A value that is rejected is added to `sent` with the reason, and
/// its field is kept.
pub fn accept<T: Default>(
    field: Field,
    read: std::result::Result<T, String>,
    value: impl FnOnce() -> SentValue,
    sent: &mut Vec<Sent>,
) -> T {
    read.unwrap_or_else(|reason| {
        sent.push(Sent {
            field,
            value: value(),
            rejection: Some(reason),
        });
        T::default()
    })
}

/// Returns the fields whose values are what `view` shows, which is the response `shown`.
///
/// [`Error::Invalid`] with the rejections of all others.
pub fn unchanged(view: &View, shown: &Value, sent: Vec<Sent>) -> Result<Vec<Field>> {
    let is_unchanged = |sent: &Sent| is_shown(view, shown, sent.field, &sent.value);
    let (unchanged, others): (Vec<_>, Vec<_>) = sent.into_iter().partition(is_unchanged);
    let violations = others.into_iter();
    let violations =
        violations.filter_map(|sent| Some(Violation::new(sent.field, sent.rejection?)));
    match violations.collect::<Vec<_>>() {
        none if none.is_empty() => Ok(unchanged.into_iter().map(|sent| sent.field).collect()),
        violations => Err(Error::Invalid(violations)),
    }
}

/// Returns whether `view`, whose response is `shown`, shows `value` under the key that writes `field`.
pub fn is_shown(view: &View, shown: &Value, field: Field, value: &SentValue) -> bool {
    let place = view.read_as(field);
    place.is_some_and(|place| value.is(field, shown.pointer(place.at)))
}

/// Returns the names that `patch` sets and in whose place `view` shows another field's value while
/// they are unset.
pub fn fallback_names(view: &View, patch: &ProfilePatch) -> Vec<Sent> {
    let names = [
        (Field::DisplayName, &patch.display_name),
        (Field::FullName, &patch.full_name),
    ];
    let sent = names.into_iter().filter_map(|(field, edit)| {
        let shown = view.read_as(field);
        let has_fallback = shown.is_some_and(|shown| !shown.otherwise.is_empty());
        match edit {
            Edit::Set(name) if has_fallback => Some(Sent {
                field,
                value: SentValue::Text(name.clone()),
                rejection: None,
            }),
            Edit::Set(_) | Edit::Keep | Edit::Clear => None,
        }
    });
    sent.collect()
}

/// A change of the caller's own profile, in which what the view shows may be sent back.
#[derive(Clone, Debug)]
pub struct UpdateInView {
    /// The change. It does not name the fields that are rejected.
    pub update: UpdateProfile,
    /// The values that are compared with what the view shows.
    pub sent: Vec<Sent>,
    /// The view.
    pub view: &'static View,
    /// Writes the view's response.
    pub show: fn(Profile, &MediaUrls) -> Value,
}

impl Action for UpdateInView {
    type Output = Profile;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<Profile> {
        let Self {
            update,
            sent,
            view,
            show,
        } = self;
        let names = fallback_names(view, &update.patch);
        if sent.is_empty() && names.is_empty() {
            return update.run(context).await;
        }
        if sent.is_empty() && update.picture.is_none() {
            // A name that is set already is not shown by another: one statement does.
            let mut first = update.clone();
            first.existing_names = names.iter().map(|name| name.field).collect();
            match first.run(context).await {
                Err(Error::VersionMismatch) => {}
                done => return done,
            }
        }
        let mut attempt = 1;
        loop {
            let own = context.find_own().await?;
            let mut update = update.clone();
            let mut sent = sent.clone();
            let names = names
                .iter()
                .filter(|name| update.patch.adds_name(&own, &[name.field]));
            sent.extend(names.cloned());
            let revision = own.revision();
            let shown = show(own, context.media_urls());
            for field in unchanged(view, &shown, sent)? {
                keep_field(&mut update, field);
            }
            // What was decided holds for this state alone. Where others write again and again, the
            // last one counts, as without such values.
            let is_last = attempt == ATTEMPTS;
            if update.expected != Expected::Anything || is_last {
                return update.run(context).await;
            }
            update.expected = Expected::OneOf(vec![revision]);
            match update.run(context).await {
                Err(Error::VersionMismatch) => attempt += 1,
                done => return done,
            }
        }
    }
}

/// Takes a field out of an update. Fields whose values are rejected are not in it.
fn keep_field(update: &mut UpdateProfile, field: Field) {
    let patch = &mut update.patch;
    if field == Field::DisplayName {
        patch.display_name = Edit::Keep;
    } else if field == Field::FullName {
        patch.full_name = Edit::Keep;
    } else if field == Field::Avatar {
        patch.avatar = Edit::Keep;
    }
}
