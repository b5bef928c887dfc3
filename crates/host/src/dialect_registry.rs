//! The dialects of this program. A new dialect is one line here, or in another program.

use std::fmt;

use manyface_dialect::Dialect;

use crate::Failure;

/// Every dialect that can be mounted.
pub fn dialects() -> Vec<Dialect> {
    vec![
        manyface_movieknight::dialect(),
        manyface_whop::dialect(),
        manyface_tenant::dialect(),
        manyface_iam::dialect(),
    ]
}

/// The dialects that a program knows: [`dialects`], unless it says otherwise.
#[derive(Clone, Copy)]
pub struct DialectRegistry(fn() -> Vec<Dialect>);

impl DialectRegistry {
    /// Those that `dialects` makes.
    pub const fn of(dialects: fn() -> Vec<Dialect>) -> Self {
        Self(dialects)
    }

    /// Every one of them.
    pub fn dialects(self) -> Vec<Dialect> {
        (self.0)()
    }

    /// Their names.
    pub fn names(self) -> Vec<&'static str> {
        let dialects = self.dialects().into_iter();
        dialects.map(|dialect| dialect.name).collect()
    }
}

impl DialectRegistry {
    /// The dialect by this name, which `option` names.
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

/// By their names.
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
