//! Comparing with the document that is committed.

use std::{env, fs, path::Path};

/// The document's name, beside the adapter's `Cargo.toml`.
const FILE: &str = "openapi.json";

/// Compares `document` with the committed one, or writes it where `OPENAPI_WRITE` is set.
pub(super) fn check(directory: &str, package: &str, document: &str) {
    let path = Path::new(directory).join(FILE);
    if env::var_os("OPENAPI_WRITE").is_some() {
        fs::write(&path, document).expect("the document can be written");
        return;
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if let Some(place) = difference(&committed, document) {
        panic!(
            "{} is stale from line {place} on; renew it with `just openapi`, or \
             `OPENAPI_WRITE=1 cargo test -p {package} openapi`",
            path.display()
        );
    }
}

/// The first line in which two texts differ, counted from 1.
fn difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let mut pairs = one.lines().zip(other.lines());
    let same = pairs.position(|(one, other)| one != other);
    Some(1 + same.unwrap_or_else(|| one.lines().count().min(other.lines().count())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(difference("", "a\n"), Some(1));
        assert_eq!(difference("a\n", "a"), Some(2));
    }
}
