//! English names of countries.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The maximum number of bytes of a name, which exceeds the longest known name.
const MAX_BYTES: usize = 200;

/// Names in CLDR or in common use that differ from the short names of ISO 3166-1 as of 2018.
pub(super) const COMMON: [(&str, &str); 71] = [
    ("Bolivia", "BO"),
    ("Bosnia", "BA"),
    ("Britain", "GB"),
    ("British Virgin Islands", "VG"),
    ("Brunei", "BN"),
    ("Burma", "MM"),
    ("Cape Verde", "CV"),
    ("Caribbean Netherlands", "BQ"),
    ("Cocos Islands", "CC"),
    ("Congo-Brazzaville", "CG"),
    ("Congo Republic", "CG"),
    ("Congo-Kinshasa", "CD"),
    ("Congo (DRC)", "CD"),
    ("Czech Republic", "CZ"),
    ("Democratic Republic of Congo", "CD"),
    ("DR Congo", "CD"),
    ("DRC", "CD"),
    ("East Timor", "TL"),
    ("England", "GB"),
    ("Eswatini", "SZ"),
    ("Falkland Islands", "FK"),
    ("Falkland Islands (Islas Malvinas)", "FK"),
    ("Great Britain", "GB"),
    ("Heard & McDonald Islands", "HM"),
    ("Hong Kong SAR", "HK"),
    ("Hong Kong SAR China", "HK"),
    ("Iran", "IR"),
    ("Ivory Coast", "CI"),
    ("Korea, Democratic People's Republic of", "KP"),
    ("Korea, Republic of", "KR"),
    ("Laos", "LA"),
    ("Macao SAR", "MO"),
    ("Macao SAR China", "MO"),
    ("Macau", "MO"),
    ("Macau SAR China", "MO"),
    ("Macedonia", "MK"),
    ("Micronesia", "FM"),
    ("Moldova", "MD"),
    ("Myanmar (Burma)", "MM"),
    ("North Korea", "KP"),
    ("North Macedonia", "MK"),
    ("Northern Ireland", "GB"),
    ("Palestine", "PS"),
    ("Palestinian Territories", "PS"),
    ("Pitcairn Islands", "PN"),
    ("Republic of Congo", "CG"),
    ("Republic of Korea", "KR"),
    ("Russia", "RU"),
    ("Saint Helena", "SH"),
    ("Saint Martin", "MF"),
    ("Saint-Pierre-et-Miquelon", "PM"),
    ("Scotland", "GB"),
    ("Sint Maarten", "SX"),
    ("South Korea", "KR"),
    ("Syria", "SY"),
    ("Taiwan", "TW"),
    ("Tanzania", "TZ"),
    ("T\u{fc}rkiye", "TR"),
    ("UAE", "AE"),
    ("UK", "GB"),
    ("United Kingdom", "GB"),
    ("United States", "US"),
    ("US", "US"),
    ("US Outlying Islands", "UM"),
    ("US Virgin Islands", "VI"),
    ("USA", "US"),
    ("Vatican", "VA"),
    ("Vatican City", "VA"),
    ("Venezuela", "VE"),
    ("Vietnam", "VN"),
    ("Wales", "GB"),
];

/// Folds `name` for comparison: to lower case, without accents, punctuation and articles, with `&`
/// and `St.` as words. Returns `None` if nothing is left or the name is too long.
pub(super) fn folded(name: &str) -> Option<String> {
    if name.len() > MAX_BYTES {
        return None;
    }
    let mut plain = String::with_capacity(name.len());
    for c in name.nfd() {
        match c {
            '&' => plain.push_str(" and "),
            // Within words: `U.S.`, `d'Ivoire`.
            '.' | '\'' | '`' | '\u{b4}' | '\u{2bc}' | '\u{2018}' | '\u{2019}' | '\u{2032}' => {}
            c if is_combining_mark(c) => {}
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace().filter(|word| *word != "the");
    let words = words.map(|word| if word == "st" { "saint" } else { word });
    let words: Vec<_> = words.collect();
    Some(words.join(" ")).filter(|name| !name.is_empty())
}
