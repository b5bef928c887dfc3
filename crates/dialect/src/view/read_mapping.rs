//! Mappings of keys in responses.

use manyface_core::Field;

/// How a key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMapping {
    /// The JSON pointer in the response (RFC 6901).
    pub at: &'static str,
    /// The form of the value.
    pub form: ReadForm,
    /// The fallback of an unset field, for reading only: of the first group in which any field is
    /// set, the values joined with a space.
    pub otherwise: &'static [&'static [Field]],
    /// The form of an unset value.
    pub unset: Absence,
}

/// The form of a value in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadForm {
    /// A string as it is stored.
    Text,
    /// Any JSON value as it is stored; numbers keep their spelling.
    Json,
    /// `true` or `false`.
    Boolean,
    /// The two letters of ISO 3166-1, in upper case.
    Alpha2,
    /// The three letters of ISO 3166-1, in upper case.
    Alpha3,
    /// `1999-05-20`.
    Date,
    /// `1999-05-20T00:00:00.000Z`.
    Midnight,
    /// The URL of an image, stored or external.
    Url,
    /// The same as an object: `{"url": …}`.
    UrlObject,
    /// The content of a stored image as a data URL, in the largest size within the limit. External
    /// images are not shown.
    DataUrl {
        /// The maximum number of bytes of the file.
        max: usize,
    },
    /// The ids of catalogue entries.
    Ids,
    /// The names of catalogue entries.
    Names,
    /// Catalogue entries as objects with the key `name` and others.
    Entries,
    /// A value that no write of a user changes: ids, times, operator data, constants.
    Fixed,
}

/// The form of an unset value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The value is never unset.
    Never,
    /// `null`.
    Null,
    /// `""`.
    Empty,
    /// `false`.
    False,
    /// `[]`.
    EmptyList,
    /// The key is omitted.
    Absent,
    /// A value that the server generates.
    Generated,
}
