//! The dated versions of the contract.

use std::fmt;

use http::HeaderName;
use manyface_core::{Caller, Subject};
use manyface_dialect::{Request, Response};

/// The header of the version, in requests and responses.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("api-version-date");

/// All versions, the oldest first. A second release on one day has a suffix.
const KNOWN: [&str; 51] = [
    "2025-01-01",
    "2026-06-08",
    "2026-06-09",
    "2026-06-20",
    "2026-07-01",
    "2026-07-08",
    "2026-07-08-1",
    "2026-07-18",
    "2026-07-20",
    "2026-07-22",
    "2026-07-23",
    "2026-07-25",
    "2026-07-26",
    "2026-07-27",
    "2026-07-29",
    "2026-07-29-1",
    "2026-07-31",
    "2026-08-03",
    "2026-08-05",
    "2026-08-05-1",
    "2026-08-10",
    "2026-08-12",
    "2026-08-13",
    "2026-08-14",
    "2026-08-21",
    "2026-08-21-1",
    "2026-08-25",
    "2026-08-25-1",
    "2026-08-25-2",
    "2026-08-31",
    "2026-09-02",
    "2026-09-02-1",
    "2026-09-02-2",
    "2026-09-04",
    "2026-09-06",
    "2026-09-09",
    "2026-09-09-1",
    "2026-09-11",
    "2026-09-11-1",
    "2026-09-13",
    "2026-09-15",
    "2026-09-22",
    "2026-09-22-1",
    "2026-09-22-2",
    "2026-09-22-3",
    "2026-09-22-4",
    "2026-09-23",
    "2026-10-07-2",
    "2026-10-08",
    "2026-10-13-1",
    "2026-10-15-1",
];

/// The error of a request for a version that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownVersion;

/// A known version. Newer versions are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version(&'static str);

impl Version {
    /// The version of requests without a version.
    pub(crate) const ORIGINAL: Self = Self(KNOWN[0]);
    /// The newest version, which the code implements.
    pub(crate) const NEWEST: Self = Self(KNOWN[KNOWN.len() - 1]);

    /// Parses the exact name of a version.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        KNOWN.into_iter().find(|known| *known == name).map(Self)
    }

    /// Returns the version of a request: that of the header, otherwise that of the API key, otherwise
    /// the original one.
    pub(crate) fn of(request: &Request) -> Result<Self, UnknownVersion> {
        let mut values = request.headers.get_all(HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => pin(&request.caller)
                .map_or(Some(Self::ORIGINAL), Self::parse)
                .ok_or(UnknownVersion),
            (Some(name), None) => name
                .to_str()
                .ok()
                .and_then(Self::parse)
                .ok_or(UnknownVersion),
            (Some(_), Some(_)) => Err(UnknownVersion),
        }
    }

    /// Returns whether this version is older than the version `name`.
    pub(crate) fn is_before(self, name: &str) -> bool {
        self.0 < name
    }

    /// Returns the name of the version.
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }

    /// Returns all versions, the oldest first.
    #[cfg(test)]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        KNOWN.into_iter().map(Self)
    }
}

/// Adds the header with the version to a response.
pub(crate) fn add_header(request: &Request, response: Response) -> Response {
    match Version::of(request) {
        Ok(version) => response.with_text(HEADER, version.as_str()),
        Err(_) => response,
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

fn pin(caller: &Caller) -> Option<&str> {
    match &caller.subject {
        Subject::ApiKey(holder) => holder.api_version.as_deref(),
        Subject::User(_) | Subject::Anonymous => None,
    }
}

/// Returns the list of versions in the message for an unknown one.
pub(crate) fn list() -> String {
    KNOWN.join(", ")
}

/// Returns whether `name` is a version that an API key may be pinned to.
pub(crate) fn is_version(name: &str) -> bool {
    Version::parse(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_chronological_order() {
        assert!(KNOWN.is_sorted());
        assert!(Version::all().all(|version| is_version(version.as_str())));
    }

    #[test]
    fn versions_of_one_day_are_ordered_by_suffix() {
        let version = |name| Version::parse(name).unwrap();
        assert!(version("2026-07-08") < version("2026-07-08-1"));
        assert!(version("2026-09-22-4") < version("2026-09-23"));
        assert!(version("2026-08-13").is_before("2026-08-21"));
        assert!(!version("2026-08-21").is_before("2026-08-21"));
        assert!(!version("2026-08-21-1").is_before("2026-08-21"));
    }

    #[test]
    fn other_names_are_not_versions() {
        for name in [
            "",
            " 2026-07-01",
            "2026-07-02",
            "2026-07-01-1",
            "2026-7-1",
            "latest",
        ] {
            assert!(!is_version(name), "{name:?}");
        }
    }
}
