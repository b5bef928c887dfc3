//! Why a token is rejected.

use manyface_core::{AuthError, AuthErrorKind};

use crate::{Algorithm, Excerpt, Excerpts};

/// The maximum length of a token, in bytes.
pub(crate) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Why a token is rejected. The message is one short line for operators, without the token and
/// without values that identify its user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is too long.
    #[error("longer than {MAX_TOKEN_BYTES} bytes: {0} bytes")]
    TooLong(usize),
    /// The token is not in compact form (RFC 7515 §7.1).
    #[error("not a signed JWT: {0} parts between dots, expected 3{hint}", hint = parts_hint(*.0))]
    Parts(usize),
    /// A part is not base64url without padding.
    #[error("the {0} is not base64url without padding")]
    Encoding(&'static str),
    /// A part is not a JSON object, or has duplicate members.
    #[error("the {0} is not one JSON object without duplicate members")]
    Json(&'static str),
    /// A member of the header is missing or is not a string.
    #[error("{0} in the header is not a string")]
    HeaderMember(&'static str),
    /// The header demands an extension (RFC 7515 §4.1.11).
    #[error("the header has crit, and no extension is supported")]
    Critical,
    /// The algorithm is not supported.
    #[error("alg is {0}, which is not supported")]
    UnknownAlgorithm(Excerpt),
    /// No issuer is configured for the dialect.
    #[error("no issuer is configured for this dialect")]
    NoIssuer,
    /// `iss` is not a string.
    #[error("iss is not a string")]
    IssuerForm,
    /// `iss` is missing, but all configured issuers have a name.
    #[error("iss is missing, expected one of {0}")]
    IssuerMissing(Excerpts),
    /// `iss` is not a configured issuer.
    #[error("iss is no configured issuer: {given}, expected one of {expected}{hint}",
            hint = slash_hint(given, expected))]
    Issuer {
        /// The value of the claim.
        given: Excerpt,
        /// The configured issuers.
        expected: Excerpts,
    },
    /// The algorithm is not one of the issuer's.
    #[error("alg {given} is not allowed for the issuer, expected one of {expected}")]
    Algorithm {
        /// The algorithm in the header.
        given: Algorithm,
        /// The configured algorithms.
        expected: Excerpts,
    },
    /// The issuer's keys have never been fetched, or are too old to be trusted.
    #[error("the issuer's keys cannot be fetched")]
    KeysUnavailable,
    /// None of the issuer's keys has the token's key id.
    #[error("kid {given} is not one of the issuer's keys: {known}")]
    UnknownKey {
        /// The header's `kid`.
        given: Excerpt,
        /// The ids of the issuer's keys.
        known: Excerpts,
    },
    /// No key of the issuer is for the algorithm.
    #[error("none of the issuer's keys is for {algorithm} (kid {key_id})")]
    NoKey {
        /// The header's algorithm.
        algorithm: Algorithm,
        /// The header's `kid`, if any.
        key_id: Excerpt,
    },
    /// None of the tried keys signed the token.
    #[error("wrong signature: {tried} of {fitting} fitting keys tried")]
    Signature {
        /// The number of tried keys.
        tried: usize,
        /// The number of keys that fit the header.
        fitting: usize,
    },
    /// `aud` has none of the accepted values.
    #[error("aud is {given}, expected one of {expected}")]
    Audience {
        /// The strings of the claim.
        given: Excerpts,
        /// The configured audiences.
        expected: Excerpts,
    },
    /// The token was issued to another client.
    #[error("{claim} is {given}, expected one of {expected}")]
    Client {
        /// The claim with the client's id, or all claims that may contain it.
        claim: String,
        /// The value of the claim.
        given: Excerpts,
        /// The configured client ids.
        expected: Excerpts,
    },
    /// The subject claim is missing.
    #[error("{0} is missing")]
    NoSubject(String),
    /// The value of a claim is malformed.
    #[error("{claim} {problem}")]
    Claim {
        /// The claim.
        claim: String,
        /// What is wrong with its value.
        problem: ClaimProblem,
    },
    /// `exp` is missing.
    #[error("exp is missing")]
    NoExpiry,
    /// The token is not valid yet.
    #[error("not before {seconds} s from now ({claim}; leeway_seconds = {leeway})")]
    NotYet {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// The time until then, in seconds.
        seconds: i64,
        /// The configured leeway, in seconds.
        leeway: i64,
    },
    /// The lifetime of the token exceeds the issuer's limit.
    #[error("lives longer than max_lifetime_seconds: {seconds} s, at most {limit} s")]
    Lifetime {
        /// The lifetime of the token, in seconds.
        seconds: i64,
        /// The configured limit, in seconds.
        limit: i64,
    },
    /// The token has expired.
    #[error("expired {seconds} s ago (leeway_seconds = {leeway})")]
    Expired {
        /// The time since then, in seconds.
        seconds: i64,
        /// The configured leeway, in seconds.
        leeway: i64,
    },
    /// The header's `typ` is not accepted.
    #[error("typ is {given}, expected one of {expected}")]
    Type {
        /// The header's `typ`, if any.
        given: Excerpt,
        /// The configured types.
        expected: Excerpts,
    },
    /// A required claim is missing or has another value.
    #[error("{claim} is {state}, expected {}", .expected.as_text())]
    Required {
        /// The claim.
        claim: String,
        /// `missing` or `different`. The value itself may be personal data.
        state: &'static str,
        /// The configured value, as JSON.
        expected: Excerpt,
    },
}

/// What is wrong with the value of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimProblem {
    /// It is not a string.
    #[error("is not a string")]
    NotString,
    /// It is neither a string nor an integer.
    #[error("is neither a string nor an integer")]
    NotStringOrInteger,
    /// It is an empty string.
    #[error("is empty")]
    Empty,
    /// It has more than 255 characters.
    #[error("has more than 255 characters")]
    Long,
    /// It has control characters.
    #[error("has control characters")]
    Control,
    /// It is not a UUID.
    #[error("is not a UUID")]
    NotUuid,
    /// It is neither a string nor an array of strings.
    #[error("is neither a string nor an array of strings")]
    NotStrings,
    /// It is not a number of seconds since 1970.
    #[error("is not a number of seconds since 1970")]
    NotTime,
}

impl TokenError {
    /// Returns the kind of error for the client.
    pub fn kind(&self) -> AuthErrorKind {
        match self {
            Self::KeysUnavailable => AuthErrorKind::Unavailable,
            Self::NoSubject(_) => AuthErrorKind::NoSubject,
            Self::Expired { .. } => AuthErrorKind::Expired,
            Self::Type { .. } | Self::Required { .. } => AuthErrorKind::WrongKind,
            Self::TooLong(_)
            | Self::Parts(_)
            | Self::Encoding(_)
            | Self::Json(_)
            | Self::HeaderMember(_)
            | Self::Critical
            | Self::UnknownAlgorithm(_)
            | Self::NoIssuer
            | Self::IssuerForm
            | Self::IssuerMissing(_)
            | Self::Issuer { .. }
            | Self::Algorithm { .. }
            | Self::UnknownKey { .. }
            | Self::NoKey { .. }
            | Self::Signature { .. }
            | Self::Audience { .. }
            | Self::Client { .. }
            | Self::Claim { .. }
            | Self::NoExpiry
            | Self::NotYet { .. }
            | Self::Lifetime { .. } => AuthErrorKind::Invalid,
        }
    }

    /// Returns a stable identifier of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::Parts(_) | Self::Encoding(_) | Self::Json(_) | Self::HeaderMember(_) => {
                "malformed_token"
            }
            Self::Critical => "critical_extension",
            Self::UnknownAlgorithm(_) | Self::Algorithm { .. } => "algorithm",
            Self::NoIssuer | Self::IssuerForm | Self::IssuerMissing(_) | Self::Issuer { .. } => {
                "unknown_issuer"
            }
            Self::KeysUnavailable => "keys_unavailable",
            Self::UnknownKey { .. } | Self::NoKey { .. } => "unknown_key",
            Self::Signature { .. } => "wrong_signature",
            Self::Audience { .. } => "wrong_audience",
            Self::Client { .. } => "wrong_client",
            Self::NoSubject(_) => "no_subject",
            Self::Claim { .. } | Self::NoExpiry => "malformed_claim",
            Self::NotYet { .. } => "not_yet_valid",
            Self::Lifetime { .. } => "lifetime",
            Self::Expired { .. } => "expired",
            Self::Type { .. } => "wrong_type",
            Self::Required { .. } => "required_claim",
        }
    }
}

impl From<TokenError> for AuthError {
    fn from(error: TokenError) -> Self {
        Self {
            kind: error.kind(),
            code: error.code(),
            issuer: None,
            key_id: None,
            reason: Some(error.into()),
        }
    }
}

fn parts_hint(parts: usize) -> &'static str {
    match parts {
        1 => " (an opaque token or an API key)",
        5 => " (an encrypted token)",
        _ => "",
    }
}

fn slash_hint(given: &Excerpt, expected: &Excerpts) -> &'static str {
    let bare = given.as_text().trim_end_matches('/');
    let mut names = expected.texts();
    if names.any(|name| name.trim_end_matches('/') == bare) {
        " (they differ by a slash at the end)"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_short_line_for_any_token() {
        let long = "x\n\u{1b}\"".repeat(10_000);
        let many: Vec<&str> = vec![&long; 1_000];
        let error = TokenError::Audience {
            given: Excerpts::new(many.iter().copied()),
            expected: Excerpts::new(["a", "b"]),
        };
        let message = error.to_string();
        assert!(
            message.len() < 8_192 && !message.contains(['\n', '\u{1b}']),
            "{message}"
        );
        assert!(
            message.ends_with(r#", and 992 more], expected one of ["a", "b"]"#),
            "{message}"
        );
    }

    #[test]
    fn the_message_mentions_a_missing_slash() {
        let check = |given: &str, expected: bool| {
            let error = TokenError::Issuer {
                given: Excerpt::new(given),
                expected: Excerpts::new(["https://id.example.com/"]),
            };
            assert_eq!(error.to_string().contains("slash"), expected, "{error}");
        };
        check("https://id.example.com", true);
        check("https://id.example.com//", true);
        check("https://id.example.org", false);
    }
}
