//! The rules of URLs, images and résumés.

mod validator;

use manyface_core::{Avatar, Edit, WebUrl, text as rules};

use super::{NULL, forbidden, too_long};
use crate::{
    input::{EmptyString, Fields},
    problems::Problem,
    python::{File, Text, Value},
    view::{MAX_FILE_URL, MAX_PAGE_URL},
};

const NOT_A_URL: &str = "Enter a valid URL.";
const EMPTY_FILE: &str = "The submitted file is empty.";

/// Reads the URL of a page. Null and a blank string clear the field.
pub(crate) fn page_url(input: &Fields<'_>, name: &str) -> Result<Edit<String>, Problem> {
    match input.value(name, EmptyString::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Ok(Edit::Clear),
        Some(value) => {
            let text = text_of(value)?;
            let url = check_url(&text, MAX_PAGE_URL, validator::is_url)?;
            Ok(url.map_or(Edit::Clear, Edit::Set))
        }
    }
}

/// A URL or an uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UrlOrFile<T> {
    /// A URL.
    Url(T),
    /// An uploaded file.
    File(File),
}

/// Reads an image: a URL or a file.
pub(crate) fn image(input: &Fields<'_>, name: &str) -> Result<UrlOrFile<Edit<Avatar>>, Problem> {
    let text = match url_or_file(input, name)? {
        None => return Ok(UrlOrFile::Url(Edit::Keep)),
        Some(UrlOrFile::File(file)) => return Ok(UrlOrFile::File(file)),
        Some(UrlOrFile::Url(text)) => text,
    };
    // URLs that other dialects may store are accepted, so that they can be sent back.
    let is_web_url = |text: &str| WebUrl::parse(text).is_ok();
    let url = check_url(&text, MAX_FILE_URL, is_web_url)?;
    let avatar = url.and_then(|text| WebUrl::parse(&text).ok());
    Ok(UrlOrFile::Url(match avatar {
        Some(url) => Edit::Set(Avatar::External(url)),
        None => Edit::Clear,
    }))
}

/// Reads a résumé: a URL or a file.
pub(crate) fn resume(input: &Fields<'_>, name: &str) -> Result<UrlOrFile<Edit<String>>, Problem> {
    let text = match url_or_file(input, name)? {
        None => return Ok(UrlOrFile::Url(Edit::Keep)),
        Some(UrlOrFile::File(file)) => return Ok(UrlOrFile::File(file)),
        Some(UrlOrFile::Url(text)) => text,
    };
    let url = if validator::is_stored_resume(rules::trim(&text.text)) {
        check_url(&text, MAX_FILE_URL, |_| true)?
    } else {
        check_url(&text, MAX_PAGE_URL, validator::is_url)?
    };
    Ok(UrlOrFile::Url(url.map_or(Edit::Clear, Edit::Set)))
}

fn url_or_file<'a>(input: &Fields<'a>, name: &str) -> Result<Option<UrlOrFile<Text<'a>>>, Problem> {
    match input.value(name, EmptyString::Absent) {
        None => Ok(None),
        Some(Value::Null) => Err(NULL.into()),
        Some(Value::File(file)) if file.content.is_empty() => Err(EMPTY_FILE.into()),
        Some(Value::File(file)) => Ok(Some(UrlOrFile::File(file))),
        Some(value) => Ok(Some(UrlOrFile::Url(text_of(&value)?))),
    }
}

/// Converts a value to a string. Values of other types are not URLs.
fn text_of<'a>(value: &Value<'a>) -> Result<Text<'a>, Problem> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_text()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Dict(_) | Value::File(_) => {
            Err(NOT_A_URL.into())
        }
    }
}

/// Checks the URL in `text`, or returns `None` if it is blank.
fn check_url(
    text: &Text<'_>,
    max: usize,
    is_valid: impl FnOnce(&str) -> bool,
) -> Result<Option<String>, Problem> {
    let url = rules::trim(&text.text);
    if url.is_empty() {
        return Ok(None);
    }
    let mut messages = Vec::new();
    if url.chars().nth(max).is_some() {
        messages.push(too_long(max));
    }
    messages.extend(forbidden(url, text.surrogate));
    // NUL has its own message, and does not make the URL invalid.
    let without_nul: String = url
        .chars()
        .map(|c| if c == '\0' { 'x' } else { c })
        .collect();

    if url.chars().nth(MAX_FILE_URL).is_some() || !is_valid(&without_nul) {
        messages.push(NOT_A_URL.to_owned());
    }
    if messages.is_empty() {
        Ok(Some(url.to_owned()))
    } else {
        Err(messages.into())
    }
}
