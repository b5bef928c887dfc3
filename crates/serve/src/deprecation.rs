//! Announcements that operations or API versions will be removed.

use http::{HeaderName, HeaderValue, header};
use manyface_core::Timestamp;
use manyface_dialect::Response;

/// RFC 9745.
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// RFC 8594.
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The deprecation of operations of a dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// The dialect.
    pub dialect: String,
    /// The operation's id; `None` for all operations.
    pub operation: Option<String>,
    /// The API version; `None` for all versions.
    pub api_version: Option<String>,
    /// The time since which the use is deprecated.
    pub since: Timestamp,
    /// The time after which the operation may be removed.
    pub sunset: Option<Timestamp>,
    /// The URL of a page for developers of clients.
    pub link: Option<String>,
}

impl Deprecation {
    /// Returns whether the deprecation applies to a response.
    pub(crate) fn applies(&self, dialect: &str, operation: &str, api_version: &str) -> bool {
        let is_same =
            |own: &Option<String>, other: &str| own.as_ref().is_none_or(|own| own == other);
        self.dialect == dialect
            && is_same(&self.operation, operation)
            && is_same(&self.api_version, api_version)
    }

    /// Adds the headers `Deprecation`, `Sunset` and `Link` to a response.
    pub(crate) fn announce(&self, response: Response) -> Response {
        let since = format!("@{}", self.since.as_second());
        let mut response = response.with_text(DEPRECATION, &since);
        if let Some(sunset) = self.sunset {
            let date = sunset.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            response = response.with_text(SUNSET, &date);
        }
        let link = self.link.as_ref();
        let link = link
            .and_then(|url| HeaderValue::from_str(&format!("<{url}>; rel=\"deprecation\"")).ok());
        if let Some(link) = link {
            response.headers.append(header::LINK, link);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn deprecations_are_announced_in_headers() {
        let deprecation = Deprecation {
            dialect: "whop".to_owned(),
            operation: None,
            api_version: Some("2025-01-01".to_owned()),
            since: Timestamp::UNIX_EPOCH,
            sunset: Some("2027-01-02T03:04:05Z".parse().unwrap()),
            link: Some("https://a.example/b".to_owned()),
        };
        assert!(deprecation.applies("whop", "any", "2025-01-01"));
        assert!(!deprecation.applies("whop", "any", "2026-01-01"));
        assert!(!deprecation.applies("iam", "any", "2025-01-01"));
        let response = deprecation.announce(Response::empty(StatusCode::OK));
        let header = |name: &str| response.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(header("deprecation"), "@0");
        assert_eq!(header("sunset"), "Sat, 02 Jan 2027 03:04:05 GMT");
        assert_eq!(header("link"), "<https://a.example/b>; rel=\"deprecation\"");
    }
}
