//! What any operation can come to, whatever the dialect.

use http::Method;
use manyface_core::{Denial, Error};

use super::operation::Told;
use crate::{Call, Credentials, Malformed, Refusal, Reply, Shape, Unsupported};

/// How an operation says that it failed.
#[derive(Clone, Copy)]
pub(super) struct Voice {
    /// The server turned the request away.
    pub(super) refused: fn(Refusal) -> Reply,
    /// The body cannot be read.
    pub(super) read: fn(&Call, Refusal) -> Reply,
    /// The action failed.
    pub(super) failed: fn(&Call, Error) -> Reply,
    /// The representation is not the one that is wanted.
    pub(super) stale: fn(&Call, Error) -> Reply,
}

/// The answers to what any request can come to; `writes` is the method of one with a JSON body.
pub(super) fn all(
    (voice, sample): (&Voice, &Call),
    credentials: Credentials,
    writes: Option<&Method>,
    body_limit: usize,
) -> Vec<Told> {
    let mut all = Vec::new();
    let mut add = |name: &str, summary: &str, reply| {
        all.push(Told {
            name: name.to_owned(),
            summary: summary.to_owned(),
            reply,
        });
    };
    for (name, summary, denial) in denials(credentials) {
        let reply = (voice.refused)(Refusal::Unauthenticated(denial));
        add(name, summary, reply);
    }
    for (name, summary, refusal) in arrivals(body_limit) {
        add(name, summary, (voice.refused)(refusal));
    }
    if writes.is_some() {
        for (name, summary, refusal) in readings() {
            add(name, summary, (voice.read)(sample, refusal));
        }
    }
    let unavailable = (voice.failed)(sample, Error::Unavailable(None));
    add(
        "store-unavailable",
        "The store does not answer.",
        unavailable,
    );
    let broken = (voice.failed)(sample, Error::Storage("not told to clients".into()));
    add("store-failed", "The store failed.", broken);
    all
}

fn denials(credentials: Credentials) -> Vec<(&'static str, &'static str, Denial)> {
    let attempts = [
        (
            "malformed-credential",
            "`Authorization` is not one bearer credential.",
            Denial::Malformed,
        ),
        (
            "invalid-credential",
            "The credential is not good, or its user is gone.",
            Denial::Invalid,
        ),
        (
            "wrong-kind",
            "The credential is of another kind.",
            Denial::WrongKind,
        ),
        ("expired", "The credential has expired.", Denial::Expired),
        (
            "keys-unavailable",
            "Nobody can tell now whether the credential is good.",
            Denial::Unavailable,
        ),
    ];
    match credentials {
        Credentials::Ignored => Vec::new(),
        Credentials::Optional => attempts.into(),
        Credentials::Required => {
            let missing = ("no-credential", "There is no credential.", Denial::Missing);
            [missing].into_iter().chain(attempts).collect()
        }
    }
}

fn arrivals(body_limit: usize) -> Vec<(&'static str, &'static str, Refusal)> {
    let mut arrivals = vec![
        ("internal", "The server failed.", Refusal::Internal),
        (
            "too-many",
            "The credential, or the client's address, has been used too often.",
            Refusal::TooMany(12),
        ),
        (
            "overloaded",
            "Too many large bodies are on their way.",
            Refusal::Overloaded,
        ),
    ];
    if body_limit > 0 {
        arrivals.extend([
            (
                "too-large",
                "The body is larger than the operation takes.",
                Refusal::TooLarge(body_limit),
            ),
            ("unreadable", "The body ended early.", Refusal::Unreadable),
            (
                "too-slow",
                "The body did not arrive in time.",
                Refusal::TooSlow,
            ),
        ]);
    }
    arrivals
}

fn readings() -> [(&'static str, &'static str, Refusal); 7] {
    let malformed = Refusal::Malformed;
    [
        (
            "not-json",
            "The body is not `application/json`.",
            Refusal::UnsupportedMediaType(Unsupported::Type),
        ),
        (
            "content-coding",
            "The body is compressed.",
            Refusal::UnsupportedMediaType(Unsupported::Coding),
        ),
        (
            "other-charset",
            "The charset is not UTF-8.",
            Refusal::UnsupportedMediaType(Unsupported::Charset),
        ),
        (
            "malformed-json",
            "The body is not JSON.",
            malformed(Malformed::Syntax { line: 2, column: 8 }),
        ),
        (
            "duplicate-key",
            "An object of the body has a key twice.",
            malformed(Malformed::DuplicateKey),
        ),
        (
            "number-out-of-range",
            "A number of the body is too large to keep its value.",
            malformed(Malformed::NumberRange),
        ),
        (
            "not-an-object",
            "The body is JSON, but not an object.",
            malformed(Malformed::NotAnObject(Shape::Array)),
        ),
    ]
}
