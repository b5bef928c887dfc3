//! The limits in `openapi.json` are those of the code.

use std::collections::BTreeSet;

use manyface_core::Country;

use crate::{
    dialect,
    fields::{MAX_AVATAR, MAX_BIO, MAX_NAME},
};

#[test]
fn the_document_has_the_limits_of_the_code() {
    let mut expected = [
        "avatarUrl maxLength 0 (1)".to_owned(),
        format!("avatarUrl maxLength {MAX_AVATAR} (2)"),
        format!("bio maxLength {MAX_BIO} (1)"),
        "countryCode maxLength 2 (1)".to_owned(),
        format!("name maxLength {MAX_NAME} (1)"),
    ];
    expected.sort();
    let documented = dialect().documented(&["maxLength", "maxItems", "maximum"]);
    assert_eq!(documented, expected);
}

#[test]
fn the_document_has_the_countries_of_the_core() {
    // "^(?:[Aa][DdEe]|[Bb][AaBb])?$"
    let patterns = dialect().documented(&["pattern"]);
    let pattern = patterns
        .iter()
        .find(|line| line.starts_with("countryCode pattern \"^(?:[Aa]"));
    let mut documented = BTreeSet::new();
    for part in pattern
        .unwrap()
        .split("^(?:")
        .nth(1)
        .unwrap()
        .split(")?$")
        .next()
        .unwrap()
        .split('|')
    {
        let (first, second) = part.split_once("][").unwrap();
        let letters = |class: &str| class.trim_matches(['[', ']']).chars().collect::<Vec<_>>();
        let (firsts, seconds) = (letters(first), letters(second));
        documented.extend(
            firsts
                .iter()
                .flat_map(|a| seconds.iter().map(move |b| format!("{a}{b}"))),
        );
    }
    let letters = || ('A'..='Z').chain('a'..='z');
    let codes = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
    let codes: BTreeSet<_> = codes
        .filter(|code| Country::parse_alpha2(code).is_ok())
        .collect();
    assert_eq!(documented, codes);
}
