//! Removes credentials from reports.

use std::collections::HashSet;

use super::Raw;
use crate::{Failure, exchange_run::Sent};

/// The replacement of a secret.
const REDACTED: &str = "[redacted]";
/// The minimum number of consecutive bytes of a secret that are redacted.
const MIN_SECRET_PART: usize = 20;
/// The maximum number of bytes of a body that a report shows.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// The maximum number of bytes of a problem that a report shows.
const MAX_PROBLEM_BYTES: usize = 4 * 1024;
/// Headers that carry credentials.
const CREDENTIALS: [&str; 5] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-api-key",
];

/// Strings that must not be shown, in any spelling.
pub(crate) struct Secrets {
    /// Each in all its spellings.
    spellings: Vec<Vec<u8>>,
    /// Every run of [`MIN_SECRET_PART`] bytes of the long ones.
    pieces: HashSet<Vec<u8>>,
}

impl Secrets {
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let (mut spellings, mut pieces) = (Vec::new(), HashSet::new());
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            for spelling in spellings_of(secret) {
                let bytes = spelling.into_bytes();
                pieces.extend(bytes.windows(MIN_SECRET_PART).map(<[u8]>::to_vec));
                spellings.push(bytes);
            }
        }
        Self { spellings, pieces }
    }

    /// Returns `text` without secrets and without long parts of secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        let bytes = text.as_bytes();
        let mut is_secret = vec![false; bytes.len()];
        for spelling in &self.spellings {
            for (start, window) in bytes.windows(spelling.len()).enumerate() {
                if window == spelling.as_slice() {
                    is_secret[start..start + spelling.len()].fill(true);
                }
            }
        }
        if !self.pieces.is_empty() {
            for (start, window) in bytes.windows(MIN_SECRET_PART).enumerate() {
                if self.pieces.contains(window) {
                    is_secret[start..start + MIN_SECRET_PART].fill(true);
                }
            }
        }
        let mut redacted = String::with_capacity(text.len());
        let mut was_secret = false;
        for (start, letter) in text.char_indices() {
            match (is_secret[start], was_secret) {
                (true, false) => redacted.push_str(REDACTED),
                (true, true) => {}
                (false, _) => redacted.push(letter),
            }
            was_secret = is_secret[start];
        }
        redacted
    }

    /// Returns the message of a failure without secrets.
    pub(crate) fn redact_failure(&self, failure: &Failure) -> String {
        let text = match failure {
            Failure::Unexpected {
                step,
                send,
                status,
                body,
                problems,
            } => Failure::Unexpected {
                step: *step,
                send: send.clone(),
                status: *status,
                // Redact before cutting, so that no part of a secret remains.
                body: body.map(|body| self.redact(head(body, MAX_BODY_BYTES).0)),
                problems: problems
                    .iter()
                    .map(|problem| self.short(problem, MAX_PROBLEM_BYTES))
                    .collect(),
            }
            .to_string(),
            Failure::Setup {
                doing,
                status,
                body,
            } => Failure::Setup {
                doing,
                status: *status,
                body: body.map(|body| self.redact(head(body, MAX_BODY_BYTES).0)),
            }
            .to_string(),
            Failure::Template(_)
            | Failure::Target(_)
            | Failure::NotRestored { .. }
            | Failure::NoUserLeft
            | Failure::Stopped
            | Failure::Panicked(_) => failure.to_string(),
        };
        self.redact(&text)
    }

    /// The beginning of `text` without secrets, and the length of the rest.
    fn short(&self, text: &str, max_bytes: usize) -> String {
        // The end of the cut text may be the beginning of a secret.
        let longest = self.spellings.iter().map(Vec::len).max().unwrap_or(0);
        let (start_text, _) = head(text, max_bytes + longest);
        let redacted = self.redact(start_text);
        let (shown, _) = head(&redacted, max_bytes);
        if start_text.len() == text.len() && shown.len() == redacted.len() {
            return redacted;
        }
        format!("{shown}… ({} bytes in all)", text.len())
    }
}

/// A request and its response as text, without credentials.
pub(crate) fn raw(sent: &Sent, secrets: &Secrets) -> Raw {
    let request = &sent.request;
    let (method, path) = (&request.method, &request.path);
    let body = request.body.as_deref().unwrap_or_default();
    let first = format!("{method} {path}");
    let request = message(&first, &request.headers, body, secrets);
    let response = match &sent.outcome {
        Ok(response) => {
            let first = format!("HTTP/1.1 {}", response.status);
            message(&first, &response.headers, &response.body, secrets)
        }
        Err(problem) => secrets.short(problem, MAX_PROBLEM_BYTES),
    };
    Raw {
        doing: sent.doing.clone(),
        request,
        response,
    }
}

fn message(first: &str, headers: &[(String, String)], body: &[u8], secrets: &Secrets) -> String {
    let mut lines = vec![secrets.short(first, MAX_PROBLEM_BYTES)];
    for (name, value) in headers {
        let value = if CREDENTIALS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
        {
            secrets.redact(&masked(value))
        } else {
            secrets.short(value, MAX_PROBLEM_BYTES)
        };
        lines.push(format!("{}: {value}", secrets.redact(name)));
    }
    let mut text = lines.join("\n");
    if !body.is_empty() {
        text.push_str("\n\n");
        text.push_str(&secrets.short(&String::from_utf8_lossy(body), MAX_BODY_BYTES));
    }
    text
}

/// Returns a credential with everything but its scheme redacted.
fn masked(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, rest)) if !rest.is_empty() && is_scheme(scheme) => {
            format!("{scheme} {REDACTED}")
        }
        Some(_) | None if value.is_empty() => String::new(),
        Some(_) | None => REDACTED.to_owned(),
    }
}

fn is_scheme(text: &str) -> bool {
    text.len() <= 10 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Splits `text` after at most `max_bytes` bytes.
fn head(text: &str, max_bytes: usize) -> (&str, &str) {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end)
}

/// The spellings in which servers may repeat a string.
fn spellings_of(secret: &str) -> HashSet<String> {
    let json = crate::node::quoted(secret);
    let json = json[1..json.len() - 1].to_owned();
    let percent = |keep: &dyn Fn(u8) -> bool, small: bool| -> String {
        let bytes = secret.bytes().map(|byte| match (keep(byte), small) {
            (true, _) => char::from(byte).to_string(),
            (false, true) => format!("%{byte:02x}"),
            (false, false) => format!("%{byte:02X}"),
        });
        bytes.collect()
    };
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    HashSet::from([
        secret.to_owned(),
        json.replace('/', "\\/"),
        json,
        percent(&unreserved, false),
        percent(&unreserved, true),
        super::html::escaped(secret),
        secret.escape_debug().to_string(),
        secret.to_ascii_lowercase(),
        secret.to_ascii_uppercase(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOi/JIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w";

    #[test]
    fn secrets_are_redacted_in_every_spelling() {
        let secrets = Secrets::new([TOKEN, "mfk_\"x\"&+é"].into_iter());
        for (text, redacted) in [
            (format!("a {TOKEN} b"), "a [redacted] b"),
            (format!("{TOKEN}{TOKEN}"), "[redacted]"),
            (TOKEN.replace('/', "\\/"), "[redacted]"),
            (TOKEN.replace('/', "%2F"), "[redacted]"),
            (TOKEN.to_lowercase(), "[redacted]"),
            (format!("cut {}", &TOKEN[..30]), "cut [redacted]"),
            (
                format!("cut {}", &TOKEN[TOKEN.len() - 30..]),
                "cut [redacted]",
            ),
            ("mfk_\"x\"&+é".to_owned(), "[redacted]"),
            (r#"mfk_\"x\"&+é"#.to_owned(), "[redacted]"),
            ("mfk_%22x%22%26%2B%C3%A9".to_owned(), "[redacted]"),
            ("mfk_&quot;x&quot;&amp;+é".to_owned(), "[redacted]"),
            ("nothing of it".to_owned(), "nothing of it"),
        ] {
            assert_eq!(secrets.redact(&text), redacted, "{text}");
        }
    }

    #[test]
    fn cut_texts_contain_no_part_of_a_secret() {
        let secrets = Secrets::new([TOKEN].into_iter());
        for length in 0..TOKEN.len() + 2 {
            let text = format!("{}{TOKEN}{}", "x".repeat(length), "y".repeat(200));
            let short = secrets.short(&text, 60);
            assert!(!short.contains(&TOKEN[..8]), "{short}");
        }
    }

    #[test]
    fn credentials_are_masked_except_their_scheme() {
        for (value, left) in [
            ("Bearer a", "Bearer [redacted]"),
            ("a", "[redacted]"),
            ("", ""),
            ("session=1; other=2", "[redacted]"),
        ] {
            assert_eq!(masked(value), left);
        }
    }
}
