//! How a key is shown.

use manyface_core::Field;

/// How a key is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMapping {
    /// The JSON pointer in the response (RFC 6901).
    pub at: &'static str,
    /// In which form.
    pub form: ReadForm,
    /// What is shown, for reading only, where the field is not set: the first of these of which
    /// any is set, joined with a blank.
    pub otherwise: &'static [&'static [Field]],
    /// The form of an unset value.
    pub unset: Absence,
}

/// In which form a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadForm {
    /// A text as it is stored.
    Text,
    /// Any JSON as it is stored, numbers to the letter.
    Json,
    /// `true` or `false`.
    Flag,
    /// The two letters of ISO 3166-1, in upper case.
    Alpha2,
    /// The three letters of ISO 3166-1, in upper case.
    Alpha3,
    /// `1999-05-20`.
    Date,
    /// `1999-05-20T00:00:00.000Z`.
    Midnight,
    /// The URL of an image, stored or external.
    Address,
    /// The same as an object: `{"url": …}`.
    AddressObject,
    /// A stored image itself, in its largest size of at most so many bytes, as a data URI. What is kept
    /// elsewhere cannot be shown.
    DataUrl {
        /// The most bytes of the file.
        max: usize,
    },
    /// The ids of catalogue entries.
    Ids,
    /// Their names.
    Names,
    /// Objects with the key `name`, and others.
    Entries,
    /// A value that no write of a user changes: ids, times, operator data, constants.
    Fixed,
}

/// The form of an unset value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// There is always something.
    Never,
    /// `null`.
    Null,
    /// `""`.
    Empty,
    /// `false`.
    False,
    /// `[]`.
    EmptyList,
    /// The key is left out.
    Absent,
    /// Something that the server makes for users without.
    Generated,
}
