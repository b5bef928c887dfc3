//! The requirements of a dialect on a deployment beyond profiles.

use manyface_core::{BlobKey, BlobKind, Blobs, Profile, Result, ResumeRecords, SignedDuration};

use crate::BoxFuture;

/// What a dialect needs of a deployment beyond profiles: operator commands and background work. By
/// default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Capabilities {
    /// API keys of programs.
    pub api_keys: Option<ApiKeyRules>,
    /// Files that profiles refer to.
    pub files: Option<ProfileFiles>,
}

/// The rules of a dialect for its API keys.
#[derive(Clone, Copy, Debug)]
pub struct ApiKeyRules {
    /// The scopes of a key for which no others are given.
    pub default_scopes: &'static [&'static str],
    /// Returns whether a string is the id of an account.
    pub is_account: fn(&str) -> bool,
    /// Returns whether a string is the id of an app.
    pub is_app: fn(&str) -> bool,
    /// Returns whether a string is a version of the API.
    pub is_version: fn(&str) -> bool,
}

/// The files that profiles refer to.
#[derive(Clone, Copy, Debug)]
pub struct ProfileFiles {
    /// Their path under the dialect's base, with a slash at its end.
    pub path: &'static str,
    /// Returns the file that a profile refers to.
    pub file_of: fn(&Profile) -> Option<(BlobKind, BlobKey)>,
    /// Removes the files that were stored that long ago or earlier and that no profile refers to,
    /// and returns their number.
    pub collect: Collect,
}

/// Removes unused files ([`ProfileFiles::collect`]).
pub type Collect = for<'a> fn(
    &'a dyn Blobs,
    &'a dyn ResumeRecords,
    SignedDuration,
) -> BoxFuture<'a, Result<usize>>;
