//! Content types and content codings.

use http::{HeaderMap, header};

/// Why the representation of a body is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// The operation does not read bodies of this type.
    #[error("Content-Type must be application/json")]
    Type,
    /// The body has a content coding.
    #[error("Content-Encoding must be identity or absent")]
    Coding,
    /// The charset is not UTF-8.
    #[error("the charset must be utf-8 or absent")]
    Charset,
}

/// Checks that the body has no content coding. Codings are case-insensitive; an empty one and
/// `identity` mean no coding (RFC 9110 §8.4.1).
pub fn check_coding(headers: &HeaderMap) -> Result<(), Unsupported> {
    let is_identity = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let value = value.to_str().map_err(|_| Unsupported::Coding)?;
        if !value.split(',').map(str::trim).all(is_identity) {
            return Err(Unsupported::Coding);
        }
    }
    Ok(())
}

/// Checks that `content_type` is `application/json`, and that its charset is UTF-8 or absent.
pub fn check_json(content_type: &str) -> Result<(), Unsupported> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Unsupported::Type);
    }
    match charset(content_type) {
        None | Some("") => Ok(()),
        Some(charset) if charset.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(charset) if charset.eq_ignore_ascii_case("utf8") => Ok(()),
        Some(_) => Err(Unsupported::Charset),
    }
}

/// Returns the value of the first `charset` parameter of a content type, without quotes.
pub fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then_some(value.trim().trim_matches('"').trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn json_in_utf8_is_accepted() {
        for text in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json ; odata=verbose",
            "application/json; charset=",
            "application/json; charset=\"\"",
        ] {
            assert_eq!(check_json(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn unsupported_types_and_charsets_have_different_errors() {
        for (text, reason) in [
            ("", Unsupported::Type),
            ("text/plain", Unsupported::Type),
            ("text/plain; charset=utf-16", Unsupported::Type),
            ("application/x-www-form-urlencoded", Unsupported::Type),
            ("application/merge-patch+json", Unsupported::Type),
            ("application/jsonp", Unsupported::Type),
            ("text/html; application/json", Unsupported::Type),
            ("application/json; charset=iso-8859-1", Unsupported::Charset),
            ("application/json; CHARSET=UTF-16", Unsupported::Charset),
            ("application/json; a=b; charset=x", Unsupported::Charset),
        ] {
            assert_eq!(check_json(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn identity_and_empty_codings_are_accepted() {
        let check = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            check_coding(&headers)
        };
        for values in [
            &[][..],
            &[""],
            &[" "],
            &["identity"],
            &["Identity"],
            &["IDENTITY, identity"],
            &["identity", ""],
        ] {
            assert_eq!(check(values), Ok(()), "{values:?}");
        }
        for values in [
            &["gzip"][..],
            &["GZIP"],
            &["identity, gzip"],
            &["identity", "br"],
            &["identity;q=1"],
        ] {
            assert_eq!(check(values), Err(Unsupported::Coding), "{values:?}");
        }
    }
}
