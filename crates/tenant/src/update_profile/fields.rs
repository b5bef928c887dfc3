//! What each field of the body takes.

use manyface_core::{Avatar, Edit, Field, text};
use manyface_dialect::{Sent, SentValue, Typed, read_image_data_url};

use crate::profile::MAX_PICTURE;

/// The page's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_NAME: usize = 100;

/// A name: empty clears. The page has it as a string that is not nullable.
pub(super) fn name(
    field: Field,
    given: &Edit<Typed<String>>,
    sent: &mut Vec<Sent>,
) -> Edit<String> {
    let reason = match given {
        Edit::Keep => return Edit::Keep,
        Edit::Set(Typed::Right(value)) => match text::normalise(value, MAX_NAME) {
            Ok(name) => return Edit::Set(name).clear_if(String::is_empty),
            Err(error) => error.to_string(),
        },
        Edit::Clear | Edit::Set(Typed::Wrong) => "must be a string".to_owned(),
    };
    sent.push(Sent {
        field,
        value: given.into(),
        rejection: Some(reason),
    });
    Edit::Keep
}

/// An image as a data URL, or null, which removes the one that is shown. An image that is kept
/// elsewhere is shown as null.
pub(super) fn picture(
    given: &Edit<Typed<String>>,
    sent: &mut Vec<Sent>,
) -> (Edit<Avatar>, Option<Vec<u8>>) {
    let reason = match given {
        Edit::Keep => return (Edit::Keep, None),
        Edit::Clear => {
            sent.push(Sent {
                field: Field::Avatar,
                value: SentValue::Null,
                rejection: None,
            });
            return (Edit::Clear, None);
        }
        Edit::Set(Typed::Right(value)) => match read_image_data_url(value, MAX_PICTURE) {
            Ok(file) => return (Edit::Keep, Some(file)),
            Err(error) => error.to_string(),
        },
        Edit::Set(Typed::Wrong) => "must be a string or null".to_owned(),
    };
    sent.push(Sent {
        field: Field::Avatar,
        value: given.into(),
        rejection: Some(reason),
    });
    (Edit::Keep, None)
}
