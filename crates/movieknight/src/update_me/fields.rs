//! The rules of the body's fields.

use manyface_core::{Avatar, Country, Edit, Field, WebUrl, text};
use manyface_dialect::{Sent, Typed, accept, read_image_data_url};

/// The contract's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_BIO: usize = 200;
/// The contract has none; this is the limit of the other dialects that write the display name.
pub(crate) const MAX_NAME: usize = 100;
/// The contract's "~1.5MB", in bytes of the whole string.
pub(crate) const MAX_AVATAR: usize = 1_572_864;

/// Reads one field with `rule`, which makes an edit of its text; a value that breaks the rule is
/// added to `sent`. In the contract every field is a string, so null has the wrong type.
pub(super) fn read<T>(
    field: Field,
    given: &Edit<Typed<String>>,
    rule: impl FnOnce(&str) -> Result<Edit<T>, String>,
    sent: &mut Vec<Sent>,
) -> Edit<T> {
    let outcome = match given {
        Edit::Keep => Ok(Edit::Keep),
        Edit::Set(Typed::Right(value)) => rule(value),
        Edit::Clear | Edit::Set(Typed::Wrong) => Err("must be a string".to_owned()),
    };
    accept(field, outcome, || given.into(), sent)
}

/// Empty clears.
pub(super) fn bio(value: &str) -> Result<Edit<String>, String> {
    let bio = text::normalise(value, MAX_BIO).map_err(|e| e.to_string())?;
    Ok(Edit::Set(bio).clear_if(String::is_empty))
}

/// The response always has a name, so there is no empty one to set.
pub(super) fn name(value: &str) -> Result<Edit<String>, String> {
    let name = text::normalise(value, MAX_NAME).map_err(|e| e.to_string())?;
    if name.is_empty() {
        return Err("must not be empty".to_owned());
    }
    Ok(Edit::Set(name))
}

/// The forms of an avatar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Picture {
    /// A web address, kept as it is written and never fetched.
    Link(Avatar),
    /// An uploaded file.
    File(Vec<u8>),
}

/// Empty clears.
pub(super) fn avatar(value: &str) -> Result<Edit<Picture>, String> {
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
        // The whole string is limited, so that the decoded image needs no separate limit.
        let file = read_image_data_url(value, MAX_AVATAR).map_err(|e| e.to_string())?;
        return Ok(Edit::Set(Picture::File(file)));
    }
    let url = WebUrl::parse(value).map_err(|_| "must be an http or https URL".to_owned())?;
    Ok(Edit::Set(Picture::Link(Avatar::External(url))))
}

/// Empty clears; either case is taken.
pub(super) fn country(value: &str) -> Result<Edit<Country>, String> {
    let value = text::trim(value);
    if value.is_empty() {
        return Ok(Edit::Clear);
    }
    let country = Country::parse_alpha2(value);
    let country = country.map_err(|_| "must be an ISO 3166-1 alpha-2 code".to_owned())?;
    Ok(Edit::Set(country))
}
