//! The rules of the body's fields.

use manyface_core::{Avatar, Country, Edit, Field, WebUrl, text};
use manyface_dialect::{Sent, Typed, accept, read_image_data_url};

/// The contract's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_BIO: usize = 200;
/// The limit of the other dialects that write the display name; the contract has none.
pub(crate) const MAX_NAME: usize = 100;
/// The contract's "~1.5MB", in bytes of the whole string.
pub(crate) const MAX_AVATAR: usize = 1_572_864;

/// Reads one field with `rule`, which turns a string into an edit; an invalid value is added to
/// `sent`. In the contract every field is a string, so null has the wrong type.
pub(crate) fn read<T>(
    field: Field,
    input: &Edit<Typed<String>>,
    rule: impl FnOnce(&str) -> Result<Edit<T>, String>,
    sent: &mut Vec<Sent>,
) -> Edit<T> {
    let edit = match input {
        Edit::Keep => Ok(Edit::Keep),
        Edit::Set(Typed::Value(value)) => rule(value),
        Edit::Clear | Edit::Set(Typed::WrongType) => Err("must be a string".to_owned()),
    };
    accept(field, edit, || input.into(), sent)
}

/// Parses a bio; a blank string clears the field.
pub(crate) fn bio(value: &str) -> Result<Edit<String>, String> {
    let bio = text::normalise(value, MAX_BIO).map_err(|e| e.to_string())?;
    Ok(Edit::Set(bio).clear_if(String::is_empty))
}

/// Parses a name. It must not be empty, because the response always has a name.
pub(crate) fn name(value: &str) -> Result<Edit<String>, String> {
    let name = text::normalise(value, MAX_NAME).map_err(|e| e.to_string())?;
    if name.is_empty() {
        return Err("must not be empty".to_owned());
    }
    Ok(Edit::Set(name))
}

/// An avatar in a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AvatarInput {
    /// A URL, which is stored unchanged and never fetched.
    Url(Avatar),
    /// An uploaded file.
    File(Vec<u8>),
}

/// Parses an avatar; a blank string clears the field.
pub(crate) fn avatar(value: &str) -> Result<Edit<AvatarInput>, String> {
    if value.len() > MAX_AVATAR {
        return Err(format!("must be at most {MAX_AVATAR} bytes"));
    }
    let value = text::trim(value);
    if value.is_empty() {
        return Ok(Edit::Clear);
    }
    if value
        .get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
    {
        // The length of the string is limited, so the decoded image needs no separate limit.
        let file = read_image_data_url(value, MAX_AVATAR).map_err(|e| e.to_string())?;
        return Ok(Edit::Set(AvatarInput::File(file)));
    }
    let url = WebUrl::parse(value).map_err(|_| "must be an http or https URL".to_owned())?;
    Ok(Edit::Set(AvatarInput::Url(Avatar::External(url))))
}

/// Parses a country code in either case; a blank string clears the field.
pub(crate) fn country(value: &str) -> Result<Edit<Country>, String> {
    let value = text::trim(value);
    if value.is_empty() {
        return Ok(Edit::Clear);
    }
    let country = Country::parse_alpha2(value);
    let country = country.map_err(|_| "must be an ISO 3166-1 alpha-2 code".to_owned())?;
    Ok(Edit::Set(country))
}
