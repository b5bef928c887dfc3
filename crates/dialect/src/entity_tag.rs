//! Entity tags of profiles (RFC 9110 §8.8.3).

use std::fmt;

use http::HeaderValue;
use manyface_core::{Revision, Timestamp};

/// A strong entity tag: identifies one view of one revision of a profile.
///
/// The format is `"<version>-<time of the version>-<view>"`. Both numbers are hexadecimal; the time
/// is in microseconds since 1970, negative values in two's complement. The tag is opaque to
/// clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag<'a> {
    /// The revision.
    pub revision: Revision,
    /// Distinguishes representations of the same revision: the dialect, with its version and
    /// account if it has them. Letters, digits, dots and hyphens.
    pub view: &'a str,
}

impl<'a> EntityTag<'a> {
    /// Parses the opaque part of a tag, without quotes; `None` if this server did not generate it.
    pub fn parse(opaque: &'a str) -> Option<Self> {
        let (version, rest) = opaque.split_once('-')?;
        let (micros, view) = rest.split_once('-')?;
        let version = i64::from_str_radix(version, 16).ok()?;
        let micros = u64::from_str_radix(micros, 16).ok()?;
        let updated_at = Timestamp::from_microsecond(micros.cast_signed()).ok()?;
        let revision = Revision {
            version,
            updated_at,
        };
        let tag = Self { revision, view };
        // Only the canonical spelling is accepted.
        (tag.to_string().get(1..)?.strip_suffix('"')? == opaque).then_some(tag)
    }

    /// Returns the tag as the value of `ETag`.
    ///
    /// # Panics
    ///
    /// If the view has characters that are invalid in a header; the views of dialects have none.
    pub fn to_header(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("views are letters, digits and hyphens")
    }
}

impl fmt::Display for EntityTag<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.revision.version;
        let micros = self.revision.updated_at.as_microsecond();
        write!(formatter, "\"{version:x}-{micros:x}-{}\"", self.view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_round_trip() {
        let check = |micros: i64, expected: &str| {
            let revision = Revision {
                version: 26,
                updated_at: Timestamp::from_microsecond(micros).unwrap(),
            };
            let view = "whop-2025-01-01";
            let tag = EntityTag { revision, view };
            let text = tag.to_string();
            assert_eq!(text, format!("\"1a-{expected}-whop-2025-01-01\""));
            assert_eq!(EntityTag::parse(text.trim_matches('"')), Some(tag));
        };
        check(1_782_383_400_000_000, "6551179691a00");
        check(0, "0");
        // Before 1970, and the bounds of a `Timestamp`.
        check(-1, "ffffffffffffffff");
        check(-2_208_988_800_000_000, "fff826efb7436000");
        for micros in [-377_705_023_201_000_000, 253_402_207_199_999_999] {
            check(micros, &format!("{micros:x}"));
        }
    }

    #[test]
    fn foreign_tags_are_rejected() {
        for text in [
            "",
            "abc",
            "1-2",
            "01-2-a",
            "+1-2-a",
            "1-+2-a",
            "1--2-a",
            "-1-2-a",
            "1-8000000000000000-a",
            "1-1ffffffffffffffff-a",
            "1-FFFFFFFFFFFFFFFF-a",
            "A-1-a",
            "x-1-a",
        ] {
            assert_eq!(EntityTag::parse(text), None, "{text:?}");
        }
    }
}
