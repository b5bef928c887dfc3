//! The rules of the fields, with the framework's messages.

mod date;
mod names;
mod url;
mod username;

use manyface_core::{Country, Edit, Json, text as rules};

use crate::{
    input::{EmptyString, Fields},
    problems::{Problem, shortened},
    python::{Text, Value},
    view::{MAX_JSON_BYTES, MAX_JSON_DEPTH},
};

pub(crate) use date::date;
pub(crate) use names::{ListItem, names};
pub(crate) use url::{UrlOrFile, image, page_url, resume};
pub(crate) use username::{username, username_to_check};

pub(crate) const NULL: &str = "This field may not be null.";
pub(crate) const BLANK: &str = "This field may not be blank.";

/// Whether a field may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// Null clears the field.
    Clears,
    /// Null is rejected.
    Rejected,
}

/// Reads a string of at most `max` characters. A blank string clears the field.
pub(crate) fn text(
    input: &Fields<'_>,
    name: &str,
    max: usize,
    null: Null,
) -> Result<Edit<String>, Problem> {
    match input.value(name, EmptyString::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => match null {
            Null::Clears => Ok(Edit::Clear),
            Null::Rejected => Err(NULL.into()),
        },
        Some(value) => {
            let text = string(value)?;
            let (text, messages) = check(&text, max);
            if messages.is_empty() {
                Ok(Edit::Set(text).clear_if(String::is_empty))
            } else {
                Err(messages.into())
            }
        }
    }
}

/// Converts a value to a string. Only strings and numbers are accepted.
fn string<'a>(value: &Value<'a>) -> Result<Text<'a>, Problem> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_text()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Dict(_) | Value::File(_) => {
            Err("Not a valid string.".into())
        }
    }
}

/// Returns `text` as it is stored, and the messages about it.
fn check(text: &Text<'_>, max: usize) -> (String, Vec<String>) {
    let trimmed = rules::trim(&text.text);
    // Rejected characters count towards the length.
    let cleaned: String = trimmed
        .chars()
        .map(|c| if rules::is_rejected(c) { '\u{fffd}' } else { c })
        .collect();
    let mut messages = Vec::new();
    let stored = rules::normalise(&cleaned, max).unwrap_or_else(|_| {
        messages.push(too_long(max));
        String::new()
    });
    messages.extend(forbidden(trimmed, text.surrogate));
    (stored, messages)
}

fn too_long(max: usize) -> String {
    format!("Ensure this field has no more than {max} characters.")
}

/// Returns the messages for forbidden characters of a string.
fn forbidden(text: &str, surrogate: Option<u16>) -> Vec<String> {
    let mut messages = Vec::new();
    if text.contains('\0') {
        messages.push("Null characters are not allowed.".to_owned());
    }
    if let Some(half) = surrogate {
        messages.push(format!("Surrogate characters are not allowed: U+{half:X}."));
    }
    let is_control = |c| c != '\0' && rules::is_rejected(c) && !rules::is_override(c);
    if text.chars().any(is_control) {
        messages.push("Control characters are not allowed.".to_owned());
    }
    if text.chars().any(rules::is_override) {
        messages.push("Invisible direction marks are not allowed.".to_owned());
    }
    messages
}

/// Reads a choice, which is checked later. An empty string clears the field.
pub(crate) fn choice(input: &Fields<'_>, name: &str) -> Result<Edit<String>, Problem> {
    match input.value(name, EmptyString::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Err(NULL.into()),
        Some(value) => Ok(Edit::Set(value.to_text().text.into_owned()).clear_if(String::is_empty)),
    }
}

/// Returns the problem of a value that is not one of the choices.
pub(crate) fn not_a_choice(value: &str) -> Problem {
    format!("\"{}\" is not a valid choice.", shortened(value)).into()
}

/// Reads a country: an alpha-2 or alpha-3 code, or an English name, in any case. A blank string
/// clears the field.
pub(crate) fn country(input: &Fields<'_>, name: &str) -> Result<Edit<Country>, Problem> {
    match input.value(name, EmptyString::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Err(NULL.into()),
        Some(value) => {
            let text = string(value)?;
            let text = rules::trim(&text.text);
            if text.is_empty() {
                return Ok(Edit::Clear);
            }
            let country = Country::parse_alpha3(text)
                .or_else(|_| Country::parse_alpha2(text))
                .or_else(|_| Country::parse_name(text));
            country.map(Edit::Set).map_err(|_| not_a_choice(text))
        }
    }
}

const TRUE: [&str; 6] = ["t", "y", "yes", "true", "on", "1"];
const FALSE: [&str; 6] = ["f", "n", "no", "false", "off", "0"];
/// The strings that mean no value, which is false.
const NONE: [&str; 2] = ["null", ""];

/// Reads a boolean, or one of the strings and numbers that the framework accepts for it.
pub(crate) fn boolean(input: &Fields<'_>, name: &str) -> Result<Option<bool>, Problem> {
    let value = match input.value(name, EmptyString::Null).as_ref() {
        None => return Ok(None),
        Some(Value::Null) => Some(false),
        Some(Value::Bool(value)) => Some(*value),
        Some(Value::Int(number) | Value::Float(number)) => match number.parse::<f64>() {
            Ok(1.0) => Some(true),
            Ok(0.0) => Some(false),
            Ok(_) | Err(_) => None,
        },
        Some(Value::Text(text)) => {
            let word = text.text.to_lowercase();
            let is_among = |words: &[&str]| words.contains(&word.as_str());
            if is_among(&TRUE) {
                Some(true)
            } else {
                (is_among(&FALSE) || is_among(&NONE)).then_some(false)
            }
        }
        Some(Value::List(_) | Value::Dict(_) | Value::File(_)) => None,
    };
    match value {
        Some(value) => Ok(Some(value)),
        None => Err("Must be a valid boolean.".into()),
    }
}

const NOT_JSON: &str = "Value must be valid JSON.";

/// Reads any JSON value, which keeps the spelling of numbers and the order of keys. Null clears the
/// field.
pub(crate) fn json(input: &Fields<'_>, name: &str) -> Result<Edit<Json>, Problem> {
    let value = match input.json(name) {
        None => return Ok(Edit::Keep),
        Some(Err(_)) => return Err(NOT_JSON.into()),
        Some(Ok(value)) => value,
    };
    if value == Value::Null {
        return Ok(Edit::Clear);
    }
    if let Some(half) = value.surrogate() {
        return Err(format!("Surrogate characters are not allowed: U+{half:X}.").into());
    }
    if value.raw().is_some_and(|raw| raw.depth() > MAX_JSON_DEPTH) {
        let message = format!("Ensure this field is nested at most {MAX_JSON_DEPTH} levels deep.");
        return Err(message.into());
    }
    let too_long = || format!("Ensure this field has no more than {MAX_JSON_BYTES} bytes.");
    // Measured before it is formatted.
    if value
        .raw()
        .is_some_and(|raw| raw.is_longer_than(MAX_JSON_BYTES))
    {
        return Err(too_long().into());
    }
    let text = value.to_json().ok_or(NOT_JSON)?;
    if text.len() > MAX_JSON_BYTES {
        return Err(too_long().into());
    }
    Json::parse(text)
        .map(Edit::Set)
        .map_err(|_| NOT_JSON.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_boolean_strings() {
        let words = TRUE.iter().chain(&FALSE).chain(&NONE).map(|word| {
            let letters = word
                .chars()
                .map(|letter| match letter.to_ascii_uppercase() {
                    upper if upper == letter => letter.to_string(),
                    upper => format!("[{upper}{letter}]"),
                });
            letters.collect::<String>()
        });
        let words = words.collect::<Vec<_>>().join("|");
        let patterns = crate::dialect().documented(&["pattern"]);
        let end = format!(" pattern \"^(?:{words})$\" (5)");
        let booleans = patterns.iter().filter(|line| line.ends_with(&end));
        assert_eq!(booleans.count(), 4, "{end}: {patterns:?}");
    }
}
