//! Conditional requests (RFC 9110 §13) on the revisions of a profile.

use http::{HeaderMap, HeaderName, header};
use manyface_core::{Expected, Revision};

use crate::EntityTag;

/// The result of a conditional read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadCondition {
    /// Send the representation.
    Send,
    /// The client has it already: 304.
    NotModified,
    /// The representation does not match `If-Match`: 412.
    Failed,
}

impl ReadCondition {
    /// Evaluates `If-Match`, then `If-None-Match`, against the representation's tag.
    pub fn evaluate(headers: &HeaderMap, tag: EntityTag<'_>) -> Self {
        // Most requests have no condition and need no formatted tag.
        if headers.is_empty() {
            return Self::Send;
        }
        let current = tag.to_string();
        let matches = |condition: &Condition, weak: bool| match condition {
            Condition::Any => true,
            Condition::Tags(tags) => tags.iter().any(|given| {
                (weak || !given.is_weak) && current == format!("\"{}\"", given.opaque)
            }),
        };
        if Condition::read(headers, &header::IF_MATCH).is_some_and(|c| !matches(&c, false)) {
            Self::Failed
        } else if Condition::read(headers, &header::IF_NONE_MATCH)
            .is_some_and(|c| matches(&c, true))
        {
            Self::NotModified
        } else {
            Self::Send
        }
    }
}

/// Returns the revisions that a conditional write accepts; `view` is the view of the client's tags.
///
/// A weak tag, a tag of another view and a header that cannot be read never match (§8.8.3.2).
pub fn expected(headers: &HeaderMap, view: &str) -> Expected {
    expected_in(headers, |given| given == view)
}

/// Returns the same as [`expected`] for a client that may have tags of several views.
pub fn expected_in(headers: &HeaderMap, is_view: impl Fn(&str) -> bool) -> Expected {
    let revisions = |tags: &[Tag], weak: bool| -> Vec<Revision> {
        let tags = tags.iter().filter(|tag| weak || !tag.is_weak);
        let tags = tags.filter_map(|tag| EntityTag::parse(&tag.opaque));
        let tags = tags.filter(|tag| is_view(tag.view));
        tags.map(|tag| tag.revision).collect()
    };
    let if_match = Condition::read(headers, &header::IF_MATCH);
    let unwanted = match Condition::read(headers, &header::IF_NONE_MATCH) {
        Some(Condition::Any) => return Expected::Absent,
        Some(Condition::Tags(tags)) => revisions(&tags, true),
        None => Vec::new(),
    };
    match if_match {
        Some(Condition::Tags(tags)) => {
            let mut wanted = revisions(&tags, false);
            wanted.retain(|revision| !unwanted.contains(revision));
            Expected::OneOf(wanted)
        }
        // `*` requires only that the profile exists, and a write requires that anyway.
        Some(Condition::Any) | None if unwanted.is_empty() => Expected::Anything,
        Some(Condition::Any) | None => Expected::NoneOf(unwanted),
    }
}

/// Returns whether `If-Match` has tags, but no strong tag of the requested resource: each is weak,
/// of another server or of another view.
pub(crate) fn has_only_foreign_tags(headers: &HeaderMap, is_view: impl Fn(&str) -> bool) -> bool {
    match Condition::read(headers, &header::IF_MATCH) {
        None | Some(Condition::Any) => false,
        Some(Condition::Tags(tags)) => {
            let mut tags = tags.iter().filter(|tag| !tag.is_weak);
            !tags.any(|tag| EntityTag::parse(&tag.opaque).is_some_and(|tag| is_view(tag.view)))
        }
    }
}

/// Returns whether `If-Match` was sent without a strong tag, and so can never match: all tags are
/// weak, or the header is malformed.
pub(crate) fn lacks_strong_tag(headers: &HeaderMap) -> bool {
    match Condition::read(headers, &header::IF_MATCH) {
        None | Some(Condition::Any) => false,
        Some(Condition::Tags(tags)) => tags.iter().all(|tag| tag.is_weak),
    }
}

enum Condition {
    Any,
    Tags(Vec<Tag>),
}

struct Tag {
    opaque: String,
    is_weak: bool,
}

impl Condition {
    /// Parses all lines of a header; a malformed line has no tags.
    fn read(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let mut lines = headers.get_all(name).iter().peekable();
        lines.peek()?;
        let mut tags = Vec::new();
        for line in lines {
            let line = line.to_str().unwrap_or_default().trim();
            if line == "*" {
                return Some(Self::Any);
            }
            tags.extend(parse_tags(line).unwrap_or_default());
        }
        Some(Self::Tags(tags))
    }
}

/// Parses `W/"a", "b"`; commas may appear inside the quotes.
fn parse_tags(mut rest: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(tags);
        }
        let is_weak = rest.starts_with("W/");
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (opaque, after) = quoted.split_once('"')?;
        let opaque = opaque.to_owned();
        tags.push(Tag { opaque, is_weak });
        rest = after.trim_start();
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use manyface_core::Timestamp;

    fn revision(version: i64) -> Revision {
        Revision {
            version,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn headers(lines: &[(&HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn if_match_lists_the_accepted_revisions() {
        for (value, expected_states) in [
            ("\"1-0-v\"", Expected::OneOf(vec![revision(1)])),
            (
                "\"1-0-v\" , \"2-0-v\"",
                Expected::OneOf(vec![revision(1), revision(2)]),
            ),
            ("\"a,b\",\"2-0-v\"", Expected::OneOf(vec![revision(2)])),
            ("W/\"1-0-v\"", Expected::OneOf(vec![])),
            ("\"1-0-other\"", Expected::OneOf(vec![])),
            ("nonsense", Expected::OneOf(vec![])),
            ("\"1-0-v\"x", Expected::OneOf(vec![])),
            ("", Expected::OneOf(vec![])),
            ("*", Expected::Anything),
        ] {
            let headers = headers(&[(&header::IF_MATCH, value)]);
            assert_eq!(expected(&headers, "v"), expected_states, "{value}");
        }
    }

    #[test]
    fn weak_and_malformed_tags_never_match() {
        for (value, lacks) in [
            ("\"1-0-v\"", false),
            ("\"of another server\"", false),
            ("W/\"1-0-v\", \"2-0-v\"", false),
            ("*", false),
            ("W/\"1-0-v\"", true),
            ("W/\"1-0-v\", W/\"2-0-v\"", true),
            ("1-0-v", true),
            ("\"1-0-v", true),
            ("w/\"1-0-v\"", true),
            ("", true),
        ] {
            let headers = headers(&[(&header::IF_MATCH, value)]);
            assert_eq!(lacks_strong_tag(&headers), lacks, "{value}");
        }
        assert!(!lacks_strong_tag(&HeaderMap::new()));
    }

    #[test]
    fn foreign_tags_differ_from_outdated_tags() {
        for (value, is_foreign) in [
            ("\"1-0-v\"", false),
            ("\"x\", \"1-0-v\"", false),
            ("*", false),
            ("\"\"", true),
            ("\"abc\"", true),
            ("\"1-0-other\"", true),
            ("\"1-0-v-gzip\"", true),
            ("W/\"1-0-v\", \"abc\"", true),
        ] {
            let headers = headers(&[(&header::IF_MATCH, value)]);
            let found = has_only_foreign_tags(&headers, |view| view == "v");
            assert_eq!(found, is_foreign, "{value}");
        }
        assert!(!has_only_foreign_tags(&HeaderMap::new(), |_| true));
    }

    #[test]
    fn if_none_match_lists_the_rejected_revisions() {
        for (value, expected_states) in [
            ("\"1-0-v\"", Expected::NoneOf(vec![revision(1)])),
            ("W/\"1-0-v\"", Expected::NoneOf(vec![revision(1)])),
            ("\"x\"", Expected::Anything),
            ("*", Expected::Absent),
        ] {
            let headers = headers(&[(&header::IF_NONE_MATCH, value)]);
            assert_eq!(expected(&headers, "v"), expected_states, "{value}");
        }
        assert_eq!(expected(&HeaderMap::new(), "v"), Expected::Anything);
        let both = headers(&[
            (&header::IF_MATCH, "\"1-0-v\""),
            (&header::IF_MATCH, "\"2-0-v\""),
            (&header::IF_NONE_MATCH, "\"2-0-v\""),
        ]);
        assert_eq!(expected(&both, "v"), Expected::OneOf(vec![revision(1)]));
    }

    #[test]
    fn reads_evaluate_conditions() {
        use ReadCondition::{Failed, NotModified, Send};
        let tag = EntityTag {
            revision: revision(1),
            view: "v",
        };
        for (name, value, outcome) in [
            (&header::IF_NONE_MATCH, "\"1-0-v\"", NotModified),
            (&header::IF_NONE_MATCH, "W/\"1-0-v\"", NotModified),
            (&header::IF_NONE_MATCH, "*", NotModified),
            (&header::IF_NONE_MATCH, "\"2-0-v\"", Send),
            (&header::IF_NONE_MATCH, "\"1-0-w\"", Send),
            (&header::IF_NONE_MATCH, "junk", Send),
            (&header::IF_MATCH, "\"1-0-v\"", Send),
            (&header::IF_MATCH, "*", Send),
            (&header::IF_MATCH, "W/\"1-0-v\"", Failed),
            (&header::IF_MATCH, "\"2-0-v\"", Failed),
        ] {
            let headers = headers(&[(name, value)]);
            assert_eq!(ReadCondition::evaluate(&headers, tag), outcome, "{value}");
        }
    }
}
