//! Conditional requests (RFC 9110 §13) over a profile's revisions.

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
    /// It is not the one the client wants: 412.
    Failed,
}

impl ReadCondition {
    /// Evaluates `If-Match`, then `If-None-Match`, against the representation's tag.
    pub fn evaluate(headers: &HeaderMap, tag: EntityTag<'_>) -> Self {
        // Most requests have neither, and need no text of the tag.
        if headers.is_empty() {
            return Self::Send;
        }
        let own = tag.to_string();
        let matches = |condition: &Condition, weak: bool| match condition {
            Condition::Any => true,
            Condition::Tags(tags) => tags
                .iter()
                .any(|given| (weak || !given.is_weak) && own == format!("\"{}\"", given.opaque)),
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

/// The states that a conditional write is meant for, where `view` is the view whose tags the
/// client was given.
///
/// A weak tag, a tag of another view and a header that cannot be read never match (§8.8.3.2).
pub fn expected(headers: &HeaderMap, view: &str) -> Expected {
    expected_in(headers, |given| given == view)
}

/// Like [`expected`], for a client that may have tags of several views of the profile.
pub fn expected_in(headers: &HeaderMap, is_view: impl Fn(&str) -> bool) -> Expected {
    let revisions = |tags: &[Tag], weak: bool| -> Vec<Revision> {
        let ours = tags.iter().filter(|tag| weak || !tag.is_weak);
        let ours = ours.filter_map(|tag| EntityTag::parse(&tag.opaque));
        let ours = ours.filter(|tag| is_view(tag.view));
        ours.map(|tag| tag.revision).collect()
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
        // `*` asks only that there be a profile: without one there is nothing to write to.
        Some(Condition::Any) | None if unwanted.is_empty() => Expected::Anything,
        Some(Condition::Any) | None => Expected::NoneOf(unwanted),
    }
}

/// Whether `If-Match` has strong tags, and none of them is of the resource that a request is for:
/// they are no tags of ours, or of other views.
pub(crate) fn has_only_foreign_tags(headers: &HeaderMap, is_view: impl Fn(&str) -> bool) -> bool {
    match Condition::read(headers, &header::IF_MATCH) {
        None | Some(Condition::Any) => false,
        Some(Condition::Tags(tags)) => {
            let mut ours = tags.iter().filter(|tag| !tag.is_weak);
            !ours.any(|tag| EntityTag::parse(&tag.opaque).is_some_and(|tag| is_view(tag.view)))
        }
    }
}

/// Whether `If-Match` is sent and no tag in it can ever match: all are weak, or it cannot be read.
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
    /// Reads all lines of a header; one that cannot be read has no tags.
    fn read(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let mut lines = headers.get_all(name).iter().peekable();
        lines.peek()?;
        let mut tags = Vec::new();
        for line in lines {
            let line = line.to_str().unwrap_or_default().trim();
            if line == "*" {
                return Some(Self::Any);
            }
            tags.extend(tags_of(line).unwrap_or_default());
        }
        Some(Self::Tags(tags))
    }
}

/// Reads `W/"a", "b"`; commas may appear inside the quotes.
fn tags_of(mut rest: &str) -> Option<Vec<Tag>> {
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
    fn if_match_names_the_states_a_write_is_meant_for() {
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
    fn weak_and_unreadable_tags_can_never_match() {
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
    fn tags_of_another_resource_differ_from_old_ones() {
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
    fn if_none_match_names_the_states_it_is_not_meant_for() {
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
    fn reads_are_conditional_too() {
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
