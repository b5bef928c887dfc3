//! The origins whose pages may read responses.

use std::{
    collections::{BTreeSet, HashMap},
    net::{Ipv4Addr, Ipv6Addr},
};

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderValue},
};
use url::Url;

const ANY: &str = "*";

/// The origins whose pages may read responses. None by default: then no response has a CORS header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins {
    is_any: bool,
    has_loopback: bool,
    exact: BTreeSet<String>,
}

/// The allowed origins of each dialect, by name.
///
/// Images belong to no dialect, so the origins of all dialects may read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialectOrigins(HashMap<String, AllowedOrigins>);

impl AllowedOrigins {
    /// Allows the pages that this machine serves: `http` and `https` on any port of `localhost`, of
    /// a name below it, or of a loopback address.
    pub fn loopback() -> Self {
        Self {
            has_loopback: true,
            ..Self::default()
        }
    }

    /// Parses origins as browsers send them (`https://app.example.com`), or `*` for all. Returns a
    /// message about the first invalid one as the error.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut origins = Self::default();
        for text in texts {
            if text == ANY {
                origins.is_any = true;
            } else {
                check_origin(text)?;
                origins.exact.insert(text.to_owned());
            }
        }
        Ok(origins)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether all origins are allowed.
    pub(crate) fn are_all(&self) -> bool {
        self.is_any
    }

    fn extend(&mut self, other: &Self) {
        self.is_any |= other.is_any;
        self.has_loopback |= other.has_loopback;
        self.exact.extend(other.exact.iter().cloned());
    }

    /// Returns the value of `Access-Control-Allow-Origin`, or `None` for other origins and for
    /// requests without one.
    pub(crate) fn grant(&self, request: &HttpRequest) -> Option<HeaderValue> {
        if self.is_any {
            return Some(HeaderValue::from_static(ANY));
        }
        let mut values = request.headers().get_all(header::ORIGIN);
        let origin = values.next().filter(|_| values.next().is_none())?;
        let text = origin.to_str().ok()?;
        let is_allowed =
            self.exact.contains(text) || (self.has_loopback && is_loopback_origin(text));
        is_allowed.then(|| origin.clone())
    }
}

impl DialectOrigins {
    /// Creates a table from pairs of a dialect's name and its origins.
    pub fn new(origins: impl IntoIterator<Item = (String, AllowedOrigins)>) -> Self {
        Self(origins.into_iter().collect())
    }

    /// Returns the origins of the dialect with this name.
    pub(crate) fn of(&self, dialect: &str) -> Option<&AllowedOrigins> {
        self.0.get(dialect)
    }

    /// Returns the origins of all dialects together.
    pub(crate) fn of_all(&self) -> AllowedOrigins {
        let mut origins = AllowedOrigins::default();
        for some in self.0.values() {
            origins.extend(some);
        }
        origins
    }
}

/// Returns a message if `text` is not an origin as a browser serializes it.
fn check_origin(text: &str) -> Result<(), String> {
    const EXAMPLE: &str = "write an origin, such as https://app.example.com";
    if text == "null" {
        return Err(format!("null is shared by unrelated pages; {EXAMPLE}"));
    }
    if text.contains('*') {
        let message = "origins have no patterns; list each one, or use \"*\" for all of them";
        return Err(message.to_owned());
    }
    let url = Url::parse(text).map_err(|error| format!("{error}; {EXAMPLE}"))?;
    let origin = url.origin();
    if origin.is_tuple() && matches!(url.scheme(), "http" | "https") {
        let serialized = origin.ascii_serialization();
        return if serialized == text {
            Ok(())
        } else {
            Err(format!("browsers send {serialized}; write that"))
        };
    }
    // Browser extensions and apps, such as capacitor://localhost.
    let is_app = !origin.is_tuple()
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.path().is_empty()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str() == text;
    is_app
        .then_some(())
        .ok_or_else(|| format!("not an origin; {EXAMPLE}"))
}

/// Returns whether an origin, as browsers send it, is of a page that this machine serves.
pub fn is_loopback_origin(text: &str) -> bool {
    let rest = text.strip_prefix("http://");
    let Some(rest) = rest.or_else(|| text.strip_prefix("https://")) else {
        return false;
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match rest.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        Some(_) | None => rest,
    };
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let is_localhost = |name: &str| {
        name == "localhost" || (name.ends_with(".localhost") && name.bytes().all(is_plain))
    };
    let v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match (v6, host.parse::<Ipv4Addr>()) {
        (Some(v6), _) => v6.parse::<Ipv6Addr>().is_ok_and(|v6| v6.is_loopback()),
        (None, Ok(v4)) => v4.is_loopback(),
        (None, Err(_)) => is_localhost(host),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_granted(origins: &AllowedOrigins, origin: &str) -> bool {
        let request = TestRequest::get().insert_header((header::ORIGIN, origin));
        let grant = origins.grant(&request.to_http_request());
        assert!(grant.as_ref().is_none_or(|grant| grant == origin));
        grant.is_some()
    }

    #[test]
    fn only_listed_origins_are_allowed() {
        let list = [
            "https://app.example.com",
            "http://127.0.0.1:3000",
            "capacitor://localhost",
        ];
        let origins = AllowedOrigins::parse(list).unwrap();
        for origin in list {
            assert!(is_granted(&origins, origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "*",
            "https://app.example.com:443",
            "https://app.example.com/",
            "https://app.example.com.evil.example",
            "https://evil.example/https://app.example.com",
            "https://APP.example.com",
            "http://app.example.com",
            "https://app.example.com https://app.example.com",
            "https://app.example.com, https://evil.example",
            "http://127.0.0.1:3001",
            "http://localhost:3000",
        ] {
            assert!(!is_granted(&origins, origin), "{origin}");
        }
        let request = TestRequest::get().append_header((header::ORIGIN, list[0]));
        let twice = request.append_header((header::ORIGIN, list[0]));
        assert_eq!(origins.grant(&twice.to_http_request()), None);
        assert_eq!(origins.grant(&TestRequest::get().to_http_request()), None);
    }

    #[test]
    fn every_origin_gets_the_same_response() {
        let origins = AllowedOrigins::parse(["*"]).unwrap();
        let grant = origins.grant(&TestRequest::get().to_http_request());
        assert_eq!(grant, Some(HeaderValue::from_static("*")));
    }

    #[test]
    fn loopback_origins_have_any_port() {
        let origins = AllowedOrigins::loopback();
        for (origin, is_allowed) in [
            ("http://localhost", true),
            ("http://localhost:5173", true),
            ("https://localhost:8443", true),
            ("http://app.localhost:3000", true),
            ("http://127.0.0.1:3000", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:3000", true),
            ("http://[::1]", true),
            ("https://127.0.0.1", true),
            ("http://[::1]:8460", true),
            ("", false),
            ("http://evil.example", false),
            ("http://10.0.0.1", false),
            ("http://[2001:db8::1]", false),
            ("http://localhost:", false),
            ("http://localhost:x", false),
            ("http://localhost:80/", false),
            ("http://localhost:80@evil.example", false),
            ("http://user@app.localhost", false),
            ("http://evil.example/.localhost", false),
            ("http://localhost.evil.example", false),
            ("http://evillocalhost", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://128.0.0.1", false),
            ("http://[::2]", false),
            ("http://[::1", false),
            ("http://LOCALHOST", false),
            ("ftp://localhost", false),
            ("null", false),
        ] {
            assert_eq!(is_granted(&origins, origin), is_allowed, "{origin}");
        }
    }

    #[test]
    fn configured_origins_are_as_browsers_send_them() {
        for origin in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://[::1]:8080",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert!(AllowedOrigins::parse([origin]).is_ok(), "{origin}");
        }
        for (origin, message) in [
            (
                "https://App.example.com",
                "browsers send https://app.example.com",
            ),
            (
                "https://app.example.com:443",
                "browsers send https://app.example.com",
            ),
            (
                "https://app.example.com/",
                "browsers send https://app.example.com",
            ),
            (
                "https://u:secret@a.example/x",
                "browsers send https://a.example;",
            ),
            (
                "https://bücher.example",
                "browsers send https://xn--bcher-kva.example",
            ),
            ("null", "null is shared"),
            ("https://*.example.com", "no patterns"),
            ("app.example.com", "write an origin"),
            ("", "write an origin"),
            ("file:///x", "not an origin"),
            ("data:text/plain,x", "not an origin"),
            ("wss://a.example", "not an origin"),
            ("capacitor://localhost/x", "not an origin"),
        ] {
            let error = AllowedOrigins::parse([origin]).unwrap_err();
            assert!(error.contains(message), "{origin}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
