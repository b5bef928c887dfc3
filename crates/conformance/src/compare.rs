//! Compares a body with the expected body of an exchange.

use crate::{Node, template::Saved};

/// The key of an expected object that allows further keys.
const REST: &str = "...";

/// Compares `actual` with `expected`, and adds each difference to `problems`, with its place.
///
/// Keys, their order, types and the spelling of numbers must be the same. Texts in brackets are
/// matchers; `"key?"` may be absent; `"..."` allows further keys. `[save:NAME]` keeps the value in
/// `saved`, `[same:NAME]` requires it.
pub(crate) fn compare(
    expected: &Node,
    actual: &Node,
    saved: &mut Saved,
    problems: &mut Vec<String>,
) {
    let mut comparison = Comparison { saved, problems };
    comparison.nodes("", expected, actual);
}

/// Puts the keys of the objects in `actual` into the order of `expected`, others behind them.
///
/// JSON has no order of keys (RFC 8259 §4), and no contract demands one.
pub(crate) fn in_order_of(expected: &Node, actual: Node) -> Node {
    match (expected, actual) {
        (Node::Object(expected), Node::Object(mut entries)) => {
            let place = |key: &str| {
                let is_key = |(known, _): &(String, Node)| {
                    known == key || known.strip_suffix('?') == Some(key)
                };
                expected.iter().position(is_key)
            };
            entries.sort_by_key(|(key, _)| place(key).unwrap_or(expected.len()));
            let entries = entries.into_iter().map(|(key, value)| {
                let value = match place(&key) {
                    Some(index) => in_order_of(&expected[index].1, value),
                    None => value,
                };
                (key, value)
            });
            Node::Object(entries.collect())
        }
        (Node::Array(expected), Node::Array(items)) if expected.len() == items.len() => {
            let pairs = expected.iter().zip(items);
            Node::Array(pairs.map(|(e, item)| in_order_of(e, item)).collect())
        }
        (Node::Plain(_) | Node::Text(_) | Node::Array(_) | Node::Object(_), actual) => actual,
    }
}

struct Comparison<'a> {
    saved: &'a mut Saved,
    problems: &'a mut Vec<String>,
}

impl Comparison<'_> {
    fn wrong(&mut self, place: &str, problem: &str) {
        let place = if place.is_empty() { "the body" } else { place };
        self.problems.push(format!("{place} {problem}"));
    }

    fn nodes(&mut self, place: &str, expected: &Node, actual: &Node) {
        match (expected, actual) {
            (Node::Text(text), _) if is_matcher(text) => self.matcher(place, text, actual),
            (Node::Object(expected), Node::Object(actual)) => {
                self.objects(place, expected, actual);
            }
            (Node::Array(expected), Node::Array(actual)) if expected.len() == actual.len() => {
                for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                    self.nodes(&format!("{place}/{index}"), expected, actual);
                }
            }
            (
                Node::Plain(_) | Node::Text(_) | Node::Array(_) | Node::Object(_),
                Node::Plain(_) | Node::Text(_) | Node::Array(_) | Node::Object(_),
            ) => {
                if expected != actual {
                    self.wrong(place, &format!("must be {expected}, not {actual}"));
                }
            }
        }
    }

    fn objects(&mut self, place: &str, expected: &[(String, Node)], actual: &[(String, Node)]) {
        let is_open = expected.iter().any(|(key, _)| key == REST);
        let mut rest = actual;
        for (key, node) in expected.iter().filter(|(key, _)| key != REST) {
            let (name, is_optional) = match key.strip_suffix('?') {
                Some(name) => (name, true),
                None => (key.as_str(), false),
            };
            let found = rest.iter().position(|(known, _)| known == name);
            match found {
                Some(index) => {
                    if index > 0 && !is_open {
                        let before = keys(&rest[..index]);
                        self.wrong(place, &format!("has {before} before \"{name}\""));
                    }
                    self.nodes(&format!("{place}/{name}"), node, &rest[index].1);
                    rest = &rest[index + 1..];
                }
                None if actual.iter().any(|(known, _)| known == name) => {
                    self.wrong(place, &format!("has \"{name}\" in another order"));
                }
                None if !is_optional => self.wrong(place, &format!("lacks \"{name}\"")),
                None => {}
            }
        }
        if !rest.is_empty() && !is_open {
            self.wrong(place, &format!("has unexpected keys {}", keys(rest)));
        }
        for (index, (key, _)) in actual.iter().enumerate() {
            if actual[..index].iter().any(|(earlier, _)| earlier == key) {
                self.wrong(place, &format!("has \"{key}\" twice"));
            }
        }
    }

    fn matcher(&mut self, place: &str, matcher: &str, actual: &Node) {
        let inner = &matcher[1..matcher.len() - 1];
        if let Some(name) = inner.strip_prefix("save:") {
            self.saved.insert(name.to_owned(), actual.clone());
            return;
        }
        if let Some(name) = inner.strip_prefix("same:") {
            let problem = match self.saved.get(name) {
                Some(saved) if saved == actual => return,
                Some(saved) => format!("must be {saved} as before, not {actual}"),
                None => format!("asks for \"{name}\", which no earlier step saved"),
            };
            self.wrong(place, &problem);
            return;
        }
        if !is_a(inner, actual) {
            self.wrong(place, &format!("must be {matcher}, not {actual}"));
        }
    }
}

fn is_matcher(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inner.is_some_and(|inner| {
        let kinds = [
            "any",
            "array",
            "datetime",
            "integer",
            "mail",
            "objectid",
            "string",
            "string or null",
            "timestamp",
            "url",
            "uuid",
        ];
        kinds.contains(&inner) || inner.starts_with("save:") || inner.starts_with("same:")
    })
}

fn is_a(kind: &str, node: &Node) -> bool {
    match kind {
        "any" => true,
        "array" => matches!(node, Node::Array(_)),
        "datetime" => matches!(node, Node::Text(text) if is_datetime(text)),
        "integer" => matches!(node, Node::Plain(text) if text.parse::<i64>().is_ok()),
        "mail" => matches!(node, Node::Text(text) if is_email(text)),
        "objectid" => matches!(node, Node::Text(text) if is_object_id(text)),
        "string" => matches!(node, Node::Text(_)),
        "string or null" => {
            matches!(node, Node::Text(_)) || matches!(node, Node::Plain(text) if text == "null")
        }
        "url" => matches!(node, Node::Text(text) if is_url(text)),
        "uuid" => matches!(node, Node::Text(text) if is_uuid(text)),
        "timestamp" => matches!(node, Node::Text(text) if is_timestamp(text)),
        _ => false,
    }
}

/// An e-mail address: text before and after its last `@`.
fn is_email(text: &str) -> bool {
    let halves = text.rsplit_once('@');
    halves.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

/// A web URL.
fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}

/// 24 hexadecimal digits in lower case.
fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `8-4-4-4-12` hexadecimal digits in lower case.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let is_plain = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(is_plain)
}

/// `2026-06-25T10:30:00.000Z`, as JavaScript writes it.
fn is_timestamp(text: &str) -> bool {
    has_form(text, b"0000-00-00T00:00:00.000Z")
}

/// `2026-06-25T10:30:00.000001Z`, as Python writes it: without the point where there are no
/// microseconds.
fn is_datetime(text: &str) -> bool {
    has_form(text, b"0000-00-00T00:00:00.000000Z") || has_form(text, b"0000-00-00T00:00:00Z")
}

/// Returns whether `text` has the form `form`, in which each `0` means any digit.
fn has_form(text: &str, form: &[u8]) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == *other,
        })
}

fn keys(entries: &[(String, Node)]) -> String {
    let keys: Vec<_> = entries
        .iter()
        .map(|(key, _)| format!("\"{key}\""))
        .collect();
    keys.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(expected: &str, actual: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let mut saved = Saved::from([("n".to_owned(), Node::Plain("1".to_owned()))]);
        compare(
            &Node::parse(expected).unwrap(),
            &Node::parse(actual).unwrap(),
            &mut saved,
            &mut problems,
        );
        problems
    }

    #[test]
    fn matching_bodies_have_no_problems() {
        for (expected, actual) in [
            (
                r#"{"a":1,"b":["x",null]}"#,
                r#"{ "a" : 1, "b":["\u0078",null] }"#,
            ),
            (r#""[any]""#, "{}"),
            (r#"{"a":"[string]"}"#, r#"{"a":""}"#),
            (r#""[integer]""#, "-7"),
            (r#""[array]""#, "[1]"),
            (r#""[objectid]""#, r#""66a1f2c4e5b3a1234567890a""#),
            (r#""[timestamp]""#, r#""2026-06-25T10:30:00.000Z""#),
            (r#""[uuid]""#, r#""2489e9ad-2ee2-8e00-8ec9-32d5f69181c0""#),
            (r#""[string or null]""#, "null"),
            (r#""[string or null]""#, r#""x""#),
            (r#"{"a":1,"b?":2,"c":3}"#, r#"{"a":1,"c":3}"#),
            (r#"{"a":1,"b?":2,"c":3}"#, r#"{"a":1,"b":2,"c":3}"#),
            (r#"{"b":2,"...":""}"#, r#"{"a":1,"b":2,"c":3}"#),
            (r#"{"a":"[save:x]","b":"[same:x]"}"#, r#"{"a":[1],"b":[1]}"#),
            (r#""[x]""#, r#""[x]""#),
        ] {
            assert_eq!(problems(expected, actual), [""; 0], "{expected}");
        }
    }

    #[test]
    fn every_difference_is_reported_with_its_place() {
        for (expected, actual, problem) in [
            ("1", "1.0", "the body must be 1, not 1.0"),
            (r#"{"a":""}"#, r#"{"a":null}"#, "/a must be \"\", not null"),
            (
                r#"{"a":1,"b":2}"#,
                r#"{"b":2,"a":1}"#,
                "the body has \"b\" before \"a\"",
            ),
            (
                r#"{"a":1}"#,
                r#"{"a":1,"b":2}"#,
                "the body has unexpected keys \"b\"",
            ),
            (r#"{"a":{"b":1}}"#, r#"{"a":{}}"#, "/a lacks \"b\""),
            (
                r#"{"a":1}"#,
                r#"{"a":1,"a":1}"#,
                "the body has unexpected keys \"a\"",
            ),
            (
                r#"{"b":1,"a":1,"...":1}"#,
                r#"{"a":1,"b":1}"#,
                "the body has \"a\" in another order",
            ),
            ("[1,2]", "[1]", "the body must be [1,2], not [1]"),
            (r#"[{"a":1}]"#, r#"[{"a":2}]"#, "/0/a must be 1, not 2"),
            (r#""[same:n]""#, "2", "the body must be 1 as before, not 2"),
            (
                r#""[integer]""#,
                "1.0",
                "the body must be [integer], not 1.0",
            ),
            (
                r#""[string or null]""#,
                "0",
                "the body must be [string or null], not 0",
            ),
            (
                r#""[uuid]""#,
                r#""2489E9AD-2EE2-8E00-8EC9-32D5F69181C0""#,
                "the body must be [uuid], not \"2489E9AD-2EE2-8E00-8EC9-32D5F69181C0\"",
            ),
            (
                r#""[timestamp]""#,
                r#""2026-06-25T10:30:00Z""#,
                "the body must be [timestamp], not \"2026-06-25T10:30:00Z\"",
            ),
        ] {
            let found = problems(expected, actual);
            assert_eq!(found.first().map(String::as_str), Some(problem));
        }
    }

    #[test]
    fn keys_are_put_into_the_expected_order() {
        let check = |expected: &str, actual: &str, ordered: &str| {
            let [expected, actual] = [expected, actual].map(|json| Node::parse(json).unwrap());
            assert_eq!(in_order_of(&expected, actual).to_string(), ordered);
        };
        check(
            r#"{"a":1,"b?":[{"c":1,"d":2}],"...":""}"#,
            r#"{"x":0,"b":[{"d":2,"c":1}],"y":0,"a":1}"#,
            r#"{"a":1,"b":[{"c":1,"d":2}],"x":0,"y":0}"#,
        );
        check("[1]", r#"[{"b":1,"a":2},1]"#, r#"[{"b":1,"a":2},1]"#);
        check(r#"{"a":1}"#, r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#);
    }
}
