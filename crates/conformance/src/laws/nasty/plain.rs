//! Good values, and how values are put into requests.

use manyface_dialect::{PictureForm, TakenForm};

use super::OWN_NAME;
use crate::{
    Node,
    laws::{
        judge::KINDS,
        pictures::{self, placeholder},
    },
    node::quoted,
};

/// A value as it is put into a request: with the name that the user has.
pub(in crate::laws) fn given(json: &str, own_name: &str) -> Option<Node> {
    Node::parse(&json.replace(OWN_NAME, own_name)).ok()
}

/// Two good values of a form, as JSON.
pub(in crate::laws) fn two(form: TakenForm) -> [String; 2] {
    let texts = |one: &str, other: &str| [quoted(one), quoted(other)];
    match form {
        TakenForm::Text { max } => texts(" One \u{1f600} ", &"e\u{301}".repeat(max)),
        TakenForm::Username { .. } => {
            texts(&format!("{OWN_NAME}-one"), &format!("{OWN_NAME}-Other"))
        }
        TakenForm::Link { .. } | TakenForm::Document { .. } => {
            texts("https://example.com/one", "ftp://example.org/other")
        }
        TakenForm::Picture(PictureForm::AddressOrDataUrl { .. }) => texts(
            "https://i.example.com/one.png",
            &pictures::picture(1).data_url,
        ),
        TakenForm::Picture(PictureForm::Address { .. }) => texts(
            "https://i.example.com/one.png",
            "http://example.com/\u{e4}?x=<b>",
        ),
        TakenForm::Picture(PictureForm::DataUrl { .. }) => texts(
            &pictures::picture(2).data_url,
            &pictures::picture(3).data_url,
        ),
        TakenForm::Picture(PictureForm::Upload { .. }) => {
            [1, 4].map(|number| format!("{{\"id\":{}}}", quoted(&placeholder(number))))
        }
        TakenForm::Country { names: false } => texts("us", "DE"),
        TakenForm::Country { names: true } => texts("Germany", "gbr"),
        TakenForm::Date => texts("1999-05-20", "0001-01-01"),
        TakenForm::Json { .. } => ["{\"n\":1.50}".to_owned(), "[\"\",null]".to_owned()],
        TakenForm::Flag => ["true".to_owned(), "\"Off\"".to_owned()],
        TakenForm::Entries { .. } => [
            "[\"Rust\",\"rust \",\"Go\"]".to_owned(),
            "[\"C\"]".to_owned(),
        ],
        TakenForm::Choice => texts(KINDS[0], KINDS[1]),
    }
}

/// An address of so many characters.
pub(super) fn address(length: usize) -> String {
    const START: &str = "https://example.com/";
    format!("{START}{}", "p".repeat(length.saturating_sub(START.len())))
}

/// What is just within the limits of a form and just beyond them, as JSON.
pub(in crate::laws) fn limits(form: TakenForm) -> Vec<String> {
    let texts = |max: usize, text: fn(usize) -> String| {
        [max, max + 1].map(|length| quoted(&text(length))).to_vec()
    };
    match form {
        TakenForm::Text { max } => texts(max, |length| "\u{1f600}".repeat(length)),
        TakenForm::Link { max }
        | TakenForm::Document { max }
        | TakenForm::Picture(
            PictureForm::Address { max } | PictureForm::AddressOrDataUrl { address: max, .. },
        ) => texts(max, address),
        // A name of that length may be somebody's.
        TakenForm::Username { max, .. } => vec![quoted(&"a".repeat(max + 1))],
        TakenForm::Json { max, depth } => {
            let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let long = |size: usize| quoted(&"x".repeat(size - 2));
            vec![nested(depth), nested(depth + 1), long(max), long(max + 1)]
        }
        TakenForm::Entries { max } => {
            let many = |count: usize| {
                let names: Vec<_> = (0..count).map(|n| format!("\"tag {n}\"")).collect();
                format!("[{}]", names.join(","))
            };
            vec![many(max), many(max + 1)]
        }
        TakenForm::Picture(PictureForm::DataUrl { .. } | PictureForm::Upload { .. })
        | TakenForm::Country { .. }
        | TakenForm::Date
        | TakenForm::Flag
        | TakenForm::Choice => Vec::new(),
    }
}
