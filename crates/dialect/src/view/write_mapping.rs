//! Mappings of keys in requests.

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteMapping {
    /// The JSON pointer in the request (RFC 6901).
    pub at: &'static str,
    /// The form of the value.
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
    /// The field is kept.
    Keeps,
    /// The value is stored like any other.
    Value,
}

/// The accepted form of a value in a request. Other values are rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteForm {
    /// Free text, normalised by `manyface_core::text`.
    Text {
        /// The maximum number of characters after trimming and normalisation.
        max: usize,
    },
    /// A unique user name, which is trimmed.
    Username {
        /// The maximum number of characters.
        max: usize,
        /// The permitted characters.
        form: UsernameForm,
    },
    /// The URL of a web page: `http`, `https`, `ftp` or `ftps`.
    Url {
        /// The maximum number of characters.
        max: usize,
    },
    /// An image.
    Image(ImageForm),
    /// The URL of a document, external or stored by this deployment.
    DocumentUrl {
        /// The maximum number of characters of an external URL.
        max: usize,
    },
    /// A country code, case-insensitive.
    Country {
        /// Whether alpha-3 codes and English names are accepted in addition to alpha-2 codes.
        names: bool,
    },
    /// A date, `1999-05-20`, no later than tomorrow.
    Date,
    /// Any JSON value.
    Json {
        /// The maximum number of bytes without white space.
        max: usize,
        /// The maximum depth of nested lists and objects.
        depth: usize,
    },
    /// `true` or `false`, or a string or number with that meaning.
    Boolean,
    /// A list of names or ids of catalogue entries.
    Entries {
        /// The maximum number of items.
        max: usize,
    },
    /// One of the deployment's user types.
    Choice,
}

/// The characters of user names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameForm {
    /// ASCII letters, digits and hyphens, at least one of which is not a hyphen.
    Ascii,
    /// Letters and digits of any script, and `@.+-_`.
    Unicode,
}

/// The accepted form of an image in a request. Every form accepts PNG, JPEG, GIF and WebP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageForm {
    /// An `http` or `https` URL, or a data URL.
    UrlOrDataUrl {
        /// The maximum number of bytes of an `http` or `https` URL.
        url: usize,
        /// The maximum number of bytes of an encoded data URL.
        data: usize,
    },
    /// A data URL.
    DataUrl {
        /// The maximum number of bytes of the decoded file.
        max: usize,
    },
    /// An `http` or `https` URL; files are uploaded in bodies of other types than JSON.
    Url {
        /// The maximum number of characters.
        max: usize,
    },
    /// `{"id": …}`: the id of an upload.
    Upload {
        /// The path under the dialect's base that creates an upload (`POST {"filename": …}`).
        files: &'static str,
    },
}
