//! ISO 3166-1 countries, and Kosovo.

mod names;

use std::{collections::HashMap, fmt, sync::LazyLock};

use isocountry::CountryCode;
use serde::{Serialize, Serializer};

/// A country with an officially assigned code of ISO 3166-1, or Kosovo with the user-assigned codes
/// `XK` and `XKX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country(Code);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Code {
    Assigned(CountryCode),
    Kosovo,
}

const KOSOVO: [&str; 3] = ["XK", "XKX", "Kosovo"];

/// The error for a string that is not a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such country")]
pub struct NoSuchCountry;

impl Country {
    /// Reads an alpha-2 code in either case: `US`, `us`.
    pub fn parse_alpha2(text: &str) -> Result<Self, NoSuchCountry> {
        // `isocountry` accepts upper case only.
        let code = text.to_ascii_uppercase();
        if code == KOSOVO[0] {
            return Ok(Self(Code::Kosovo));
        }
        let code = CountryCode::for_alpha2(&code).map_err(|_| NoSuchCountry)?;
        Ok(Self(Code::Assigned(code)))
    }

    /// Reads an alpha-3 code in either case: `USA`, `usa`.
    pub fn parse_alpha3(text: &str) -> Result<Self, NoSuchCountry> {
        let code = text.to_ascii_uppercase();
        if code == KOSOVO[1] {
            return Ok(Self(Code::Kosovo));
        }
        let code = CountryCode::for_alpha3(&code).map_err(|_| NoSuchCountry)?;
        Ok(Self(Code::Assigned(code)))
    }

    /// Reads an English name: the short name of ISO 3166-1, the name of CLDR, or another name in
    /// common use. Ignores case, accents, punctuation and articles; `&` equals `and`, and `St.`
    /// equals `Saint`.
    pub fn parse_name(text: &str) -> Result<Self, NoSuchCountry> {
        static BY_NAME: LazyLock<HashMap<String, Country>> = LazyLock::new(Country::by_name);
        let name = names::folded(text).ok_or(NoSuchCountry)?;
        BY_NAME.get(&name).copied().ok_or(NoSuchCountry)
    }

    /// Returns all countries by their folded names. A name in common use takes precedence over a
    /// short name.
    fn by_name() -> HashMap<String, Self> {
        let short = Self::all().map(|country| (country.name(), Ok(country)));
        let common = names::COMMON.map(|(name, code)| (name, Self::parse_alpha2(code)));
        let all = short.chain(common);
        all.filter_map(|(name, country)| Some((names::folded(name)?, country.ok()?)))
            .collect()
    }

    /// Returns all countries.
    pub fn all() -> impl Iterator<Item = Self> {
        let assigned = CountryCode::iter().copied().map(Code::Assigned);
        assigned.chain([Code::Kosovo]).map(Self)
    }

    /// Returns the two-letter code in upper case.
    pub fn alpha2(self) -> &'static str {
        match self.0 {
            Code::Assigned(code) => code.alpha2(),
            Code::Kosovo => KOSOVO[0],
        }
    }

    /// Returns the three-letter code in upper case.
    pub fn alpha3(self) -> &'static str {
        match self.0 {
            Code::Assigned(code) => code.alpha3(),
            Code::Kosovo => KOSOVO[1],
        }
    }

    /// Returns the short English name.
    fn name(self) -> &'static str {
        match self.0 {
            Code::Assigned(code) => code.name(),
            Code::Kosovo => KOSOVO[2],
        }
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
        assert_eq!(Country::parse_alpha2("xk").unwrap().alpha3(), "XKX");
        assert_eq!(Country::parse_alpha3("XKX").unwrap().alpha2(), "XK");
    }

    #[test]
    fn english_names_are_read() {
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
        for (name, code) in names::COMMON {
            let country = Country::parse_name(name).map(Country::alpha2);
            assert_eq!(country, Ok(code), "{name}");
        }
        let long = "a".repeat(1_000_000);
        for name in [
            "",
            " ",
            "the",
            "&",
            "Narnia",
            "Deutschland",
            "korea",
            "and",
            "Saint",
            "EU",
            &long,
        ] {
            assert_eq!(Country::parse_name(name), Err(NoSuchCountry), "{name}");
        }
    }

    #[test]
    fn spellings_of_a_name_are_equivalent() {
        for (name, code) in [
            ("Trinidad & Tobago", "TT"),
            ("Antigua &Barbuda", "AG"),
            ("St. Lucia", "LC"),
            ("St Kitts & Nevis", "KN"),
            ("SAINT BARTHELEMY", "BL"),
            ("St. Vincent & the Grenadines", "VC"),
            ("S\u{e3}o Tom\u{e9} & Pr\u{ed}ncipe", "ST"),
            ("C\u{f4}te d\u{2019}Ivoire", "CI"),
            ("Cote d'Ivoire", "CI"),
            ("Co\u{302}te d\u{2bc}Ivoire", "CI"),
            ("Curacao", "CW"),
            ("Aland Islands", "AX"),
            ("Reunion", "RE"),
            ("Turkiye", "TR"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("U.S.A.", "US"),
            ("US", "US"),
            ("The Gambia", "GM"),
            ("Bahamas, The", "BS"),
            ("Guinea Bissau", "GW"),
            ("Hong Kong SAR China", "HK"),
            ("U.S. Outlying Islands", "UM"),
            ("Korea, Republic of", "KR"),
            ("Kosovo", "XK"),
        ] {
            let country = Country::parse_name(name).map(Country::alpha2);
            assert_eq!(country, Ok(code), "{name}");
        }
    }

    #[test]
    fn codes_and_names_round_trip() {
        let mut names = std::collections::HashSet::new();
        for country in Country::all() {
            assert_eq!(Country::parse_alpha2(country.alpha2()), Ok(country));
            assert_eq!(Country::parse_alpha3(country.alpha3()), Ok(country));
            assert_eq!(Country::parse_name(country.name()), Ok(country));
            assert!(names.insert(names::folded(country.name())), "{country}");
        }
        assert_eq!(names.len(), 250);
    }

    #[test]
    fn invalid_codes_are_rejected() {
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
