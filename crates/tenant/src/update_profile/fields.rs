//! What each field of the body takes.

use manyface_core::{Avatar, Edit, Field, text};
use manyface_dialect::{Sent, SentValue, Typed, accept, read_image_data_url};

use crate::profile::MAX_PICTURE;

/// The page's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_NAME: usize = 100;

/// A name: empty clears. The page has it as a string that is not nullable.
pub(super) fn name(
    field: Field,
    given: &Edit<Typed<String>>,
    sent: &mut Vec<Sent>,
) -> Edit<String> {
    let outcome = match given {
        Edit::Keep => Ok(Edit::Keep),
        Edit::Set(Typed::Right(value)) => text::normalise(value, MAX_NAME)
            .map(|name| Edit::Set(name).clear_if(String::is_empty))
            .map_err(|error| error.to_string()),
        Edit::Clear | Edit::Set(Typed::Wrong) => Err("must be a string".to_owned()),
    };
    accept(field, outcome, || given.into(), sent)
}

/// An image as a data URL, or null, which removes the one that is shown. An image that is kept
/// elsewhere is shown as null.
pub(super) fn picture(
    given: &Edit<Typed<String>>,
    sent: &mut Vec<Sent>,
) -> (Edit<Avatar>, Option<Vec<u8>>) {
    let outcome = match given {
        Edit::Keep => Ok((Edit::Keep, None)),
        Edit::Clear => {
            sent.push(Sent {
                field: Field::Avatar,
                value: SentValue::Null,
                rejection: None,
            });
            Ok((Edit::Clear, None))
        }
        Edit::Set(Typed::Right(value)) => read_image_data_url(value, MAX_PICTURE)
            .map(|file| (Edit::Keep, Some(file)))
            .map_err(|error| error.to_string()),
        Edit::Set(Typed::Wrong) => Err("must be a string or null".to_owned()),
    };
    accept(Field::Avatar, outcome, || given.into(), sent)
}
