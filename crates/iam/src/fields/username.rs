//! The rules of user names.

use manyface_core::{Username, text as rules};
use unicode_normalization::char::is_combining_mark;

use super::{BLANK, NULL, forbidden, string, too_long};
use crate::{
    input::{EmptyString, Fields},
    problems::Problem,
    python::{Text, Value},
    view::MAX_USERNAME,
};

const CHARACTERS: &str = "Enter a valid username. This value may contain only letters, numbers, \
                          and @/./+/-/_ characters.";

/// Reads a user name of letters and digits of any script, and `@.+-_`.
pub(crate) fn username(input: &Fields<'_>, name: &str) -> Result<Option<Username>, Problem> {
    let Some(text) = read_text(input, name)? else {
        return Ok(None);
    };
    let name = &*text.text;
    let is_allowed = |c: char| {
        (c.is_alphanumeric() && !is_combining_mark(c)) || matches!(c, '_' | '@' | '.' | '+' | '-')
    };
    let parsed = Username::parse(name);
    let is_long = name.chars().nth(MAX_USERNAME).is_some();
    let mut messages = Vec::new();
    if !name.chars().all(is_allowed) || text.surrogate.is_some() || (parsed.is_err() && !is_long) {
        messages.push(CHARACTERS.to_owned());
    }
    if is_long {
        messages.push(too_long(MAX_USERNAME));
    }
    messages.extend(forbidden(name, text.surrogate));
    match parsed {
        Ok(username) if messages.is_empty() => Ok(Some(username)),
        Ok(_) | Err(_) => Err(messages.into()),
    }
}

/// Reads a user name to check, or returns `Ok(None)` if no user can have it.
pub(crate) fn username_to_check(
    input: &Fields<'_>,
    name: &str,
) -> Result<Option<Username>, Problem> {
    let Some(text) = read_text(input, name)? else {
        return Err("This field is required.".into());
    };
    let mut messages = Vec::new();
    if text.text.chars().nth(MAX_USERNAME).is_some() {
        messages.push(too_long(MAX_USERNAME));
    }
    messages.extend(forbidden(&text.text, text.surrogate));
    if messages.is_empty() {
        Ok(username(input, name).unwrap_or_default())
    } else {
        Err(messages.into())
    }
}

fn read_text<'a>(input: &Fields<'a>, name: &str) -> Result<Option<Text<'a>>, Problem> {
    match input.value(name, EmptyString::Text).as_ref() {
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
