//! The dialects of the program. Add a new dialect here, or pass it from another program.

use std::fmt;

use manyface_core::{BlobKey, BlobKind, Profile};
use manyface_dialect::Dialect;

use crate::Failure;

/// Returns the built-in dialects.
pub fn dialects() -> Vec<Dialect> {
    vec![
        manyface_movieknight::dialect(),
        manyface_whop::dialect(),
        manyface_tenant::dialect(),
        manyface_iam::dialect(),
    ]
}

/// Gives a profile an id in each dialect for which it has none.
pub(crate) fn mint_external_ids(profile: &mut Profile, dialects: &[Dialect]) {
    for dialect in dialects {
        if let Some(ids) = dialect.external_ids
            && !profile.external_ids.contains_key(dialect.name)
        {
            let id = (ids.mint)(profile);
            profile.external_ids.insert(dialect.name.to_owned(), id);
        }
    }
}

/// Returns the stored files that a profile refers to.
pub(crate) fn files_of(profile: &Profile, dialects: &[Dialect]) -> Vec<(BlobKind, BlobKey)> {
    let files = dialects.iter();
    let files = files.filter_map(|dialect| dialect.capabilities.files);
    files.filter_map(|files| (files.file_of)(profile)).collect()
}

/// The dialects of a program; by default, [`dialects`].
#[derive(Clone, Copy)]
pub struct DialectRegistry(fn() -> Vec<Dialect>);

impl DialectRegistry {
    /// Creates a registry of the dialects that `dialects` returns.
    pub const fn of(dialects: fn() -> Vec<Dialect>) -> Self {
        Self(dialects)
    }

    /// Returns all dialects.
    pub fn dialects(self) -> Vec<Dialect> {
        (self.0)()
    }

    /// Returns the names of all dialects.
    pub fn names(self) -> Vec<&'static str> {
        let dialects = self.dialects().into_iter();
        dialects.map(|dialect| dialect.name).collect()
    }
}

impl DialectRegistry {
    /// Returns the dialect of this name. The error names `option`.
    pub(crate) fn find(self, option: &str, name: &str) -> Result<Dialect, Failure> {
        let mut dialects = self.dialects().into_iter();
        dialects
            .find(|dialect| dialect.name == name)
            .ok_or_else(|| {
                let known = self.names().join(", ");
                Failure::Usage(format!(
                    "{option}: there is no dialect {name}; known are {known}"
                ))
            })
    }
}

impl Default for DialectRegistry {
    fn default() -> Self {
        Self(dialects)
    }
}

/// Compares the dialects by name.
impl PartialEq for DialectRegistry {
    fn eq(&self, other: &Self) -> bool {
        self.names() == other.names()
    }
}

impl fmt::Debug for DialectRegistry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("DialectRegistry")
            .field(&self.names())
            .finish()
    }
}
