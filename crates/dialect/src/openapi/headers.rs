//! The headers of responses.

use http::{HeaderMap, HeaderName, header};
use utoipa::openapi::{
    Ref, RefOr,
    extensions::Extensions,
    header::{Header, HeaderBuilder},
    schema::{ObjectBuilder, Schema, Type},
};

use super::{REQUEST_ID, schemas::example};

/// A header that responses have.
pub(super) struct Known {
    pub(super) name: &'static str,
    description: &'static str,
    example: &'static str,
    /// Its one value, where it has but one.
    constant: bool,
}

/// What every response has, whoever made it.
pub(super) const HOUSE: [Known; 3] = [
    Known {
        name: "X-Request-Id",
        description: "The request's id, by which the operator finds it in the log.",
        example: REQUEST_ID,
        constant: false,
    },
    Known {
        name: "Cache-Control",
        description: "Nothing may keep the response.",
        example: "no-store",
        constant: true,
    },
    Known {
        name: "X-Content-Type-Options",
        description: "The body is what `Content-Type` says, and nothing else.",
        example: "nosniff",
        constant: true,
    },
];

/// What a response has where requests of the credential are counted.
pub(super) const LIMITS: [Known; 2] = [
    Known {
        name: "RateLimit-Policy",
        description: "How many requests the credential, or the client without one, may send to the \
                      operation in how many seconds, where the deployment counts them.",
        example: "\"default\";q=600;w=60",
        constant: false,
    },
    Known {
        name: "RateLimit",
        description: "How many of them are left, and after how many seconds all are again.",
        example: "\"default\";r=598;t=1",
        constant: false,
    },
];

/// The headers that replies set, whatever the dialect.
const SET: [(HeaderName, &str, &str); 7] = [
    (
        header::ETAG,
        "ETag",
        "The tag of this state of the representation, for `If-Match` and `If-None-Match`. It is \
         opaque: only compare it.",
    ),
    (header::ALLOW, "Allow", "The methods that the path takes."),
    (
        header::RETRY_AFTER,
        "Retry-After",
        "The seconds after which to try again.",
    ),
    (
        header::ACCEPT_ENCODING,
        "Accept-Encoding",
        "The content codings that a request body may have.",
    ),
    (
        header::WWW_AUTHENTICATE,
        "WWW-Authenticate",
        "What is wrong with the credential (RFC 6750).",
    ),
    (
        header::LOCATION,
        "Location",
        "Where to send the request instead.",
    ),
    (
        header::CONTENT_DISPOSITION,
        "Content-Disposition",
        "That the body is a file, and the name to save it under.",
    ),
];

/// A header of a dialect's own.
#[derive(Clone, Copy)]
pub(super) struct Own {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
}

impl Known {
    /// The header, by reference.
    pub(super) fn reference(&self) -> RefOr<Header> {
        RefOr::Ref(Ref::new(format!("#/components/headers/{}", self.name)))
    }

    /// The header itself.
    pub(super) fn header(&self, is_required: bool) -> Header {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let schema = if self.constant {
            schema.enum_values(Some([self.example]))
        } else {
            schema.examples([self.example])
        };
        described(self.description, schema, is_required).build()
    }
}

fn described(description: &str, schema: ObjectBuilder, is_required: bool) -> HeaderBuilder {
    let header = HeaderBuilder::new()
        .schema(Some(RefOr::T(Schema::Object(schema.build()))))
        .description(Some(description));
    if is_required {
        // The builder has no method for it.
        header.extensions(Some(Extensions::from_iter([("required", true)])))
    } else {
        header
    }
}

/// The headers of one status: of each reply its own, required where all of them have it.
///
/// # Panics
///
/// Where a header is not described.
pub(super) fn of(replies: &[&HeaderMap], own: &[Own]) -> Vec<(String, Header)> {
    let mut headers: Vec<(String, Header)> = Vec::new();
    for reply in replies {
        for name in reply.keys().filter(|&name| name != header::CONTENT_TYPE) {
            let (title, description) = title(name, own);
            if headers.iter().any(|(known, _)| known == title) {
                continue;
            }
            let is_required = replies.iter().all(|reply| reply.contains_key(name));
            let mut values: Vec<_> = replies
                .iter()
                .filter_map(|reply| reply.get(name)?.to_str().ok())
                .collect();
            values.dedup();
            let schema = ObjectBuilder::new()
                .schema_type(Type::String)
                .examples(values.into_iter().map(example));
            let header = described(description, schema, is_required).build();
            headers.push((title.to_owned(), header));
        }
    }
    headers.sort_by(|(one, _), (other, _)| one.cmp(other));
    headers
}

fn title(name: &HeaderName, own: &[Own]) -> (&'static str, &'static str) {
    let set = SET.iter().find(|(known, ..)| known == name);
    let set = set.map(|(_, title, description)| (*title, *description));
    let own = || {
        let own = own.iter().find(|own| name == own.name);
        own.map(|own| (own.name, own.description))
    };
    set.or_else(own).unwrap_or_else(|| {
        panic!("responses have {name}, which Document::header does not describe")
    })
}
