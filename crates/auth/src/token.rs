//! A signed token in its compact form (RFC 7515 §7.1), read but not believed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{Algorithm, strict_json};

/// The longest token that is read, in bytes.
pub(crate) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// A well-formed token.
pub(crate) struct Token<'a> {
    pub(crate) header: Header,
    pub(crate) claims: Map<String, Value>,
    /// What is signed: header, dot, claims.
    pub(crate) message: &'a [u8],
    pub(crate) signature: Vec<u8>,
}

/// What is read of a token's header. `jku`, `jwk`, `x5u` and `x5c` are not.
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    /// `kid`: only ever compared.
    pub(crate) key_id: Option<String>,
    /// `typ`.
    pub(crate) token_type: Option<String>,
}

impl<'a> Token<'a> {
    /// Reads `text`; `None` if it is not exactly one token.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        Some(Self {
            header: Header::parse(&decode(header)?)?,
            claims: strict_json::parse_object(&decode(claims)?)?,
            message: message.as_bytes(),
            signature: decode(signature)?,
        })
    }
}

impl Header {
    fn parse(json: &[u8]) -> Option<Self> {
        let mut members = strict_json::parse_object(json)?;
        // No extension is understood, so none may be critical (RFC 7515 §4.1.11).
        if members.contains_key("crit") {
            return None;
        }
        Some(Self {
            algorithm: Algorithm::parse(members.get("alg")?.as_str()?)?,
            key_id: text(members.remove("kid"))?,
            token_type: text(members.remove("typ"))?,
        })
    }
}

/// Base64url without padding, with every bit of the last character accounted for. A dot is none of
/// its characters, so a fourth part fails here.
fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// A text if there is a member; the outer `None` if the member is something else.
#[expect(
    clippy::option_option,
    reason = "absent and wrong are different answers"
)]
fn text(member: Option<Value>) -> Option<Option<String>> {
    match member {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_),
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: bool) {
        assert_eq!(
            Header::parse(header.as_bytes()).is_some(),
            expected,
            "{header}"
        );
    }

    #[test]
    fn a_header_is_read_strictly() {
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
