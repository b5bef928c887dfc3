//! Addresses of pages, images and résumés.

mod address;

use manyface_core::{Avatar, Edit, WebUrl, text as rules};

use super::{NULL, Null, forbidden, too_long};
use crate::{
    data::{Blank, Data},
    problems::Problem,
    python::{File, Text, Value},
};

/// The longest link, in characters: what the framework's column has.
pub(crate) const MAX_LINK: usize = 200;
/// The longest address of an image or a kept résumé, in characters.
pub(crate) const MAX_ADDRESS: usize = 2_048;
const NOT_A_URL: &str = "Enter a valid URL.";
const EMPTY_FILE: &str = "The submitted file is empty.";

/// A link to a page. Null and a blank text empty it.
pub(crate) fn link(data: &Data<'_>, name: &str) -> Result<Edit<String>, Problem> {
    match data.value(name, Blank::Text).as_ref() {
        None => Ok(Edit::Keep),
        Some(Value::Null) => Ok(Edit::Clear),
        Some(value) => page(value),
    }
}

fn page(value: &Value<'_>) -> Result<Edit<String>, Problem> {
    let text = written(value)?;
    Ok(match checked(&text, MAX_LINK, address::is_link)? {
        Some(link) => Edit::Set(link),
        None => Edit::Clear,
    })
}

/// The URL of an image, or the image itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// An address, or nothing.
    Address(Edit<T>),
    /// A file.
    File(File),
}

/// An image: the address of one, or a file.
pub(crate) fn picture(data: &Data<'_>, name: &str) -> Result<Given<Avatar>, Problem> {
    let Some(text) = address_or_file(data, name, Null::Rejected)? else {
        return Ok(Given::Address(Edit::Keep));
    };
    let text = match text {
        Given::File(file) => return Ok(Given::File(file)),
        Given::Address(Edit::Set(text)) => text,
        Given::Address(Edit::Keep | Edit::Clear) => return Ok(Given::Address(Edit::Clear)),
    };
    // What another dialect may store, this one takes back.
    let is_web = |text: &str| WebUrl::parse(text).is_ok();
    let address = checked(&text, MAX_ADDRESS, is_web)?;
    let avatar = address.and_then(|text| WebUrl::parse(&text).ok());
    Ok(Given::Address(match avatar {
        Some(url) => Edit::Set(Avatar::External(url)),
        None => Edit::Clear,
    }))
}

/// A résumé: the address of one, or a file. `is_ours` says of an address whether it is one under
/// which the deployment itself keeps résumés.
pub(crate) fn resume(data: &Data<'_>, name: &str) -> Result<Given<String>, Problem> {
    let Some(text) = address_or_file(data, name, Null::Rejected)? else {
        return Ok(Given::Address(Edit::Keep));
    };
    let text = match text {
        Given::File(file) => return Ok(Given::File(file)),
        Given::Address(Edit::Set(text)) => text,
        Given::Address(Edit::Keep | Edit::Clear) => return Ok(Given::Address(Edit::Clear)),
    };
    let address = if address::is_stored_resume(rules::trim(&text.text)) {
        checked(&text, MAX_ADDRESS, |_| true)?
    } else {
        checked(&text, MAX_LINK, address::is_link)?
    };
    Ok(Given::Address(match address {
        Some(text) => Edit::Set(text),
        None => Edit::Clear,
    }))
}

fn address_or_file<'a>(
    data: &Data<'a>,
    name: &str,
    null: Null,
) -> Result<Option<Given<Text<'a>>>, Problem> {
    match data.value(name, Blank::Nothing) {
        None => Ok(None),
        Some(Value::Null) => match null {
            Null::Clears => Ok(Some(Given::Address(Edit::Clear))),
            Null::Rejected => Err(NULL.into()),
        },
        Some(Value::File(file)) if file.content.is_empty() => Err(EMPTY_FILE.into()),
        Some(Value::File(file)) => Ok(Some(Given::File(file))),
        Some(value) => Ok(Some(Given::Address(Edit::Set(written(&value)?)))),
    }
}

/// The text of a value. A value of another type is no address.
fn written<'a>(value: &Value<'a>) -> Result<Text<'a>, Problem> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) => Ok(value.to_text()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Dict(_) | Value::File(_) => {
            Err(NOT_A_URL.into())
        }
    }
}

/// The address in `text`; `None` where it is blank.
fn checked(
    text: &Text<'_>,
    max: usize,
    is_good: impl FnOnce(&str) -> bool,
) -> Result<Option<String>, Problem> {
    let address = rules::trim(&text.text);
    if address.is_empty() {
        return Ok(None);
    }
    let mut sentences = Vec::new();
    if address.chars().nth(max).is_some() {
        sentences.push(too_long(max));
    }
    let wrong = forbidden(address, text.surrogate);
    // A forbidden character alone does not make an address none.
    let without: String = address
        .chars()
        .map(|c| if c == '\0' { 'x' } else { c })
        .collect();
    sentences.extend(wrong);
    if address.chars().nth(MAX_ADDRESS).is_some() || !is_good(&without) {
        sentences.push(NOT_A_URL.to_owned());
    }
    if sentences.is_empty() {
        Ok(Some(address.to_owned()))
    } else {
        Err(sentences.into())
    }
}
