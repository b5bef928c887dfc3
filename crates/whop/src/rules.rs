//! The rules of the fields.

use manyface_core::{Edit, Field, Json, Username, text};
use manyface_dialect::{Sent, SentValue, Typed, accept};
use serde::Deserialize;

use crate::external_id;

/// The contract's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_NAME: usize = 100;
/// The limit of this dialect; the contract has none.
pub(crate) const MAX_BIO: usize = 1_000;
/// The contract's limit.
pub(crate) const MAX_USERNAME: usize = 42;
/// The prefix of files.
pub(crate) const FILE: &str = "file_";
/// The maximum length of a reference to an upload.
pub(crate) const MAX_UPLOAD: usize = 256;

/// A reference to an upload in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UploadReference {
    /// The id of a file.
    File(String),
    /// The signed name of an upload.
    Signed(String),
}

/// The meaning of null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// Null clears the field.
    Clears,
    /// Null is rejected.
    Rejected,
}

/// Reads a string field with `rule`. An invalid value is added to `sent`.
pub(crate) fn read<T>(
    field: Field,
    input: &Edit<Typed<String>>,
    null: Null,
    rule: impl FnOnce(&str) -> Result<Edit<T>, String>,
    sent: &mut Vec<Sent>,
) -> Edit<T> {
    let edit = match (input, null) {
        (Edit::Keep, _) => Ok(Edit::Keep),
        (Edit::Clear, Null::Clears) => Ok(Edit::Clear),
        (Edit::Set(Typed::Value(value)), _) => rule(value),
        (Edit::Clear, Null::Rejected) | (Edit::Set(Typed::WrongType), _) => {
            Err("must be a string".to_owned())
        }
    };
    accept(field, edit, || input.into(), sent)
}

/// Reads a reference to an upload: an object with either `id` or `direct_upload_id`. Any other value
/// is added to `sent`, because it may be the object with `url` of a response.
pub(crate) fn profile_picture(
    input: &Edit<Json>,
    null: Null,
    sent: &mut Vec<Sent>,
) -> Edit<UploadReference> {
    let edit = match (input, null) {
        (Edit::Keep, _) => Ok(Edit::Keep),
        (Edit::Clear, Null::Clears) => Ok(Edit::Clear),
        (Edit::Clear, Null::Rejected) => Err("must be an object".to_owned()),
        (Edit::Set(json), _) => parse_reference(json).map(Edit::Set),
    };
    let value = || match input {
        Edit::Keep | Edit::Clear => SentValue::Null,
        Edit::Set(json) => as_sent(json),
    };
    accept(Field::Avatar, edit, value, sent)
}

/// Reads an image in the form of responses.
fn as_sent(json: &Json) -> SentValue {
    #[derive(Deserialize)]
    struct Url {
        url: String,
    }
    let url = json.is_object().then(|| json.read::<Url>().ok()).flatten();
    url.map_or(SentValue::Other, |Url { url }| SentValue::Text(url))
}

#[derive(Deserialize)]
struct ReferenceKeys {
    id: Option<Json>,
    direct_upload_id: Option<Json>,
}

fn parse_reference(json: &Json) -> Result<UploadReference, String> {
    if !json.is_object() {
        return Err("must be an object".to_owned());
    }
    let Ok(ReferenceKeys {
        id,
        direct_upload_id,
    }) = json.read()
    else {
        return Err("must be an object".to_owned());
    };
    let text = |json: Json| {
        let text = json.read::<String>().ok();
        text.filter(|text| text.len() <= MAX_UPLOAD)
    };
    match (id, direct_upload_id) {
        (Some(id), None) => {
            let id = text(id).filter(|id| external_id::is_tagged(id, FILE));
            id.map(UploadReference::File)
                .ok_or_else(|| "must have the id of a file".to_owned())
        }
        (None, Some(signed)) => text(signed)
            .map(UploadReference::Signed)
            .ok_or_else(|| "must have a direct_upload_id of this server".to_owned()),
        (None, None) => Err("must have an id or a direct_upload_id".to_owned()),
        (Some(_), Some(_)) => Err("must have an id or a direct_upload_id, not both".to_owned()),
    }
}

/// Parses a name; a blank string clears the field.
pub(crate) fn name(value: &str) -> Result<Edit<String>, String> {
    let name = text::normalise(value, MAX_NAME).map_err(|e| e.to_string())?;
    Ok(Edit::Set(name).clear_if(String::is_empty))
}

/// Parses a bio; a blank string clears the field.
pub(crate) fn bio(value: &str) -> Result<Edit<String>, String> {
    let bio = text::normalise(value, MAX_BIO).map_err(|e| e.to_string())?;
    Ok(Edit::Set(bio).clear_if(String::is_empty))
}

/// Parses a user name of letters, digits and hyphens, which must not be hyphens only.
pub(crate) fn username(value: &str) -> Result<Edit<Username>, String> {
    let value = text::trim(value);
    if value.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if value.chars().count() > MAX_USERNAME {
        return Err(format!("must be at most {MAX_USERNAME} characters"));
    }
    let is_plain = value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && value.bytes().any(|b| b != b'-');
    if !is_plain {
        return Err("must be letters, digits and hyphens".to_owned());
    }
    let username = Username::parse(value).map_err(|e| e.to_string())?;
    Ok(Edit::Set(username))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn an_image_has_exactly_one_reference() {
        let file = |text: &str| Ok(UploadReference::File(text.to_owned()));
        for (text, outcome) in [
            (r#"{"id":"file_a1"}"#, file("file_a1")),
            (
                r#"{"id":"file_a1","direct_upload_id":null,"x":1}"#,
                file("file_a1"),
            ),
            (
                r#"{"direct_upload_id":"a--b"}"#,
                Ok(UploadReference::Signed("a--b".to_owned())),
            ),
            ("{}", Err("must have an id or a direct_upload_id")),
            (
                r#"{"id":null}"#,
                Err("must have an id or a direct_upload_id"),
            ),
            (
                r#"{"id":"file_a","direct_upload_id":"b"}"#,
                Err("must have an id or a direct_upload_id, not both"),
            ),
            (r#"{"id":"user_a"}"#, Err("must have the id of a file")),
            (r#"{"id":"file_../a"}"#, Err("must have the id of a file")),
            (r#"{"id":7}"#, Err("must have the id of a file")),
            (
                r#"{"direct_upload_id":[]}"#,
                Err("must have a direct_upload_id of this server"),
            ),
            (r#"["file_a1"]"#, Err("must be an object")),
            (r#""file_a1""#, Err("must be an object")),
        ] {
            let outcome = outcome.map_err(str::to_owned);
            assert_eq!(parse_reference(&json(text)), outcome, "{text}");
        }
    }

    #[test]
    fn usernames_are_letters_digits_and_hyphens() {
        for text in ["ada", "A-1", "-a-", &"a".repeat(42)] {
            assert!(username(text).is_ok(), "{text}");
        }
        for text in [
            "",
            " ",
            "-",
            "---",
            "a_b",
            "a b",
            "a.b",
            "\u{e9}",
            "\u{ff21}da",
            "a\u{200d}b",
            "a\0",
            &"a".repeat(43),
        ] {
            assert!(username(text).is_err(), "{text:?}");
        }
    }
}
