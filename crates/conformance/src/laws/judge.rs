//! The effect of a written value, determined by the field table alone.

use manyface_core::{
    CatalogueName, Country, Date, Field, Username, WebUrl,
    text::{self, normalise},
};
use manyface_dialect::{ImageForm, NullMeaning, UsernameForm, WriteForm, WriteMapping};

use super::{
    pictures,
    value::{Model, Value},
};
use crate::Node;

/// The default user types.
pub(super) const KINDS: [&str; 2] = ["developer", "investor"];

/// The effect of a written value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Keep,
    Clear,
    Set(Value),
    /// The whole request is rejected.
    Rejected,
    /// The table alone does not determine it.
    Unsure,
}

impl From<NullMeaning> for Effect {
    fn from(meaning: NullMeaning) -> Self {
        match meaning {
            NullMeaning::Clears => Self::Clear,
            NullMeaning::Rejects => Self::Rejected,
            NullMeaning::Keeps => Self::Keep,
            NullMeaning::Value => Self::Unsure,
        }
    }
}

/// Returns the effect of `given` on `field`, whose mapping is `taken`.
pub(super) fn judge(field: Field, taken: &WriteMapping, given: &Node, model: &Model) -> Effect {
    if is_null(given) {
        return taken.null.into();
    }
    match taken.form {
        WriteForm::Json { max, depth } => json(given, max, depth),
        WriteForm::Boolean => flag(given, taken),
        WriteForm::Entries { max } => entries(field, given, max, model),
        WriteForm::Image(ImageForm::Upload { .. }) => upload(given),
        form @ (WriteForm::Text { .. }
        | WriteForm::Username { .. }
        | WriteForm::Url { .. }
        | WriteForm::DocumentUrl { .. }
        | WriteForm::Image(_)
        | WriteForm::Country { .. }
        | WriteForm::Date
        | WriteForm::Choice) => match given {
            Node::Text(text) => written(form, text, taken, model),
            // Some contracts read numbers as texts.
            Node::Plain(plain) if plain.parse::<f64>().is_ok() => Effect::Unsure,
            Node::Plain(_) | Node::Array(_) | Node::Object(_) => Effect::Rejected,
        },
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node, Node::Plain(text) if text == "null")
}

fn written(form: WriteForm, given: &str, taken: &WriteMapping, model: &Model) -> Effect {
    let trimmed = text::trim(given);
    // A date cannot be blank.
    if trimmed.is_empty() {
        let is_exact = given.is_empty() || !matches!(form, WriteForm::Date | WriteForm::Choice);
        return if is_exact {
            taken.empty.into()
        } else {
            Effect::Rejected
        };
    }
    match form {
        WriteForm::Text { max } => match normalise(given, max) {
            Ok(text) => Effect::Set(Value::Text(text)),
            Err(_) => Effect::Rejected,
        },
        WriteForm::Username { max, form } => username(trimmed, max, form),
        WriteForm::Url { max } | WriteForm::DocumentUrl { max } => link(trimmed, max),
        WriteForm::Country { names } => {
            let mut country = Country::parse_alpha2(trimmed);
            if names {
                country = country
                    .or_else(|_| Country::parse_alpha3(trimmed))
                    .or_else(|_| Country::parse_name(trimmed));
            }
            country.map_or(Effect::Rejected, |country| {
                Effect::Set(Value::Country(country))
            })
        }
        WriteForm::Date => date(given),
        WriteForm::Choice if KINDS.contains(&given) => Effect::Set(Value::Text(given.to_owned())),
        WriteForm::Image(form) => picture(given, trimmed, form, model),
        WriteForm::Choice
        | WriteForm::Json { .. }
        | WriteForm::Boolean
        | WriteForm::Entries { .. } => Effect::Rejected,
    }
}

fn username(name: &str, max: usize, form: UsernameForm) -> Effect {
    let is_good = match form {
        UsernameForm::Ascii => {
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            name.bytes().all(is_plain) && name.bytes().any(|b| b != b'-')
        }
        UsernameForm::Unicode => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
            if !name.is_ascii() {
                return Effect::Unsure;
            }
            name.chars().all(is_plain)
        }
    };
    if !is_good || name.chars().count() > max || Username::parse(name).is_err() {
        return Effect::Rejected;
    }
    Effect::Set(Value::Text(name.to_owned()))
}

fn link(text: &str, max: usize) -> Effect {
    let schemes = ["http://", "https://", "ftp://", "ftps://"];
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = rest else {
        return if text.contains("://") {
            Effect::Unsure
        } else {
            Effect::Rejected
        };
    };
    if text.chars().count() > max {
        return Effect::Rejected;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = |b: u8| b.is_ascii_lowercase() || b == b'.';
    let is_host = host.bytes().all(is_plain) && host.contains('.') && !host.contains("..");
    if is_host && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        Effect::Set(Value::Text(text.to_owned()))
    } else {
        Effect::Unsure
    }
}

fn date(text: &str) -> Effect {
    let form = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    };
    if text.len() != 10 || !text.bytes().zip(*b"0000-00-00").all(form) {
        // Other forms of ISO 8601 are read, too.
        return if text.bytes().any(|byte| byte.is_ascii_digit()) {
            Effect::Unsure
        } else {
            Effect::Rejected
        };
    }
    match text.parse::<Date>() {
        // A date of birth is not in the future; the server decides which day it is.
        Ok(date) if date.year() > 2_000 && date.year() < 2_200 => Effect::Unsure,
        Ok(date) if (1..=2_000).contains(&date.year()) => Effect::Set(Value::Date(date)),
        Ok(_) | Err(_) => Effect::Rejected,
    }
}

fn picture(given: &str, trimmed: &str, form: ImageForm, model: &Model) -> Effect {
    let (address, data) = match form {
        ImageForm::UrlOrDataUrl { url, data } => (Some(url), Some(data)),
        ImageForm::DataUrl { .. } => (None, Some(usize::MAX)),
        ImageForm::Url { max } => (Some(max), None),
        ImageForm::Upload { .. } => (None, None),
    };
    let is_data = trimmed
        .get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if is_data {
        let Some(max) = data.filter(|max| given.len() <= *max) else {
            return Effect::Rejected;
        };
        // Where only data URIs are taken, nothing is trimmed.
        let text = if max == usize::MAX { given } else { trimmed };
        let known = model
            .picture_of(text)
            .or_else(|| pictures::of_data_url(text));
        return known.map_or(Effect::Rejected, |number| Effect::Set(Value::Kept(number)));
    }
    match address {
        Some(max) if trimmed.len() <= max => match WebUrl::parse(trimmed) {
            Ok(_) => Effect::Set(match model.picture_of(trimmed) {
                Some(number) => Value::Kept(number),
                None => Value::External(trimmed.to_owned()),
            }),
            Err(_) => Effect::Rejected,
        },
        Some(_) | None => Effect::Rejected,
    }
}

/// The suite's notation for an image to upload.
fn upload(given: &Node) -> Effect {
    match given.at("/id") {
        Some(Node::Text(id)) => match pictures::of_placeholder(id) {
            Some(number) => Effect::Set(Value::Kept(number)),
            None => Effect::Rejected,
        },
        Some(_) | None => Effect::Rejected,
    }
}

fn json(given: &Node, max: usize, depth: usize) -> Effect {
    if given.to_string().len() > max || levels(given) > depth || !is_kept(given) {
        return Effect::Rejected;
    }
    Effect::Set(Value::Json(given.clone()))
}

fn levels(node: &Node) -> usize {
    match node {
        Node::Plain(_) | Node::Text(_) => 0,
        Node::Array(items) => 1 + items.iter().map(levels).max().unwrap_or_default(),
        Node::Object(entries) => {
            let inner = entries.iter().map(|(_, node)| levels(node));
            1 + inner.max().unwrap_or_default()
        }
    }
}

/// Returns whether all numbers fit 64 bits or a double.
fn is_kept(node: &Node) -> bool {
    match node {
        Node::Text(_) => true,
        Node::Plain(plain) => {
            let is_whole = !plain.contains(['.', 'e', 'E']);
            let is_word = matches!(plain.as_str(), "null" | "true" | "false");
            let fits = plain.parse::<u64>().is_ok() || plain.parse::<i64>().is_ok();
            is_word
                || if is_whole {
                    fits
                } else {
                    plain.parse::<f64>().is_ok_and(f64::is_finite)
                }
        }
        Node::Array(items) => items.iter().all(is_kept),
        Node::Object(entries) => entries.iter().all(|(_, node)| is_kept(node)),
    }
}

fn flag(given: &Node, taken: &WriteMapping) -> Effect {
    let text = match given {
        Node::Plain(text) => text.clone(),
        Node::Text(text) if text.is_empty() => return taken.empty.into(),
        Node::Text(text) => text.to_lowercase(),
        Node::Array(_) | Node::Object(_) => return Effect::Rejected,
    };
    match text.as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => Effect::Set(Value::True),
        "false" | "0" | "no" | "off" | "f" | "n" => Effect::Clear,
        _ => Effect::Rejected,
    }
}

fn entries(field: Field, given: &Node, max: usize, model: &Model) -> Effect {
    let Node::Array(items) = given else {
        return Effect::Rejected;
    };
    if items.len() > max {
        return Effect::Rejected;
    }
    let mut keys: Vec<String> = Vec::new();
    for item in items {
        let key = match item {
            Node::Text(text) => match CatalogueName::parse(text) {
                Ok(name) => name.key().to_owned(),
                Err(_) => return Effect::Rejected,
            },
            Node::Plain(plain) if plain.parse::<i64>().is_ok() => {
                match model.key_of(field, plain) {
                    Some(key) => key.to_owned(),
                    None => return Effect::Unsure,
                }
            }
            Node::Plain(plain) if plain.parse::<f64>().is_ok() => return Effect::Unsure,
            Node::Plain(_) | Node::Array(_) | Node::Object(_) => return Effect::Rejected,
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    if keys.is_empty() {
        Effect::Clear
    } else {
        Effect::Set(Value::Entries(keys))
    }
}
