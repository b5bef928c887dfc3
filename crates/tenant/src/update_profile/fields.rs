//! What each field of the body takes.

use manyface_core::{Avatar, Edit, Field, text};
use manyface_dialect::{Typed, read_image_data_url};

use crate::{face::spelling, profile::MAX_PICTURE};

/// The page's limit, in Unicode scalar values after trimming.
pub(crate) const MAX_NAME: usize = 100;

/// Fields and the rules they break.
pub(super) type Refused = Vec<(&'static str, String)>;

/// A name: empty clears. The page has it as a string that is not nullable.
pub(super) fn name(
    field: Field,
    given: Edit<Typed<String>>,
    refused: &mut Refused,
) -> Edit<String> {
    let reason = match given {
        Edit::Keep => return Edit::Keep,
        Edit::Set(Typed::Right(value)) => match text::normalise(&value, MAX_NAME) {
            Ok(name) => return Edit::Set(name).clear_if(String::is_empty),
            Err(error) => error.to_string(),
        },
        Edit::Clear | Edit::Set(Typed::Wrong) => "must be a string".to_owned(),
    };
    refused.push((spelling(field), reason));
    Edit::Keep
}

/// A picture as a data URI, or null, which removes the one there is.
pub(super) fn picture(
    field: Field,
    given: Edit<Typed<String>>,
    refused: &mut Refused,
) -> (Edit<Avatar>, Option<Vec<u8>>) {
    let reason = match given {
        Edit::Keep => return (Edit::Keep, None),
        Edit::Clear => return (Edit::Clear, None),
        Edit::Set(Typed::Right(value)) => match read_image_data_url(&value, MAX_PICTURE) {
            Ok(file) => return (Edit::Keep, Some(file)),
            Err(error) => error.to_string(),
        },
        Edit::Set(Typed::Wrong) => "must be a string or null".to_owned(),
    };
    refused.push((spelling(field), reason));
    (Edit::Keep, None)
}
