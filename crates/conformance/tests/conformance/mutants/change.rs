//! Operations on requests and responses.

use manyface_conformance::{Node, Request, Response};
use serde::Deserialize;
use serde_json::{Deserializer, value::RawValue};

use super::{
    message::{Message, put, reading, sent},
    subject::{Part, Pattern, View},
    table::Changes,
};

/// An operation with its arguments. Texts may have placeholders; values of JSON are written as JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    /// Sets what is present.
    Set(Part, String),
    /// Sets what is present or adds it.
    Put(Part, String),
    Remove(Part),
    /// Removes the values whose JSON matches.
    RemoveIf(Part, Pattern),
    /// Replaces matches in texts and strings.
    Replace(Part, Pattern, String),
    /// Replaces matches in the JSON of values.
    ReplaceJson(Part, Pattern, String),
    Map(Part, Function),
    /// Keeps the first characters, items or entries.
    Truncate(Part, String),
    /// Makes the field of the place too long if it is too long by this measure.
    Measure(Measure),
    /// Stores a value that is written if its JSON matches, and shows it from then on.
    Keep(Part, Pattern, Part),
    /// Sends the user's own token.
    Authenticate,
    /// Makes the request one that reads.
    Read,
    /// Shows the fields as they were sent.
    Echo,
}

/// How a string with a maximal length in characters is measured.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    OneLess,
    Bytes,
    Utf16,
    /// With the blanks around it.
    Untrimmed,
    /// Before letters and accents are composed.
    Decomposed,
    /// Truncates long values.
    Cut,
}

/// A change without arguments.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Function {
    Upper,
    Lower,
    /// The first JSON value of a text.
    FirstValue,
    SortKeys,
    ReverseKeys,
    RepeatFirstKey,
    /// Of several entries with one key, the first or the last stays.
    KeepFirstOfKey,
    KeepLastOfKey,
    /// `countryCode` becomes `country_code`, and `full_name` becomes `fullName`.
    SwitchCase,
    SortItems,
}

/// Applies `changes` to the request of `view`.
pub(crate) fn change_request(changes: &Changes, view: View<'_>) -> Request {
    let mut request = view.request.clone();
    for change in &changes.0 {
        let _ = change.apply(view, &mut Message::Request(&mut request));
    }
    request
}

/// Applies `changes` to `response`.
pub(crate) fn change_response(changes: &Changes, view: View<'_>, response: &mut Response) {
    for change in &changes.0 {
        let before = response.clone();
        let response_before = Some(&before);
        let view = View {
            response: response_before,
            ..view
        };
        let _ = change.apply(view, &mut Message::Response(response));
    }
}

impl Change {
    /// Changes `message`, unless a placeholder has no value.
    fn apply(&self, view: View<'_>, message: &mut Message<'_>) -> Option<()> {
        let expand = |text: &str| view.expand(text, str::to_owned);
        let replacement = |by: &str| view.expand(by, |text| text.replace('$', "$$"));
        match self {
            Self::Put(Part::Json(pointer), value) => {
                let (pointer, value) = (expand(pointer)?, parse(&expand(value)?));
                message.change_json(|node| put(node, &pointer, value));
            }
            Self::Put(Part::Header(name), value) => message.set_header(name, expand(value)?),
            Self::Set(part, value) | Self::Put(part, value) => {
                let is_json = matches!(part, Part::Json(_));
                let value = expand(value)?;
                let value = if is_json {
                    parse(&value)
                } else {
                    Node::Text(value)
                };
                message.change(view, part, &mut |node| node.clone_from(&value));
            }
            Self::Remove(part) => message.each(view, part, &mut |_| false),
            Self::RemoveIf(part, pattern) => message.each(view, part, &mut |node| {
                !view.matches(pattern, &node.to_string())
            }),
            Self::Replace(part, pattern, by) => {
                let (regex, by) = (view.regex(pattern)?, replacement(by)?);
                message.change(view, part, &mut |node| {
                    if let Node::Text(text) = node {
                        *text = regex.replace_all(text, &by).into_owned();
                    }
                });
            }
            Self::ReplaceJson(part, pattern, by) => {
                let (regex, by) = (view.regex(pattern)?, replacement(by)?);
                message.change(view, part, &mut |node| {
                    *node = parse(&regex.replace_all(&node.to_string(), &by));
                });
            }
            Self::Map(part, function) => {
                message.change(view, part, &mut |node| function.apply(node));
            }
            Self::Truncate(part, length) => {
                let length = expand(length)?.parse().expect("a length");
                message.change(view, part, &mut |node| truncate(node, length));
            }
            Self::Measure(measure) => {
                let limit = expand("{{value}}")?.parse().expect("a length");
                let field = Part::Json("{{sent}}".to_owned());
                message.change(view, &field, &mut |node| {
                    if let Node::Text(text) = node
                        && let Some(changed) = measure.change(text, limit)
                    {
                        *text = changed;
                    }
                });
            }
            Self::Keep(sent, pattern, shown) => {
                view.response.filter(|response| response.status == 200)?;
                let kept = &mut *view.server.memory.kept.borrow_mut();
                if view.server.is_write(view.request) {
                    let mut request = view.request.clone();
                    Message::Request(&mut request).change(view, sent, &mut |node| {
                        let is_kept = view.matches(pattern, &node.to_string());
                        *kept = is_kept.then(|| node.clone());
                    });
                }
                if let Some(kept) = kept {
                    message.change(view, shown, &mut |node| node.clone_from(kept));
                }
            }
            Self::Authenticate => {
                message.set_header("authorization", format!("Bearer {}", view.server.token()));
            }
            Self::Read => {
                if let Message::Request(request) = message {
                    **request = reading(request);
                }
            }
            Self::Echo => {
                view.response.filter(|response| response.status == 200)?;
                let body = sent(view.request)?;
                for (key, shown) in &view.server.suite.restore {
                    if let Some(value) = body.at(&view.server.sent_as(view.request, key)) {
                        let shown = Part::Json(shown.clone());
                        message.change(view, &shown, &mut |node| node.clone_from(value));
                    }
                }
            }
        }
        Some(())
    }
}

fn truncate(node: &mut Node, length: usize) {
    match node {
        Node::Object(entries) => entries.truncate(length),
        Node::Array(items) => items.truncate(length),
        Node::Text(text) | Node::Plain(text) => *text = text.chars().take(length).collect(),
    }
}

fn parse(json: &str) -> Node {
    Node::parse(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

impl Measure {
    /// Returns the changed `text`, if it is changed.
    fn change(self, text: &str, limit: usize) -> Option<String> {
        let (characters, trimmed) = (text.chars().count(), text.trim());
        let fits = trimmed.chars().count() <= limit;
        let is_too_long = match self {
            Self::OneLess => characters == limit,
            Self::Bytes => fits && trimmed.len() > limit,
            Self::Utf16 => fits && trimmed.encode_utf16().count() > limit,
            Self::Untrimmed => fits && characters > limit,
            Self::Decomposed => !fits && text.contains('\u{301}'),
            Self::Cut => return (!fits).then(|| trimmed.chars().take(limit).collect()),
        };
        is_too_long.then(|| "x".repeat(limit + 1))
    }
}

impl Function {
    fn apply(self, node: &mut Node) {
        match (self, node) {
            (Self::Upper, Node::Text(text)) => *text = text.to_uppercase(),
            (Self::Lower, Node::Text(text)) => *text = text.to_lowercase(),
            (Self::FirstValue, Node::Text(text)) => {
                let mut values = Deserializer::from_str(text).into_iter::<Box<RawValue>>();
                if let Some(Ok(first)) = values.next() {
                    first.get().clone_into(text);
                }
            }
            (Self::SortKeys, Node::Object(entries)) => entries.sort_by(|(a, _), (b, _)| a.cmp(b)),
            (Self::ReverseKeys, Node::Object(entries)) => entries.reverse(),
            (Self::RepeatFirstKey, Node::Object(entries)) => {
                let first = entries.first().cloned();
                entries.extend(first);
            }
            (Self::KeepFirstOfKey, Node::Object(entries)) => keep_first_of_key(entries),
            (Self::KeepLastOfKey, Node::Object(entries)) => {
                entries.reverse();
                keep_first_of_key(entries);
                entries.reverse();
            }
            (Self::SwitchCase, Node::Object(entries)) => {
                for (key, _) in entries {
                    *key = switch_case(key);
                }
            }
            (Self::SortItems, Node::Array(items)) => items.sort_by_key(ToString::to_string),
            _ => {}
        }
    }
}

fn keep_first_of_key(entries: &mut Vec<(String, Node)>) {
    let mut keys = Vec::new();
    entries.retain(|(key, _)| {
        let is_first = !keys.contains(key);
        keys.push(key.clone());
        is_first
    });
}

fn switch_case(key: &str) -> String {
    let mut changed = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            changed.extend(['_', letter.to_ascii_lowercase()]);
        } else if changed.ends_with('_') && !key.chars().any(char::is_uppercase) {
            changed.pop();
            changed.push(letter.to_ascii_uppercase());
        } else {
            changed.push(letter);
        }
    }
    changed
}
