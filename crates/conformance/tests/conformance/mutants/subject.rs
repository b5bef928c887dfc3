//! Parts of requests and responses, the patterns that they match, and placeholders.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use manyface_conformance::{Node, Request, Response};
use regex::Regex;
use serde::Deserialize;

use super::{message::Message, server::Server, table::When};

/// A part of a request or response.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(try_from = "String")]
pub(crate) enum Part {
    Method,
    /// The path with the query.
    Url,
    Path,
    Query,
    Status,
    /// `header etag`
    Header(String),
    /// The body as text.
    Body,
    /// `/data/user`: the values of the JSON body whose whole pointers match this pattern.
    Json(String),
    /// `length /bio`: the number of characters of such a value.
    Length(String),
    /// The last string of the JSON body, where errors have their message.
    LastString,
    /// An `x` for each write of the user that succeeded.
    Writes,
}

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match (&*text, text.split_once(' ')) {
            ("method", _) => Self::Method,
            ("url", _) => Self::Url,
            ("path", _) => Self::Path,
            ("query", _) => Self::Query,
            ("status", _) => Self::Status,
            ("body", _) => Self::Body,
            ("last string", _) => Self::LastString,
            ("writes", _) => Self::Writes,
            (_, Some(("header", name))) => Self::Header(name.to_owned()),
            (_, Some(("length", pointers))) => Self::Length(checked(pointers)?),
            (pointers, _) if pointers.is_empty() || pointers.starts_with(['/', '.', '(', '{']) => {
                Self::Json(checked(pointers)?)
            }
            _ => return Err(format!("no part of a message: {text}")),
        })
    }
}

/// The subject of a condition: a part of the request or, after `response`, of the response.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(try_from = "String")]
pub(crate) struct Subject {
    is_response: bool,
    part: Part,
}

impl TryFrom<String> for Subject {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let part = text.strip_prefix("response ");
        let is_response = part.is_some() || text == "status";
        let part = Part::try_from(part.unwrap_or(&text).to_owned())?;
        Ok(Self { is_response, part })
    }
}

/// A regular expression that is searched for, negated by a leading `!`. It may have placeholders.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pattern {
    is_negated: bool,
    source: String,
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let source = text.strip_prefix('!');
        Ok(Self {
            is_negated: source.is_some(),
            source: checked(source.unwrap_or(&text))?,
        })
    }
}

/// Returns `source` if it is a regular expression with any values of its placeholders.
fn checked(source: &str) -> Result<String, String> {
    let filled: String = pieces(source)
        .map(|(piece, is_name)| if is_name { "x" } else { piece })
        .collect();
    let compiled = Regex::new(&filled).map_err(|error| error.to_string());
    compiled.map(|_| source.to_owned())
}

/// The texts of `template` and the names of its placeholders, in order.
fn pieces(template: &str) -> impl Iterator<Item = (&str, bool)> {
    let parts = template.split("{{").enumerate();
    parts.flat_map(|(index, part)| match part.split_once("}}") {
        Some((name, text)) if index > 0 => [(name, true), (text, false)],
        _ => [(part, false), ("", false)],
    })
}

/// The compiled expression; `.` also matches line breaks.
fn compiled(source: &str) -> Regex {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || Regex::new(&format!("(?s){source}")).expect("checked when it was read");
    let regex = compiled.entry(source.to_owned()).or_insert_with(compile);
    regex.clone()
}

/// A request and its response, for conditions and placeholders.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) server: &'a Server<'a>,
    pub(crate) request: &'a Request,
    pub(crate) response: Option<&'a Response>,
}

impl View<'_> {
    /// Whether the request, and the response if there is one yet, meet the conditions.
    pub(crate) fn meets(self, when: &When) -> bool {
        let (server, is_early) = (self.server, self.response.is_none());
        let shows = self.response.is_none_or(|response| response.status == 200);
        (!when.write || server.is_write(self.request))
            && (!when.profile || server.is_for_profile(self.request) && shows)
            && when.parts.iter().all(|(subject, pattern)| {
                subject.is_response && is_early || self.matches(pattern, &self.text(subject))
            })
    }

    /// The text of `subject`, or its values as JSON; several are lines, and none is an empty text.
    fn text(self, subject: &Subject) -> String {
        let (mut request, mut response) = (self.request.clone(), self.response.cloned());
        let mut message = match (subject.is_response, &mut response) {
            (true, Some(response)) => Message::Response(response),
            (true, None) => return String::new(),
            (false, _) => Message::Request(&mut request),
        };
        let mut texts = Vec::new();
        message.each(self, &subject.part, &mut |node| {
            texts.push(match (&subject.part, node) {
                (Part::Length(_), Node::Text(text)) => text.chars().count().to_string(),
                (Part::Json(_) | Part::Length(_), value) => value.to_string(),
                (_, Node::Text(text)) => text.clone(),
                (_, value) => value.to_string(),
            });
            true
        });
        texts.join("\n")
    }

    /// Whether `text` matches `pattern`. A pattern with a placeholder for nothing matches nothing.
    pub(crate) fn matches(self, pattern: &Pattern, text: &str) -> bool {
        let regex = self.regex(pattern);
        regex.is_some_and(|regex| regex.is_match(text) != pattern.is_negated)
    }

    pub(crate) fn regex(self, pattern: &Pattern) -> Option<Regex> {
        Some(compiled(&self.expand(&pattern.source, regex::escape)?))
    }

    /// The expression for the pointers of values.
    pub(crate) fn pointers(self, pattern: &str) -> Option<Regex> {
        let pattern = self.expand(pattern, regex::escape)?;
        Some(compiled(&format!("^(?:{pattern})$")))
    }

    /// Replaces the placeholders of `template`; returns `None` if one of them has no value.
    pub(crate) fn expand(self, template: &str, quote: fn(&str) -> String) -> Option<String> {
        let expand = |(piece, is_name): (&str, bool)| {
            let value = is_name.then(|| self.value(piece));
            match value {
                None => Some(piece.to_owned()),
                Some(value) => (!value.is_empty()).then(|| quote(&value)),
            }
        };
        pieces(template).map(expand).collect()
    }

    /// Returns the value of the placeholder `name`: a name below, another value of the user, or a subject.
    fn value(self, name: &str) -> String {
        let (server, place) = (self.server, self.server.place);
        match name {
            "place" => place.name.clone(),
            "value" => place.value.clone(),
            "value+1" => place
                .value
                .parse()
                .map_or(0, |value: usize| value + 1)
                .to_string(),
            "sent" => server.sent_as(self.request, &place.name),
            "shown" => server.shown_at().to_owned(),
            "profile" => server.suite.profile.clone(),
            "given" => server.suite.given.clone(),
            "token" => server.token().to_owned(),
            "count" => server.count(),
            name => server.other(name).unwrap_or_else(|| {
                let subject = Subject::try_from(name.to_owned()).expect("a subject");
                self.text(&subject).chars().take(4_000).collect()
            }),
        }
    }
}
