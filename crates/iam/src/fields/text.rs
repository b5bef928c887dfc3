//! Texts.

use manyface_core::{Edit, text as rules};

use super::{NULL, Null};
use crate::{
    data::{Blank, Data},
    problems::Problem,
    python::{Text, Value},
};

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
            Null::Refused => Err(NULL.into()),
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
pub(super) fn string<'a>(value: &Value<'a>) -> Result<Text<'a>, Problem> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_text()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Dict(_) | Value::File(_) => {
            Err("Not a valid string.".into())
        }
    }
}

/// `text` as it is kept, and what is wrong with it.
pub(super) fn checked(text: &Text<'_>, max: usize) -> (String, Vec<String>) {
    let trimmed = rules::trim(&text.text);
    // What may not be there counts as much as what may.
    let cleaned: String = trimmed
        .chars()
        .map(|c| if rules::is_refused(c) { '\u{fffd}' } else { c })
        .collect();
    let mut sentences = Vec::new();
    let kept = rules::normalise(&cleaned, max).unwrap_or_else(|_| {
        sentences.push(too_long(max));
        String::new()
    });
    sentences.extend(forbidden(trimmed, text.surrogate));
    (kept, sentences)
}

pub(super) fn too_long(max: usize) -> String {
    format!("Ensure this field has no more than {max} characters.")
}

/// What is wrong with the characters of a text.
pub(super) fn forbidden(text: &str, surrogate: Option<u16>) -> Vec<String> {
    let mut sentences = Vec::new();
    if text.contains('\0') {
        sentences.push("Null characters are not allowed.".to_owned());
    }
    if let Some(half) = surrogate {
        sentences.push(format!("Surrogate characters are not allowed: U+{half:X}."));
    }
    let is_control = |c| c != '\0' && rules::is_refused(c) && !rules::is_override(c);
    if text.chars().any(is_control) {
        sentences.push("Control characters are not allowed.".to_owned());
    }
    if text.chars().any(rules::is_override) {
        sentences.push("Invisible direction marks are not allowed.".to_owned());
    }
    sentences
}
