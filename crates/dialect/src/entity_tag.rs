//! Entity tags of profiles (RFC 9110 §8.8.3).

use std::fmt;

use http::HeaderValue;
use manyface_core::{Revision, Timestamp};

/// A strong entity tag: one revision of one profile, as one view shows it.
///
/// Its text is `"<version>-<time of the version>-<view>"`, both numbers in hexadecimal, the time
/// in microseconds since 1970 and, before that, in two's complement. Clients must not read anything
/// into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag<'a> {
    /// The revision.
    pub revision: Revision,
    /// What sets this representation apart from others of the same revision: the dialect, and
    /// where it has them its version and account. Letters, digits, dots and hyphens.
    pub view: &'a str,
}

impl<'a> EntityTag<'a> {
    /// Reads the opaque part of a tag, without its quotes; `None` for one that is not ours.
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
        // One state has one tag, to the letter.
        (tag.to_string().get(1..)?.strip_suffix('"')? == opaque).then_some(tag)
    }

    /// The tag as the value of `ETag`.
    ///
    /// # Panics
    ///
    /// If the view has characters that are invalid in a header: dialects' views have none.
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
    fn a_tag_is_read_back() {
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
        // Before 1970, and the first and last years that a time can have.
        check(-1, "ffffffffffffffff");
        check(-2_208_988_800_000_000, "fff826efb7436000");
        for micros in [-377_705_023_201_000_000, 253_402_207_199_999_999] {
            check(micros, &format!("{micros:x}"));
        }
    }

    #[test]
    fn other_tags_are_not_ours() {
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
