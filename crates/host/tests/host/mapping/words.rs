//! The tables' terms in words.

use manyface_dialect::{Meaning, PictureForm, Shown, ShownForm, TakenForm, Unset, UsernameForm};

pub(super) fn shown(form: ShownForm) -> String {
    match form {
        ShownForm::Text => "text".to_owned(),
        ShownForm::Json => "JSON to the letter".to_owned(),
        ShownForm::Flag => "true or false".to_owned(),
        ShownForm::Alpha2 => "alpha-2".to_owned(),
        ShownForm::Alpha3 => "alpha-3".to_owned(),
        ShownForm::Date => "date".to_owned(),
        ShownForm::Midnight => "midnight UTC".to_owned(),
        ShownForm::Address => "address".to_owned(),
        ShownForm::AddressObject => "object with an address".to_owned(),
        ShownForm::DataUrl { max } => {
            format!("data URI of the largest size within {} bytes", number(max))
        }
        ShownForm::Ids => "ids".to_owned(),
        ShownForm::Names => "names".to_owned(),
        ShownForm::Entries => "names with what is known of them".to_owned(),
        ShownForm::Fixed => "as it is".to_owned(),
    }
}

/// What is other about the form than what was written.
pub(super) fn change(form: ShownForm) -> &'static str {
    match form {
        ShownForm::Text
        | ShownForm::Json
        | ShownForm::Flag
        | ShownForm::Date
        | ShownForm::Address
        | ShownForm::Names
        | ShownForm::Fixed => "",
        ShownForm::Alpha2 => " as alpha-2",
        ShownForm::Alpha3 => " as alpha-3",
        ShownForm::Midnight => " at midnight UTC",
        ShownForm::AddressObject => " in an object",
        ShownForm::DataUrl { .. } => " scaled down where needed; null for an external address",
        ShownForm::Ids => " as ids",
        ShownForm::Entries => " with what is known of the entries",
    }
}

pub(super) fn unset(shown: &Shown) -> String {
    let last = match shown.unset {
        Unset::Never => "always there",
        Unset::Null => "`null`",
        Unset::Empty => "`\"\"`",
        Unset::False => "`false`",
        Unset::EmptyList => "`[]`",
        Unset::Absent => "left out",
        Unset::Generated => "a generated one",
    };
    let others = shown.otherwise.iter().map(|fields| {
        let names = fields.iter().map(|field| format!("`{field}`"));
        names.collect::<Vec<_>>().join(" and ")
    });
    let mut all: Vec<_> = others.collect();
    if all.is_empty() || shown.unset != Unset::Never {
        all.push(last.to_owned());
    }
    all.join(", else ")
}

pub(super) fn taken(form: TakenForm) -> String {
    match form {
        TakenForm::Text { max } => format!("text, ≤ {} characters", number(max)),
        TakenForm::Username { max, form } => {
            let characters = match form {
                UsernameForm::Ascii => "ASCII letters, digits and hyphens",
                UsernameForm::Unicode => "letters, digits and `@.+-_`",
            };
            format!("free name, ≤ {max} {characters}")
        }
        TakenForm::Link { max } => format!("http(s) or ftp(s) URL, ≤ {max} characters"),
        TakenForm::Document { max } => {
            format!("URL, ≤ {max} characters, one of ours, or (in forms) a file")
        }
        TakenForm::Picture(PictureForm::AddressOrDataUrl { address, data }) => format!(
            "http(s) URL, ≤ {} bytes, or a picture as data URI, ≤ {} bytes",
            number(address),
            number(data)
        ),
        TakenForm::Picture(PictureForm::DataUrl { max }) => {
            format!("a picture as data URI, ≤ {} bytes of file", number(max))
        }
        TakenForm::Picture(PictureForm::Address { max }) => format!(
            "http(s) URL, ≤ {} characters, or (in forms) a file",
            number(max)
        ),
        TakenForm::Picture(PictureForm::Upload { files }) => {
            format!("the id of an upload (`{files}`)")
        }
        TakenForm::Country { names: false } => "alpha-2, any case".to_owned(),
        TakenForm::Country { names: true } => {
            "alpha-2, alpha-3 or English name, any case".to_owned()
        }
        TakenForm::Date => "date, not after tomorrow".to_owned(),
        TakenForm::Json { max, depth } => {
            format!("any JSON, ≤ {} bytes and {depth} levels", number(max))
        }
        TakenForm::Flag => "boolean, or a word for it".to_owned(),
        TakenForm::Entries { max } => format!("≤ {max} names or ids; `[]` clears"),
        TakenForm::Choice => "one of the deployment's kinds".to_owned(),
    }
}

/// The limit of a form in the fewest words.
pub(super) fn limit(form: TakenForm) -> Option<String> {
    let max = size(form)?;
    Some(number(max))
}

fn size(form: TakenForm) -> Option<usize> {
    match form {
        TakenForm::Text { max } | TakenForm::Username { max, .. } | TakenForm::Link { max } => {
            Some(max)
        }
        TakenForm::Document { .. }
        | TakenForm::Picture(_)
        | TakenForm::Country { .. }
        | TakenForm::Date
        | TakenForm::Json { .. }
        | TakenForm::Flag
        | TakenForm::Entries { .. }
        | TakenForm::Choice => None,
    }
}

/// What `wide` takes and `narrow` does not, in words for both.
pub(super) fn narrows(wide: TakenForm, narrow: TakenForm) -> Option<(String, String)> {
    if let (Some(wide), Some(narrow)) = (size(wide), size(narrow)) {
        let words = |max: usize| format!("takes {} characters", number(max));
        return (wide > narrow).then(|| (words(wide), words(narrow)));
    }
    match (wide, narrow) {
        (TakenForm::Picture(wide), TakenForm::Picture(narrow)) if wide != narrow => {
            Some((pictures(wide).to_owned(), pictures(narrow).to_owned()))
        }
        _ => None,
    }
}

fn pictures(form: PictureForm) -> &'static str {
    match form {
        PictureForm::AddressOrDataUrl { .. } => "takes addresses and data URIs",
        PictureForm::DataUrl { .. } => "takes data URIs alone",
        PictureForm::Address { .. } => "takes addresses, and files in forms",
        PictureForm::Upload { .. } => "takes uploads alone",
    }
}

pub(super) const fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Clears => "clears",
        Meaning::Refused => "refused",
        Meaning::Keeps => "keeps",
        Meaning::Value => "a value",
    }
}

/// With a comma at the thousands.
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
