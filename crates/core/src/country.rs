//! ISO 3166-1 countries.

use std::fmt;

use isocountry::CountryCode;
use serde::{Serialize, Serializer};

/// Names in common use that are not the short names of ISO 3166-1, or not those of 2018.
const COMMON_NAMES: [(&str, &str); 34] = [
    ("bolivia", "BO"),
    ("brunei", "BN"),
    ("cape verde", "CV"),
    ("congo-brazzaville", "CG"),
    ("congo-kinshasa", "CD"),
    ("czech republic", "CZ"),
    ("democratic republic of the congo", "CD"),
    ("east timor", "TL"),
    ("england", "GB"),
    ("eswatini", "SZ"),
    ("falkland islands", "FK"),
    ("great britain", "GB"),
    ("iran", "IR"),
    ("ivory coast", "CI"),
    ("laos", "LA"),
    ("macedonia", "MK"),
    ("micronesia", "FM"),
    ("moldova", "MD"),
    ("north korea", "KP"),
    ("north macedonia", "MK"),
    ("palestine", "PS"),
    ("republic of the congo", "CG"),
    ("russia", "RU"),
    ("south korea", "KR"),
    ("syria", "SY"),
    ("taiwan", "TW"),
    ("tanzania", "TZ"),
    ("the netherlands", "NL"),
    ("türkiye", "TR"),
    ("united kingdom", "GB"),
    ("united states", "US"),
    ("vatican city", "VA"),
    ("venezuela", "VE"),
    ("vietnam", "VN"),
];

/// An officially assigned ISO 3166-1 country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country(CountryCode);

/// The text names no officially assigned country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such country")]
pub struct NoSuchCountry;

impl Country {
    /// Reads an alpha-2 code in either case: `US`, `us`.
    pub fn parse_alpha2(text: &str) -> Result<Self, NoSuchCountry> {
        // `isocountry` takes upper case alone.
        CountryCode::for_alpha2(&text.to_ascii_uppercase())
            .map(Self)
            .map_err(|_| NoSuchCountry)
    }

    /// Reads an alpha-3 code in either case: `USA`, `usa`.
    pub fn parse_alpha3(text: &str) -> Result<Self, NoSuchCountry> {
        CountryCode::for_alpha3(&text.to_ascii_uppercase())
            .map(Self)
            .map_err(|_| NoSuchCountry)
    }

    /// Reads a name in English, in any case: the short name of ISO 3166-1, or one in common use.
    pub fn parse_name(text: &str) -> Result<Self, NoSuchCountry> {
        let name = text.trim().to_lowercase();
        if let Some((_, code)) = COMMON_NAMES.iter().find(|(common, _)| *common == name) {
            return Self::parse_alpha2(code);
        }
        let mut all = CountryCode::iter();
        let found = all.find(|code| code.name().to_lowercase() == name);
        found.copied().map(Self).ok_or(NoSuchCountry)
    }

    /// The two-letter code, in upper case.
    pub fn alpha2(self) -> &'static str {
        self.0.alpha2()
    }

    /// The three-letter code, in upper case.
    pub fn alpha3(self) -> &'static str {
        self.0.alpha3()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.alpha2())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.alpha2())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_codes_are_read_in_either_case() {
        assert_eq!(Country::parse_alpha2("us").unwrap().alpha3(), "USA");
        assert_eq!(Country::parse_alpha3("Deu").unwrap().alpha2(), "DE");
    }

    #[test]
    fn names_are_read_in_english() {
        for (name, code) in [
            ("Germany", "DE"),
            (" united states of AMERICA ", "US"),
            ("United States", "US"),
            ("C\u{d4}TE D'IVOIRE", "CI"),
            ("South Korea", "KR"),
            ("T\u{fc}rkiye", "TR"),
            ("Turkey", "TR"),
        ] {
            let country = Country::parse_name(name).map(Country::alpha2);
            assert_eq!(country, Ok(code), "{name}");
        }
        for (_, code) in COMMON_NAMES {
            assert!(Country::parse_alpha2(code).is_ok(), "{code}");
        }
        for name in ["", "Narnia", "Deutschland", "korea", "US"] {
            assert_eq!(Country::parse_name(name), Err(NoSuchCountry), "{name}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "XX",
            "USA",
            "U",
            "\u{ff35}\u{ff33}",
            "u\u{17f}",
            "EU",
            "12",
        ] {
            assert_eq!(Country::parse_alpha2(text), Err(NoSuchCountry), "{text:?}");
        }
    }
}
