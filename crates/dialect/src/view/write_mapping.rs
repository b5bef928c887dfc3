//! How a key is written.

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteMapping {
    /// The JSON pointer in the request (RFC 6901).
    pub at: &'static str,
    /// In which form.
    pub form: WriteForm,
    /// The meaning of `null`.
    pub null: NullMeaning,
    /// The meaning of `""` and of strings without a visible character. An empty list always clears.
    pub empty: NullMeaning,
}

/// How `null` and empty values are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullMeaning {
    /// The field is cleared.
    Clears,
    /// The request is rejected.
    Rejects,
    /// The field stays as it is.
    Keeps,
    /// It is a value like any other.
    Value,
}

/// In which form a value is written. What is of another form is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteForm {
    /// Text by the core's one rule (`manyface_core::text`).
    Text {
        /// The most characters after trimming and composing.
        max: usize,
    },
    /// A user name, trimmed, that no other user has.
    Username {
        /// The most characters.
        max: usize,
        /// Which ones.
        form: UsernameForm,
    },
    /// The address of a page: `http`, `https`, `ftp` or `ftps`.
    Link {
        /// The most characters.
        max: usize,
    },
    /// An image.
    Picture(ImageForm),
    /// The address of a document, or one of ours.
    Document {
        /// The most characters of an address that is not ours.
        max: usize,
    },
    /// A country, in any case.
    Country {
        /// Whether alpha-3 codes and English names are taken next to alpha-2 codes.
        names: bool,
    },
    /// A date, `1999-05-20`, which is not after tomorrow.
    Date,
    /// Any JSON.
    Json {
        /// The most bytes without blanks.
        max: usize,
        /// The maximum depth of nested lists and objects.
        depth: usize,
    },
    /// `true` or `false`, or a word or number for them.
    Flag,
    /// A list of names or ids of catalogue entries.
    Entries {
        /// The most items.
        max: usize,
    },
    /// One of the deployment's kinds of user.
    Choice,
}

/// The characters of user names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameForm {
    /// ASCII letters, digits and hyphens, at least one of them no hyphen.
    Ascii,
    /// Letters and digits of any script, and `@.+-_`.
    Unicode,
}

/// How an image is written. Every form takes PNG, JPEG, GIF and WebP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageForm {
    /// An `http` or `https` address of at most so many bytes, or a data URI of at most so many.
    AddressOrDataUrl {
        /// The most bytes of an address.
        address: usize,
        /// The most bytes of a data URI as it is written.
        data: usize,
    },
    /// A data URI whose file has at most so many bytes.
    DataUrl {
        /// The most bytes of the file.
        max: usize,
    },
    /// An `http` or `https` address; files come in other bodies than JSON.
    Address {
        /// The most characters.
        max: usize,
    },
    /// `{"id": …}`: the id of an upload.
    Upload {
        /// The path under the dialect's base that begins one (`POST {"filename": …}`).
        files: &'static str,
    },
}
