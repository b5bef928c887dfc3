//! The rules of the fields, with the framework's messages.

mod date;
mod link;
mod names;
mod username;

use manyface_core::{Country, Edit, Json, text as rules};

use crate::{
    data::{Blank, Data},
    problems::{Problem, shortened},
    python::{Text, Value},
};

pub(crate) use date::date;
pub(crate) use link::{Given, MAX_ADDRESS, MAX_LINK, link, picture, resume};
pub(crate) use names::{MAX_ITEMS, Wanted, names};
pub(crate) use username::{MAX_CHARS as MAX_USERNAME, free_username, username};

pub(crate) const NULL: &str = "This field may not be null.";
pub(crate) const BLANK: &str = "This field may not be blank.";

/// Whether a field may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// Null empties it.
    Clears,
    /// It may not.
    Rejected,
}

/// A text of at most `max` characters. A blank one empties the field.
pub(crate) fn text(
    data: &Data<'_>,
    name: &str,
    max: usize,
    null: Null,
) -> Result<Edit<String>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => match null {
            Null::Clears => Ok(Edit::Clear),
            Null::Rejected => Err(NULL.into()),
        },
        Some(value) => {
            let text = string(value)?;
            let (text, sentences) = checked(&text, max);
            if sentences.is_empty() {
                Ok(Edit::Set(text).clear_if(String::is_empty))
            } else {
                Err(sentences.into())
            }
        }
    }
}

/// The text of a value: numbers become texts, other types do not.
fn string<'a>(value: &Value<'a>) -> Result<Text<'a>, Problem> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_text()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Dict(_) | Value::File(_) => {
            Err("Not a valid string.".into())
        }
    }
}

/// `text` as it is kept, and what is wrong with it.
fn checked(text: &Text<'_>, max: usize) -> (String, Vec<String>) {
    let trimmed = rules::trim(&text.text);
    // What may not be there counts as much as what may.
    let cleaned: String = trimmed
        .chars()
        .map(|c| if rules::is_rejected(c) { '\u{fffd}' } else { c })
        .collect();
    let mut sentences = Vec::new();
    let kept = rules::normalise(&cleaned, max).unwrap_or_else(|_| {
        sentences.push(too_long(max));
        String::new()
    });
    sentences.extend(forbidden(trimmed, text.surrogate));
    (kept, sentences)
}

fn too_long(max: usize) -> String {
    format!("Ensure this field has no more than {max} characters.")
}

/// Returns the messages for forbidden characters of a string.
fn forbidden(text: &str, surrogate: Option<u16>) -> Vec<String> {
    let mut sentences = Vec::new();
    if text.contains('\0') {
        sentences.push("Null characters are not allowed.".to_owned());
    }
    if let Some(half) = surrogate {
        sentences.push(format!("Surrogate characters are not allowed: U+{half:X}."));
    }
    let is_control = |c| c != '\0' && rules::is_rejected(c) && !rules::is_override(c);
    if text.chars().any(is_control) {
        sentences.push("Control characters are not allowed.".to_owned());
    }
    if text.chars().any(rules::is_override) {
        sentences.push("Invisible direction marks are not allowed.".to_owned());
    }
    sentences
}

/// The text of a choice, which the deployment knows whether it has. An empty one empties the field.
pub(crate) fn choice(data: &Data<'_>, name: &str) -> Result<Edit<String>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Err(NULL.into()),
        Some(value) => Ok(Edit::Set(value.to_text().text.into_owned()).clear_if(String::is_empty)),
    }
}

/// What is said of a value that is not in the set, of which no more than
/// [`crate::problems::MAX_ECHO`] characters are repeated.
pub(crate) fn not_a_choice(value: &str) -> Problem {
    format!("\"{}\" is not a valid choice.", shortened(value)).into()
}

/// A country: a code of two or three letters, or its name in English, in any case. A blank text
/// empties the field.
pub(crate) fn country(data: &Data<'_>, name: &str) -> Result<Edit<Country>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
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
/// A flag without a value is what it is by default: false.
const NONE: [&str; 2] = ["null", ""];

/// A flag: a boolean, or one of the words and numbers that the framework takes for one.
pub(crate) fn flag(data: &Data<'_>, name: &str) -> Result<Option<bool>, Problem> {
    let flag = match data.value(name, Blank::Null).as_ref() {
        None => return Ok(None),
        Some(Value::Null) => Some(false),
        Some(Value::Bool(flag)) => Some(*flag),
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
    match flag {
        Some(flag) => Ok(Some(flag)),
        None => Err("Must be a valid boolean.".into()),
    }
}

/// The maximum number of bytes of a value, without white space, and its maximum depth.
pub(crate) const MAX_BYTES: usize = 16_384;
pub(crate) const MAX_DEPTH: usize = 32;
const NOT_JSON: &str = "Value must be valid JSON.";

/// Any JSON, kept value for value: numbers to the letter, keys in their order. Null empties the
/// field.
pub(crate) fn json(data: &Data<'_>, name: &str) -> Result<Edit<Json>, Problem> {
    let value = match data.json(name) {
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
    if value.raw().is_some_and(|raw| raw.depth() > MAX_DEPTH) {
        let sentence = format!("Ensure this field is nested at most {MAX_DEPTH} levels deep.");
        return Err(sentence.into());
    }
    let too_long = || format!("Ensure this field has no more than {MAX_BYTES} bytes.");
    // Measured before it is built.
    if value.raw().is_some_and(|raw| raw.is_longer_than(MAX_BYTES)) {
        return Err(too_long().into());
    }
    let text = value.to_json().ok_or(NOT_JSON)?;
    if text.len() > MAX_BYTES {
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
    fn the_document_has_the_words() {
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
        let flags = patterns.iter().filter(|line| line.ends_with(&end));
        assert_eq!(flags.count(), 4, "{end}: {patterns:?}");
    }
}
