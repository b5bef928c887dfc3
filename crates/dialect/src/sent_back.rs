//! Values that a client sends back unchanged.
//!
//! A client that reads a profile and sends it back must change nothing, even if a value violates
//! this dialect's rules because another dialect wrote it, or is the fallback of an unset field.
//! Such values are compared with the current response of the view before they are validated. All
//! other writes are one statement.

use manyface_core::{
    Action, ActionContext, Edit, Error, Expected, Field, Json, MediaUrls, Profile, ProfilePatch,
    Result, UpdateProfile, Violation, text,
};
use serde_json::Value;

use crate::{Typed, View};

/// A value of a request that is ignored if the view currently shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The field.
    pub field: Field,
    /// The value.
    pub value: SentValue,
    /// Why the value is rejected unless the view shows it; `None` if it is valid.
    pub rejection: Option<String>,
}

/// The value of a field in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentValue {
    /// `null`.
    Null,
    /// A string, or the member `url` of an object.
    Text(String),
    /// Any JSON value.
    Json(Json),
    /// A value of another type, which no view shows for the field.
    Other,
}

/// The maximum number of attempts of a write whose revision changed concurrently.
const MAX_ATTEMPTS: usize = 8;
/// The maximum ratio of the length of an escaped character to that of the character.
const MAX_ESCAPE: usize = 6;

impl From<&Edit<Typed<String>>> for SentValue {
    fn from(edit: &Edit<Typed<String>>) -> Self {
        match edit {
            Edit::Keep | Edit::Clear => Self::Null,
            Edit::Set(Typed::Value(text)) => Self::Text(text.clone()),
            Edit::Set(Typed::WrongType) => Self::Other,
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
            // Parses only a value of about the same length: parsing takes many times the memory of
            // the JSON text.
            Self::Json(sent) => {
                sent.as_str().len() <= MAX_ESCAPE * shown.to_string().len()
                    && sent.read::<Value>().is_ok_and(|sent| sent == *shown)
            }
            Self::Other => false,
        }
    }
}

/// Returns whether two strings are equal after trimming and normalisation to form C.
fn is_same_text(sent: &str, shown: &str) -> bool {
    let (sent, shown) = (text::trim(sent), text::trim(shown));
    sent == shown || text::compose(sent) == text::compose(shown)
}

/// Returns the parsed value of a field. A rejected value is added to `sent` with the reason, and
/// the default is returned, which keeps the field.
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

/// Returns the fields whose values equal those in `shown`, the response of `view`.
///
/// [`Error::Invalid`] with the rejections of all other fields.
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

/// Returns whether `shown`, the response of `view`, has `value` under the key that writes `field`.
pub fn is_shown(view: &View, shown: &Value, field: Field, value: &SentValue) -> bool {
    let mapping = view.read_as(field);
    mapping.is_some_and(|mapping| value.is(field, shown.pointer(mapping.at)))
}

/// Returns the names that `patch` sets and for which `view` has a fallback.
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

/// Changes the caller's own profile; values that the view shows may be sent back.
#[derive(Clone, Debug)]
pub struct UpdateInView {
    /// The change, without rejected fields.
    pub update: UpdateProfile,
    /// The values that are compared with the response of the view.
    pub sent: Vec<Sent>,
    /// The view.
    pub view: &'static View,
    /// Encodes the response of the view.
    pub show: fn(Profile, &MediaUrls) -> Value,
}

impl Action for UpdateInView {
    type Output = Profile;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        true
    }

    async fn run(self, context: ActionContext<'_>) -> Result<Profile> {
        let names = fallback_names(self.view, &self.update.patch);
        if self.sent.is_empty() && names.is_empty() {
            return self.update.run(context).await;
        }
        // Boxed, because the size of this future would slow down all other updates.
        Box::pin(self.run_compared(names, context)).await
    }
}

impl UpdateInView {
    /// Runs the update after a comparison of the sent values and of `names`, which have fallbacks,
    /// with the response of the view.
    async fn run_compared(self, names: Vec<Sent>, context: ActionContext<'_>) -> Result<Profile> {
        let Self {
            update,
            sent,
            view,
            show,
        } = self;
        if sent.is_empty() && update.picture.is_none() {
            // A name that is set already has no fallback: one statement suffices.
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
            // The comparison holds for this revision only. After too many concurrent writes, the
            // last write wins, as it does without such values.
            let is_last = attempt == MAX_ATTEMPTS;
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

/// Removes a field from an update, which never contains rejected fields.
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
