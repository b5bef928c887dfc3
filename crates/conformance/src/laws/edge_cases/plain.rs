//! Valid values, and the expansion of placeholders.

use manyface_dialect::{ImageForm, WriteForm};

use super::OWN_NAME;
use crate::{
    Node,
    laws::{
        judge::KINDS,
        pictures::{self, placeholder},
    },
    node::quoted,
};

/// Parses a value after its placeholder is replaced by the user's name.
pub(in crate::laws) fn given(json: &str, own_name: &str) -> Option<Node> {
    Node::parse(&json.replace(OWN_NAME, own_name)).ok()
}

/// Two valid values of a form, as JSON.
pub(in crate::laws) fn two(form: WriteForm) -> [String; 2] {
    let texts = |one: &str, other: &str| [quoted(one), quoted(other)];
    match form {
        WriteForm::Text { max } => texts(" One \u{1f600} ", &"e\u{301}".repeat(max)),
        WriteForm::Username { .. } => {
            texts(&format!("{OWN_NAME}-one"), &format!("{OWN_NAME}-Other"))
        }
        WriteForm::Url { .. } | WriteForm::DocumentUrl { .. } => {
            texts("https://example.com/one", "ftp://example.org/other")
        }
        WriteForm::Image(ImageForm::UrlOrDataUrl { .. }) => texts(
            "https://i.example.com/one.png",
            &pictures::picture(1).data_url,
        ),
        WriteForm::Image(ImageForm::Url { .. }) => texts(
            "https://i.example.com/one.png",
            "http://example.com/\u{e4}?x=<b>",
        ),
        WriteForm::Image(ImageForm::DataUrl { .. }) => texts(
            &pictures::picture(2).data_url,
            &pictures::picture(3).data_url,
        ),
        WriteForm::Image(ImageForm::Upload { .. }) => {
            [1, 4].map(|number| format!("{{\"id\":{}}}", quoted(&placeholder(number))))
        }
        WriteForm::Country { names: false } => texts("us", "DE"),
        WriteForm::Country { names: true } => texts("Germany", "gbr"),
        WriteForm::Date => texts("1999-05-20", "0001-01-01"),
        WriteForm::Json { .. } => ["{\"n\":1.50}".to_owned(), "[\"\",null]".to_owned()],
        WriteForm::Boolean => ["true".to_owned(), "\"Off\"".to_owned()],
        WriteForm::Entries { .. } => [
            "[\"Rust\",\"rust \",\"Go\"]".to_owned(),
            "[\"C\"]".to_owned(),
        ],
        WriteForm::Choice => texts(KINDS[0], KINDS[1]),
    }
}

/// A URL of `length` characters.
pub(super) fn address(length: usize) -> String {
    const START: &str = "https://example.com/";
    format!("{START}{}", "p".repeat(length.saturating_sub(START.len())))
}

/// Values just within and just beyond the limits of a form, as JSON.
pub(in crate::laws) fn limits(form: WriteForm) -> Vec<String> {
    let texts = |max: usize, text: fn(usize) -> String| {
        [max, max + 1].map(|length| quoted(&text(length))).to_vec()
    };
    match form {
        WriteForm::Text { max } => texts(max, |length| "\u{1f600}".repeat(length)),
        WriteForm::Url { max }
        | WriteForm::DocumentUrl { max }
        | WriteForm::Image(ImageForm::Url { max } | ImageForm::UrlOrDataUrl { url: max, .. }) => {
            texts(max, address)
        }
        // A name of that length may be taken.
        WriteForm::Username { max, .. } => vec![quoted(&"a".repeat(max + 1))],
        WriteForm::Json { max, depth } => {
            let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let long = |size: usize| quoted(&"x".repeat(size - 2));
            vec![nested(depth), nested(depth + 1), long(max), long(max + 1)]
        }
        WriteForm::Entries { max } => {
            let many = |count: usize| {
                let names: Vec<_> = (0..count).map(|n| format!("\"tag {n}\"")).collect();
                format!("[{}]", names.join(","))
            };
            vec![many(max), many(max + 1)]
        }
        WriteForm::Image(ImageForm::DataUrl { .. } | ImageForm::Upload { .. })
        | WriteForm::Country { .. }
        | WriteForm::Date
        | WriteForm::Boolean
        | WriteForm::Choice => Vec::new(),
    }
}
