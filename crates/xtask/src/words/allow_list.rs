//! The exceptions.

use std::{fs, path::Path};

use toml::{Table, Value};

/// The allow-list, relative to the root of the repository.
pub(super) const PATH: &str = "crates/xtask/words.toml";

/// The allow-list, and which of its entries were used.
pub(super) struct AllowList(Vec<Entry>);

struct Entry {
    path: String,
    /// The word, or `*`.
    word: String,
    /// The required content of the line.
    text: String,
    is_used: bool,
}

impl AllowList {
    /// Reads the file; its entries may name only the given words.
    pub(super) fn read(root: &Path, words: &[&str]) -> Result<Self, String> {
        let text = fs::read_to_string(root.join(PATH))
            .map_err(|error| format!("cannot read {PATH}: {error}"))?;
        Self::parse(&text, words).map_err(|problem| format!("{PATH}: {problem}"))
    }

    pub(super) fn parse(text: &str, words: &[&str]) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        let entries = table.get("allow").and_then(Value::as_array);
        let entries = entries.into_iter().flatten().map(|entry| {
            let get = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            let is_word = get("word") == "*" || words.contains(&get("word"));
            if get("path").is_empty() || get("reason").is_empty() || !is_word {
                return Err(format!(
                    "an entry needs path, reason, and word (a word of the list, or *): {entry}"
                ));
            }
            Ok(Entry {
                path: get("path").to_owned(),
                word: get("word").to_owned(),
                text: get("text").to_owned(),
                is_used: false,
            })
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a word is allowed in a line of a file.
    pub(super) fn allows(&mut self, path: &str, word: &str, line: &str) -> bool {
        let mut entries = self.0.iter_mut();
        let entry = entries.find(|entry| {
            (entry.word == "*" || entry.word == word)
                && line.contains(&entry.text)
                && matches_glob(&entry.path, path)
        });
        if let Some(entry) = entry {
            entry.is_used = true;
            return true;
        }
        false
    }

    /// Returns a problem for each entry that allowed nothing.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.0.iter().filter(|entry| !entry.is_used);
        let problems = unused.map(|entry| {
            let Entry {
                path, word, text, ..
            } = entry;
            format!("{PATH}: unused entry: path {path:?}, word {word:?}, text {text:?}")
        });
        problems.collect()
    }
}

/// Whether a path matches a pattern in which `*` means any characters, also slashes.
fn matches_glob(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            let mut ends = path.char_indices().map(|(index, _)| index);
            matches_glob(rest, "") || ends.any(|index| matches_glob(rest, &path[index..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(word: &str, rest: &str) -> Result<AllowList, String> {
        let text = format!("[[allow]]\npath = \"docs/*.md\"\nword = \"{word}\"\n{rest}");
        AllowList::parse(&text, &["face", "stand"])
    }

    #[test]
    fn an_entry_allows_its_word_in_its_lines() {
        let mut list = parse("stand", "reason = \"a quotation\"\ntext = \"said\"").unwrap();
        assert!(!list.allows("docs/a.md", "stand", "stands"));
        assert!(!list.allows("docs/a.md", "face", "said"));
        assert!(!list.allows("docs/a.rs", "stand", "said"));
        assert_eq!(list.unused().len(), 1);
        assert!(list.allows("docs/a/b.md", "stand", "he said that it stands"));
        assert_eq!(list.unused(), Vec::<String>::new());
    }

    #[test]
    fn an_entry_needs_a_known_word_and_a_reason() {
        assert!(parse("stand", "").is_err());
        assert!(parse("other", "reason = \"a quotation\"").is_err());
        assert!(parse("*", "reason = \"a quotation\"").is_ok());
    }

    #[test]
    fn a_star_matches_any_characters() {
        assert!(matches_glob("a*", "a") && matches_glob("*c", "a/b/c"));
        assert!(!matches_glob("a", "ab") && !matches_glob("a*d", "abc"));
    }
}
