//! The combined server with one dialect more.

use manyface_dialect::Dialect;

/// The dialects of manyface, and one of our own.
pub fn dialects() -> Vec<Dialect> {
    let mut dialects = manyface::dialects();
    dialects.push(fifth_dialect::dialect());
    dialects
}
