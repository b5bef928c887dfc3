//! Parsing of signed tokens in compact form (RFC 7515 §7.1). Nothing is verified here.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    Algorithm, Excerpt, strict_json,
    token_error::{MAX_TOKEN_BYTES, TokenError},
};

/// A well-formed token.
pub(crate) struct Token<'a> {
    pub(crate) header: Header,
    pub(crate) claims: Map<String, Value>,
    /// The signed part: the encoded header, a dot and the encoded claims.
    pub(crate) message: &'a [u8],
    pub(crate) signature: Vec<u8>,
}

/// The used fields of a token's header. `jku`, `jwk`, `x5u` and `x5c` are ignored.
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    /// `kid`, which is only compared.
    pub(crate) key_id: Option<String>,
    /// `typ`.
    pub(crate) token_type: Option<String>,
}

impl<'a> Token<'a> {
    /// Parses `text`, which must be exactly one token.
    pub(crate) fn parse(text: &'a str) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong(text.len()));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Parts(text.split('.').count()));
        };
        Ok(Self {
            header: Header::parse(&decode(header, "header")?)?,
            claims: parse_object(&decode(claims, "payload")?, "payload")?,
            message: &text.as_bytes()[..header.len() + 1 + claims.len()],
            signature: decode(signature, "signature")?,
        })
    }
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, TokenError> {
        let mut members = parse_object(json, "header")?;
        // No extension is supported, so none may be critical (RFC 7515 §4.1.11).
        if members.contains_key("crit") {
            return Err(TokenError::Critical);
        }
        let name = text(&mut members, "alg")?.ok_or(TokenError::HeaderMember("alg"))?;
        let unknown = || TokenError::UnknownAlgorithm(Excerpt::new(&name));
        Ok(Self {
            algorithm: Algorithm::parse(&name).ok_or_else(unknown)?,
            key_id: text(&mut members, "kid")?,
            token_type: text(&mut members, "typ")?,
        })
    }
}

/// Decodes base64url without padding, whose unused bits must be zero.
fn decode(part: &str, name: &'static str) -> Result<Vec<u8>, TokenError> {
    let decoded = URL_SAFE_NO_PAD.decode(part);
    decoded.map_err(|_| TokenError::Encoding(name))
}

fn parse_object(json: &[u8], name: &'static str) -> Result<Map<String, Value>, TokenError> {
    strict_json::parse_object(json).ok_or(TokenError::Json(name))
}

/// Removes a member, which must be a string if it is present.
fn text(
    members: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, TokenError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_),
        ) => Err(TokenError::HeaderMember(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: bool) {
        assert_eq!(
            Header::parse(header.as_bytes()).is_ok(),
            expected,
            "{header}"
        );
    }

    #[test]
    fn headers_are_parsed_strictly() {
        check(r#"{"alg":"HS256"}"#, true);
        check(
            r#"{"alg":"HS256","typ":"JWT","kid":"1","jku":"https://x","jwk":{},"x5c":[]}"#,
            true,
        );
        check(r#"{"typ":"JWT"}"#, false);
        check(r#"{"alg":["HS256"]}"#, false);
        check(r#"{"alg":"HS256","kid":1}"#, false);
        check(r#"{"alg":"HS256","kid":null}"#, false);
        check(r#"{"alg":"HS256","typ":{}}"#, false);
        check(r#"{"alg":"HS256","alg":"HS256"}"#, false);
        check(r#"{"alg":"HS256","x":1,"x":1}"#, false);
        check(r#"{"alg":"HS256","crit":["exp"]}"#, false);
        check(r#"{"alg":"HS256","crit":null}"#, false);
        check(r#"["HS256"]"#, false);
    }
}
