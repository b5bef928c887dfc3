//! User names.

use manyface_core::{Username, text as rules};
use unicode_normalization::char::is_combining_mark;

use super::{BLANK, NULL, forbidden, string, too_long};
use crate::{
    data::{Blank, Data},
    problems::Problem,
    python::{Text, Value},
};

pub(crate) const MAX_CHARS: usize = 150;
const CHARACTERS: &str = "Enter a valid username. This value may contain only letters, numbers, \
                          and @/./+/-/_ characters.";

/// A user name: letters and digits of any script, and `@.+-_`.
pub(crate) fn username(data: &Data<'_>, name: &str) -> Result<Option<Username>, Problem> {
    let Some(text) = given(data, name)? else {
        return Ok(None);
    };
    let name = &*text.text;
    let is_good = |c: char| {
        (c.is_alphanumeric() && !is_combining_mark(c)) || matches!(c, '_' | '@' | '.' | '+' | '-')
    };
    let parsed = Username::parse(name);
    let is_long = name.chars().nth(MAX_CHARS).is_some();
    let mut sentences = Vec::new();
    if !name.chars().all(is_good) || text.surrogate.is_some() || (parsed.is_err() && !is_long) {
        sentences.push(CHARACTERS.to_owned());
    }
    if is_long {
        sentences.push(too_long(MAX_CHARS));
    }
    sentences.extend(forbidden(name, text.surrogate));
    match parsed {
        Ok(username) if sentences.is_empty() => Ok(Some(username)),
        Ok(_) | Err(_) => Err(sentences.into()),
    }
}

/// Reads a name to look up; `Ok(None)` if no user can have it.
pub(crate) fn free_username(data: &Data<'_>, name: &str) -> Result<Option<Username>, Problem> {
    let Some(text) = given(data, name)? else {
        return Err("This field is required.".into());
    };
    let mut sentences = Vec::new();
    if text.text.chars().nth(MAX_CHARS).is_some() {
        sentences.push(too_long(MAX_CHARS));
    }
    sentences.extend(forbidden(&text.text, text.surrogate));
    if sentences.is_empty() {
        Ok(username(data, name).unwrap_or_default())
    } else {
        Err(sentences.into())
    }
}

fn given<'a>(data: &Data<'a>, name: &str) -> Result<Option<Text<'a>>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
        None => Ok(None),
        Some(Value::Null) => Err(NULL.into()),
        Some(value) => {
            let mut text = string(value)?;
            text.text = rules::trim(&text.text).to_owned().into();
            if text.text.is_empty() {
                return Err(BLANK.into());
            }
            Ok(Some(text))
        }
    }
}
