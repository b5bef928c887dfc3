//! The dated versions of the contract.

use std::fmt;

use http::HeaderName;
use manyface_core::{Caller, Subject};
use manyface_dialect::{Input, Request, Response};

use crate::WhopError;

/// The header of the version, in requests and responses.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("api-version-date");

/// Every version that is known, the oldest first. A second release of one day has a suffix.
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

/// One known version. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version(&'static str);

impl Version {
    /// The version of requests that name none.
    pub(crate) const ORIGINAL: Self = Self(KNOWN[0]);
    /// The newest one, whose shapes the code is written in.
    pub(crate) const NEWEST: Self = Self(KNOWN[KNOWN.len() - 1]);

    /// The version of this name, to the letter.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        KNOWN.into_iter().find(|known| *known == name).map(Self)
    }

    /// The version of a request: the header's, else the one that the API
    /// key is pinned to, else the original one.
    pub(crate) fn of(request: &Request) -> Result<Self, WhopError> {
        let mut asked = request.headers.get_all(HEADER).iter();
        match (asked.next(), asked.next()) {
            (None, _) => pin(&request.caller)
                .map_or(Some(Self::ORIGINAL), Self::parse)
                .ok_or(WhopError::UnknownVersion),
            (Some(name), None) => name
                .to_str()
                .ok()
                .and_then(Self::parse)
                .ok_or(WhopError::UnknownVersion),
            (Some(_), Some(_)) => Err(WhopError::UnknownVersion),
        }
    }

    /// Whether this is older than the version called `name`.
    pub(crate) fn is_before(self, name: &str) -> bool {
        self.0 < name
    }

    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        self.0
    }

    /// All versions, the oldest first.
    #[cfg(test)]
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        KNOWN.into_iter().map(Self)
    }
}

impl Input<'_, WhopError> for Version {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Self::of(request)
    }
}

/// Returns `response` with the version that it is written in.
pub(crate) fn name_version(request: &Request, response: Response) -> Response {
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

/// The known versions, as the rejection of an unknown one lists them.
pub(crate) fn list() -> String {
    KNOWN.join(", ")
}

/// Whether `name` is a version of this dialect, that an API key may be pinned to.
pub(crate) fn is_version(name: &str) -> bool {
    Version::parse(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_time() {
        assert!(KNOWN.is_sorted());
        assert!(Version::all().all(|version| is_version(version.as_str())));
    }

    #[test]
    fn versions_of_one_day_follow_each_other() {
        let version = |name| Version::parse(name).unwrap();
        assert!(version("2026-07-08") < version("2026-07-08-1"));
        assert!(version("2026-09-22-4") < version("2026-09-23"));
        assert!(version("2026-08-13").is_before("2026-08-21"));
        assert!(!version("2026-08-21").is_before("2026-08-21"));
        assert!(!version("2026-08-21-1").is_before("2026-08-21"));
    }

    #[test]
    fn nothing_else_is_a_version() {
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
