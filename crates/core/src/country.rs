//! ISO 3166-1 countries.

use std::fmt;

use isocountry::CountryCode;
use serde::{Serialize, Serializer};

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
