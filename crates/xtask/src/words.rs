//! Counts words that the project does not use, because HTTP, SQL or Rust has a standard term.

mod allow_list;
mod parts;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{self, Write},
    path::Path,
    process::Command,
};

use self::{
    allow_list::AllowList,
    parts::{Gap, Kind, Part, split},
};

/// Words and phrases, each with its other forms. Case is ignored. Identifiers are split at
/// underscores and capitals.
const WORDS: &[&str] = &[
    "answer|answers|answered|answering|answerable",
    "as you like",
    "beside",
    "bury|buries|buried|burying",
    "cast",
    "comes along|come along|came along",
    "desk|desks",
    "doom|dooms|doomed",
    "arrow|arrows",
    "face|faces",
    "fact|facts",
    "good one|good ones",
    "habit|habits",
    "household|households",
    "is none",
    "lane|lanes",
    "looks at|looked at",
    "nasty",
    "nobody",
    "of its own",
    "pace|paces|paced|pacing",
    "patience",
    "play|plays|played|playing",
    "refuse|refuses|refused|refusing|refusal|refusals",
    "seat|seats|seated",
    "somebody",
    "speak|speaks|speaking|spoke|spoken|speaker",
    "stage|stages|staged",
    "stand|stands|stood|standing",
    "tell|tells|telling|told",
    "the kit",
    "the page",
    "tidily",
    "unspeakable",
    "upkeep",
    "verdict|verdicts",
    "voice|voices|voiced",
    "where there is",
    "whoever",
    "whomever",
    "wording|wordings",
];
/// Standard terms that contain one of the words. Any characters may stand between their parts.
const STANDARD: &[&str] = &[
    "connection refused",
    "connections refused",
    "stand alone",
    "stand by",
    "the page cache",
    "the page size",
];

/// The forms of words, and the words, under the first part of each form.
type Index = HashMap<&'static str, Vec<(&'static str, &'static str)>>;

/// Prints each word to replace and a total per word; returns the problems.
///
/// Unused entries of the allow-list are problems if the whole repository is checked.
pub(crate) fn check(root: &Path, paths: &[&str]) -> Vec<String> {
    let names = WORDS.iter().filter_map(|forms| forms.split('|').next());
    let names: Vec<_> = names.chain(["kept", "picture", "whose"]).collect();
    let (mut allow_list, files) = match (AllowList::read(root, &names), list_files(root, paths)) {
        (Ok(allow_list), Ok(files)) => (allow_list, files),
        (Err(problem), _) | (_, Err(problem)) => return vec![problem],
    };
    let index = index();
    let mut lines = Vec::new();
    let mut totals = BTreeMap::new();
    for path in files {
        // A file can be deleted, but still in git's index.
        let Ok(text) = fs::read_to_string(root.join(&path)) else {
            continue;
        };
        for (number, word) in find(&index, &path, &text) {
            let line = text.lines().nth(number).unwrap_or_default().trim();
            if !allow_list.allows(&path, word, line) {
                lines.push(format!("{path}:{}: {word}: {line}", number + 1));
                *totals.entry(word).or_insert(0_usize) += 1;
            }
        }
    }
    lines.extend(
        totals
            .iter()
            .map(|(word, total)| format!("{total:6} {word}")),
    );
    // A reader such as `head` may close the pipe; the problems are returned in any case.
    let _ = io::stdout().write_all((lines.join("\n") + "\n").as_bytes());
    let mut problems = Vec::new();
    let total: usize = totals.values().sum();
    if total > 0 {
        problems.push(format!(
            "{total} words to replace; CONTRIBUTING.md has the rules, {} the exceptions",
            allow_list::PATH
        ));
    }
    if paths.is_empty() {
        problems.extend(allow_list.unused());
    }
    problems
}

/// Returns a problem for each file that has one of the words in its path.
pub(crate) fn check_names(root: &Path) -> Vec<String> {
    let files = match list_files(root, &[]) {
        Ok(files) => files,
        Err(problem) => return vec![problem],
    };
    let index = index();
    let problems = files.into_iter().filter_map(|path| {
        let hits = find(&index, "paths.md", &path.replace('-', " "));
        let words: Vec<_> = hits.into_iter().map(|(_, word)| word).collect();
        (!words.is_empty()).then(|| format!("{path}: {}", words.join(", ")))
    });
    problems.collect()
}

/// Returns the forms of all words under their first part.
fn index() -> Index {
    let mut index = Index::new();
    for forms in WORDS {
        let name = forms.split('|').next().unwrap_or_default();
        for form in forms.split('|') {
            let first = form.split(' ').next().unwrap_or_default();
            index.entry(first).or_default().push((form, name));
        }
    }
    index
}

/// Returns the Rust, Markdown and TOML files under the paths, relative to the root.
fn list_files(root: &Path, paths: &[&str]) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ])
        .args(paths)
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run git ls-files: {error}"))?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let files = names.split('\0').filter(|name| Kind::of(name).is_some());
    let files: Vec<_> = files.map(str::to_owned).collect();
    if files.is_empty() {
        return Err(format!(
            "git lists no Rust, Markdown or TOML file under {paths:?}"
        ));
    }
    Ok(files)
}

/// Returns the line and the word of each hit, each once a line.
fn find(index: &Index, path: &str, text: &str) -> Vec<(usize, &'static str)> {
    let Some(kind) = Kind::of(path) else {
        return Vec::new();
    };
    let parts = split(kind, text);
    let mut hits = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let forms = index.get(part.text.as_str()).into_iter().flatten();
        let forms = forms.filter(|(form, _)| starts(&parts, at, form));
        hits.extend(forms.map(|(_, name)| (part.line, *name)));

        let begins = part.gap != Gap::Identifier;
        let is_glued = is_glued(&parts, at);
        let is_function = at > 0 && parts[at - 1].text == "fn";
        let before = &parts[at.saturating_sub(12)..at];
        let found = match part.text.as_str() {
            "picture" | "pictures" if part.is_prose && !is_glued => Some("picture"),
            "kept" if kind == Kind::Rust && begins && (is_glued || is_function) => Some("kept"),
            "whose" if before.iter().any(|part| part.text == "whose") => Some("whose"),
            _ => None,
        };
        hits.extend(found.map(|word| (part.line, word)));
    }
    hits.sort_unstable();
    hits.dedup();
    hits
}

/// Whether a word or phrase starts at a part.
fn starts(parts: &[Part], index: usize, form: &str) -> bool {
    let mut length = 0;
    for (offset, text) in form.split(' ').enumerate() {
        let Some(part) = parts.get(index + offset).filter(|part| part.text == text) else {
            return false;
        };
        if offset > 0 && part.gap == Gap::Other {
            return false;
        }
        length = offset;
    }
    match form {
        // `Option::is_none`.
        "is none" if parts[index + 1].gap == Gap::Identifier => parts[index].gap == Gap::Identifier,
        // Conversions of types have the word, too, in prose, in SQL and in names of lints.
        "cast" => !parts[index].is_prose && !parts[index].is_called && !is_glued(parts, index),
        _ => !STANDARD
            .iter()
            .any(|term| covers(parts, index, index + length, term)),
    }
}

/// Whether a part is only a part of an identifier.
fn is_glued(parts: &[Part], index: usize) -> bool {
    let next = parts.get(index + 1);
    parts[index].gap == Gap::Identifier || next.is_some_and(|next| next.gap == Gap::Identifier)
}

/// Whether a standard term covers the parts from `first` to `last`.
fn covers(parts: &[Part], first: usize, last: usize, term: &str) -> bool {
    let term: Vec<_> = term.split(' ').collect();
    (0..term.len()).any(|before| {
        let start = first.checked_sub(before);
        let found = start.and_then(|start| parts.get(start..start + term.len()));
        found.is_some_and(|found| {
            last < first - before + term.len()
                && found
                    .iter()
                    .zip(&term)
                    .all(|(part, text)| part.text == *text)
        })
    })
}
