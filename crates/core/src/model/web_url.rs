//! URLs of external images.

use serde::Serialize;
use url::Url;

/// An absolute `http` or `https` URL, kept as its author wrote it and never fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct WebUrl(String);

/// The maximum number of bytes of the host and port: a host has at most 253 characters, each of
/// which may be encoded as several bytes.
const MAX_AUTHORITY_BYTES: usize = 2_048;

/// The error for a string that is not a [`WebUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an http or https URL")]
pub struct WebUrlError;

impl WebUrl {
    /// Parses an `http` or `https` URL (WHATWG URL).
    ///
    /// Rejects parts that lenient parsers silently correct or that disguise the host: user names
    /// and passwords, white space, control characters, bidirectional controls and backslashes.
    pub fn parse(text: &str) -> Result<Self, WebUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(WebUrlError)?;
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let is_plain = |c: char| {
            let is_bidi_control = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            !c.is_whitespace() && !c.is_control() && !is_bidi_control && c != '\\'
        };
        // The parser would skip further slashes, as in `http:////host`.
        if !is_web || rest.starts_with('/') || !rest.chars().all(is_plain) {
            return Err(WebUrlError);
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.len() > MAX_AUTHORITY_BYTES {
            return Err(WebUrlError);
        }
        let url = Url::parse(text).map_err(|_| WebUrlError)?;
        if url.host_str().is_none_or(str::is_empty) || authority.contains('@') {
            return Err(WebUrlError);
        }
        Ok(Self(text.to_owned()))
    }

    /// Wraps a stored URL without validation.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the URL as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_urls_keep_their_spelling() {
        for text in [
            "https://i.imgur.com/abc.png",
            "HTTP://Example.COM",
            "http://[::1]:8080/a?b=c#d",
            "https://b\u{fc}cher.example/\u{e4}.png",
        ] {
            assert_eq!(WebUrl::parse(text).map(|url| url.0), Ok(text.to_owned()));
        }
    }

    #[test]
    fn other_urls_are_rejected() {
        for text in [
            "",
            "example.com/a.png",
            "//example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "file:///etc/passwd",
            "http:example.com",
            "http:/example.com",
            "http:///example.com",
            "https:\\\\example.com",
            "https://example.com\\@evil.example",
            "https://user:pass@example.com",
            "https://@example.com",
            "https://exa mple.com",
            "https://example.com/a\r\nSet-Cookie: x",
            "https://example.com/\u{0}",
            "https://example.com/\u{202e}gnp.exe",
            "https://",
            "https://?x",
            "http://999.1.1.1",
        ] {
            assert_eq!(WebUrl::parse(text), Err(WebUrlError), "{text:?}");
        }
    }
}
