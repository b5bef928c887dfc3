//! Optional capabilities of a dialect beyond profiles.

use manyface_core::{BlobKey, BlobKind, Blobs, Profile, Result, ResumeRecords, SignedDuration};

use crate::{BoxFuture, ReadUser};

/// Optional capabilities of a dialect that need operator commands or background work. Empty by
/// default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Capabilities {
    /// API keys of accounts and apps.
    pub api_keys: Option<ApiKeyRules>,
    /// Files that profiles refer to.
    pub files: Option<ProfileFiles>,
    /// Reads the dialect's own response bodies in an import.
    pub read_user: Option<ReadUser>,
}

/// The rules of a dialect for its API keys.
#[derive(Clone, Copy, Debug)]
pub struct ApiKeyRules {
    /// The scopes of a key that is created without explicit scopes.
    pub default_scopes: &'static [&'static str],
    /// Returns whether a string has the form of an account id.
    pub is_account: fn(&str) -> bool,
    /// Returns whether a string has the form of an app id.
    pub is_app: fn(&str) -> bool,
    /// Returns whether a string is a version of the API.
    pub is_version: fn(&str) -> bool,
}

/// The files that profiles refer to.
#[derive(Clone, Copy, Debug)]
pub struct ProfileFiles {
    /// The path under the dialect's base, with a trailing slash.
    pub path: &'static str,
    /// Returns the file that a profile refers to.
    pub file_of: fn(&Profile) -> Option<(BlobKind, BlobKey)>,
    /// Removes files that no profile refers to and that are at least as old as the given duration,
    /// and returns their number.
    pub collect: Collect,
}

/// Removes unused files ([`ProfileFiles::collect`]).
pub type Collect = for<'a> fn(
    &'a dyn Blobs,
    &'a dyn ResumeRecords,
    SignedDuration,
) -> BoxFuture<'a, Result<usize>>;
