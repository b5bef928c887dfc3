//! The descriptions of forms in the tables.

use manyface_dialect::{
    Absence, ImageForm, NullMeaning, ReadForm, ReadMapping, UsernameForm, WriteForm,
};

pub(super) fn shown(form: ReadForm) -> String {
    match form {
        ReadForm::Text => "string".to_owned(),
        ReadForm::Json => "JSON, byte for byte".to_owned(),
        ReadForm::Boolean => "true or false".to_owned(),
        ReadForm::Alpha2 => "alpha-2".to_owned(),
        ReadForm::Alpha3 => "alpha-3".to_owned(),
        ReadForm::Date => "date".to_owned(),
        ReadForm::Midnight => "midnight UTC".to_owned(),
        ReadForm::Url => "URL".to_owned(),
        ReadForm::UrlObject => "object with a URL".to_owned(),
        ReadForm::DataUrl { max } => {
            format!("data URI of the largest size within {} bytes", number(max))
        }
        ReadForm::Ids => "ids".to_owned(),
        ReadForm::Names => "names".to_owned(),
        ReadForm::Entries => "objects with a name".to_owned(),
        ReadForm::Fixed => "fixed".to_owned(),
    }
}

/// Describes how a form differs from the written value.
pub(super) fn change(form: ReadForm) -> &'static str {
    match form {
        ReadForm::Text
        | ReadForm::Json
        | ReadForm::Boolean
        | ReadForm::Date
        | ReadForm::Url
        | ReadForm::Names
        | ReadForm::Fixed => "",
        ReadForm::Alpha2 => " as alpha-2",
        ReadForm::Alpha3 => " as alpha-3",
        ReadForm::Midnight => " at midnight UTC",
        ReadForm::UrlObject => " in an object",
        ReadForm::DataUrl { .. } => " resized if necessary; null for an external URL",
        ReadForm::Ids => " as ids",
        ReadForm::Entries => " in objects",
    }
}

pub(super) fn unset(shown: &ReadMapping) -> String {
    let last = match shown.unset {
        Absence::Never => "never unset",
        Absence::Null => "`null`",
        Absence::Empty => "`\"\"`",
        Absence::False => "`false`",
        Absence::EmptyList => "`[]`",
        Absence::Absent => "omitted",
        Absence::Generated => "a generated one",
    };
    let others = shown.otherwise.iter().map(|fields| {
        let names = fields.iter().map(|field| format!("`{field}`"));
        names.collect::<Vec<_>>().join(" and ")
    });
    let mut all: Vec<_> = others.collect();
    if all.is_empty() || shown.unset != Absence::Never {
        all.push(last.to_owned());
    }
    all.join(", else ")
}

pub(super) fn taken(form: WriteForm) -> String {
    match form {
        WriteForm::Text { max } => format!("string, ≤ {} characters", number(max)),
        WriteForm::Username { max, form } => {
            let characters = match form {
                UsernameForm::Ascii => "ASCII letters, digits and hyphens",
                UsernameForm::Unicode => "letters, digits and `@.+-_`",
            };
            format!("free name, ≤ {max} {characters}")
        }
        WriteForm::Url { max } => format!("http(s) or ftp(s) URL, ≤ {max} characters"),
        WriteForm::DocumentUrl { max } => {
            format!("URL, ≤ {max} characters, a stored one, or (in forms) a file")
        }
        WriteForm::Image(ImageForm::UrlOrDataUrl { url, data }) => format!(
            "http(s) URL, ≤ {} bytes, or an image as data URI, ≤ {} bytes",
            number(url),
            number(data)
        ),
        WriteForm::Image(ImageForm::DataUrl { max }) => {
            format!("an image as data URI, ≤ {} bytes of file", number(max))
        }
        WriteForm::Image(ImageForm::Url { max }) => format!(
            "http(s) URL, ≤ {} characters, or (in forms) a file",
            number(max)
        ),
        WriteForm::Image(ImageForm::Upload { files }) => {
            format!("the id of an upload (`{files}`)")
        }
        WriteForm::Country { names: false } => "alpha-2, any case".to_owned(),
        WriteForm::Country { names: true } => {
            "alpha-2, alpha-3 or English name, any case".to_owned()
        }
        WriteForm::Date => "date, not after tomorrow".to_owned(),
        WriteForm::Json { max, depth } => {
            format!("any JSON, ≤ {} bytes and {depth} levels", number(max))
        }
        WriteForm::Boolean => "boolean, or a word for it".to_owned(),
        WriteForm::Entries { max } => format!("≤ {max} names or ids; `[]` clears"),
        WriteForm::Choice => "a user type of the deployment".to_owned(),
    }
}

/// Returns a short description of a form's limit.
pub(super) fn limit(form: WriteForm) -> Option<String> {
    let max = size(form)?;
    Some(number(max))
}

fn size(form: WriteForm) -> Option<usize> {
    match form {
        WriteForm::Text { max } | WriteForm::Username { max, .. } | WriteForm::Url { max } => {
            Some(max)
        }
        WriteForm::DocumentUrl { .. }
        | WriteForm::Image(_)
        | WriteForm::Country { .. }
        | WriteForm::Date
        | WriteForm::Json { .. }
        | WriteForm::Boolean
        | WriteForm::Entries { .. }
        | WriteForm::Choice => None,
    }
}

/// Describes the values that `wide` accepts and `narrow` does not.
pub(super) fn narrows(wide: WriteForm, narrow: WriteForm) -> Option<(String, String)> {
    if let (Some(wide), Some(narrow)) = (size(wide), size(narrow)) {
        let words = |max: usize| format!("accepts {} characters", number(max));
        return (wide > narrow).then(|| (words(wide), words(narrow)));
    }
    match (wide, narrow) {
        (WriteForm::Image(wide), WriteForm::Image(narrow)) if wide != narrow => {
            Some((image_forms(wide).to_owned(), image_forms(narrow).to_owned()))
        }
        _ => None,
    }
}

fn image_forms(form: ImageForm) -> &'static str {
    match form {
        ImageForm::UrlOrDataUrl { .. } => "accepts URLs and data URIs",
        ImageForm::DataUrl { .. } => "accepts data URIs only",
        ImageForm::Url { .. } => "accepts URLs, and files in forms",
        ImageForm::Upload { .. } => "accepts uploads only",
    }
}

pub(super) const fn meaning(meaning: NullMeaning) -> &'static str {
    match meaning {
        NullMeaning::Clears => "clears",
        NullMeaning::Rejects => "rejected",
        NullMeaning::Keeps => "keeps",
        NullMeaning::Value => "a value",
    }
}

/// Formats a number with thousands separators.
fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
