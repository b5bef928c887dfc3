//! The values that a view must show for a model, by the field table alone.

use manyface_core::{CatalogueName, Country, Date, Field};
use manyface_dialect::{Absence, ReadForm, ReadMapping};

use super::value::{Model, Slot, Value};
use crate::Node;

/// The expected value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Exactly this.
    Node(Node),
    /// The key is omitted.
    Absent,
    /// The table alone does not determine it.
    Anything,
    /// An image of the suite.
    Picture(usize),
    /// Entries of the catalogue, by their keys.
    Entries(Vec<String>),
}

fn text(text: &str) -> Expected {
    Expected::Node(Node::Text(text.to_owned()))
}

fn plain(text: &str) -> Expected {
    Expected::Node(Node::Plain(text.to_owned()))
}

/// Returns the expected value of `field` in the mapping `shown`.
pub(super) fn expected(field: Field, shown: &ReadMapping, model: &Model) -> Expected {
    match model.slot(field) {
        Slot::Unknown => return Expected::Anything,
        Slot::Known(Some(value)) => return of_value(value, shown),
        Slot::Known(None) => {}
    }
    for fields in shown.otherwise {
        let mut parts = Vec::new();
        for field in *fields {
            match model.slot(*field) {
                Slot::Unknown => return Expected::Anything,
                Slot::Known(Some(Value::Text(part))) => parts.push(part.as_str()),
                Slot::Known(_) => {}
            }
        }
        if !parts.is_empty() {
            return text(&parts.join(" "));
        }
    }
    of_nothing(shown.unset)
}

fn of_nothing(unset: Absence) -> Expected {
    match unset {
        Absence::Null => plain("null"),
        Absence::Empty => text(""),
        Absence::False => plain("false"),
        Absence::EmptyList => Expected::Entries(Vec::new()),
        Absence::Absent => Expected::Absent,
        Absence::Never | Absence::Generated => Expected::Anything,
    }
}

fn of_value(value: &Value, shown: &ReadMapping) -> Expected {
    match (value, shown.form) {
        (Value::Text(value), _) => text(value),
        (Value::Country(country), ReadForm::Alpha3) => text(country.alpha3()),
        (Value::Country(country), _) => text(country.alpha2()),
        (Value::Date(date), ReadForm::Midnight) => text(&format!("{date}T00:00:00.000Z")),
        (Value::Date(date), _) => text(&date.to_string()),
        (Value::Json(node), _) => Expected::Node(node.clone()),
        (Value::True, _) => plain("true"),
        (Value::Entries(keys), _) => Expected::Entries(keys.clone()),
        // Images on other servers are never fetched.
        (Value::External(_), ReadForm::DataUrl { .. }) => of_nothing(shown.unset),
        (Value::External(url), ReadForm::UrlObject) => {
            let url = Node::Text(url.clone());
            Expected::Node(Node::Object(vec![("url".to_owned(), url)]))
        }
        (Value::External(url), _) => text(url),
        (Value::Kept(number), _) => Expected::Picture(*number),
    }
}

/// Returns the problem with the shown value of `field`; adds new values to the model.
pub(super) fn check(
    field: Field,
    shown: &ReadMapping,
    expected: &Expected,
    found: Option<&Node>,
    model: &mut Model,
) -> Option<String> {
    let at = shown.at;
    match (expected, found) {
        (Expected::Anything, _) | (Expected::Absent, None) => None,
        (Expected::Absent, Some(found)) => Some(format!("{at} must be left out, not {found}")),
        (Expected::Node(node), Some(found)) if node == found => None,
        (Expected::Node(node), found) => Some(format!("{at} must be {node}, not {}", word(found))),
        (Expected::Picture(number), found) => picture(*number, shown, found, model),
        (Expected::Entries(keys), found) => entries(field, keys, shown, found, model),
    }
}

fn word(found: Option<&Node>) -> String {
    found.map_or_else(|| "left out".to_owned(), ToString::to_string)
}

fn picture(
    number: usize,
    shown: &ReadMapping,
    found: Option<&Node>,
    model: &mut Model,
) -> Option<String> {
    let at = shown.at;
    let found = if shown.form == ReadForm::UrlObject {
        found.and_then(|node| node.at("/url"))
    } else {
        found
    };
    let Some(Node::Text(found)) = found else {
        return Some(format!("{at} must show an image, not {}", word(found)));
    };
    if let ReadForm::DataUrl { max } = shown.form {
        if !found.starts_with("data:image/") {
            return Some(format!("{at} must be a data URI, not {found:?}"));
        }
        let before = model.data_url(number, max, found);
        return before.map(|before| format!("{at} was {before:?} and is {found:?}"));
    }
    if !found.starts_with("http://") && !found.starts_with("https://") {
        return Some(format!("{at} must be a URL, not {found:?}"));
    }
    let before = model.address(number, found);
    before.map(|before| format!("{at} must be {before:?}, as elsewhere, not {found:?}"))
}

fn entries(
    field: Field,
    keys: &[String],
    shown: &ReadMapping,
    found: Option<&Node>,
    model: &mut Model,
) -> Option<String> {
    let at = shown.at;
    let Some(Node::Array(items)) = found else {
        return Some(format!("{at} must be a list, not {}", word(found)));
    };
    if items.len() != keys.len() {
        let count = keys.len();
        return Some(format!("{at} must have {count} items, not {}", word(found)));
    }
    for (key, item) in keys.iter().zip(items) {
        let is_object = shown.form == ReadForm::Entries;
        let name = if is_object {
            item.at("/name")
        } else {
            Some(item)
        };
        let id = if is_object {
            item.at("/id")
        } else {
            Some(item)
        };
        let id = id.filter(|_| shown.form != ReadForm::Names);
        if shown.form != ReadForm::Ids {
            let folded = name.and_then(key_of);
            if folded.as_deref() != Some(key) {
                return Some(format!("{at} must have {key:?} in place of {item}"));
            }
        }
        if let Some(id) = id {
            let id = id.to_string();
            if let Some(before) = model.id(field, key, &id) {
                return Some(format!("{at}: the id of {key:?} was {before} and is {id}"));
            }
        }
    }
    None
}

fn key_of(name: &Node) -> Option<String> {
    let Node::Text(name) = name else { return None };
    let name = CatalogueName::parse(name).ok()?;
    Some(name.key().to_owned())
}

/// Returns what a key alone reveals of its field.
pub(super) fn learnt(shown: &ReadMapping, found: Option<&Node>) -> Slot {
    if !shown.otherwise.is_empty() {
        return Slot::Unknown;
    }
    let Some(found) = found else {
        return if shown.unset == Absence::Absent {
            Slot::Known(None)
        } else {
            Slot::Unknown
        };
    };
    let is_nothing = match of_nothing(shown.unset) {
        Expected::Node(nothing) => nothing == *found,
        Expected::Entries(_) => *found == Node::Array(Vec::new()),
        Expected::Absent | Expected::Anything | Expected::Picture(_) => false,
    };
    if is_nothing {
        return if matches!(shown.form, ReadForm::DataUrl { .. }) {
            // A value that cannot be shown looks unset.
            Slot::Unknown
        } else {
            Slot::Known(None)
        };
    }
    let value = value_of(shown.form, found);
    value.map_or(Slot::Unknown, |value| Slot::Known(Some(value)))
}

/// Returns the shown value, if the form reveals it.
fn value_of(form: ReadForm, found: &Node) -> Option<Value> {
    let text = match found {
        Node::Text(text) => Some(text.as_str()),
        Node::Plain(_) | Node::Array(_) | Node::Object(_) => None,
    };
    match form {
        ReadForm::Text => Some(Value::Text(text?.to_owned())),
        ReadForm::Json => Some(Value::Json(found.clone())),
        ReadForm::Boolean => (*found == Node::Plain("true".to_owned())).then_some(Value::True),
        ReadForm::Alpha2 => Country::parse_alpha2(text?).ok().map(Value::Country),
        ReadForm::Alpha3 => Country::parse_alpha3(text?).ok().map(Value::Country),
        ReadForm::Date | ReadForm::Midnight => {
            let date = text?.get(..10)?.parse::<Date>();
            date.ok().map(Value::Date)
        }
        ReadForm::Url => Some(Value::External(text?.to_owned())),
        ReadForm::Names => {
            let Node::Array(items) = found else {
                return None;
            };
            let keys = items.iter().map(key_of).collect::<Option<Vec<_>>>();
            keys.map(Value::Entries)
        }
        ReadForm::UrlObject
        | ReadForm::DataUrl { .. }
        | ReadForm::Ids
        | ReadForm::Entries
        | ReadForm::Fixed => None,
    }
}
