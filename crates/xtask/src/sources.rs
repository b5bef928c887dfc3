//! Rules of the source files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The most lines of a file, tests included.
const MAX_LINES: usize = 400;
/// Where the host may name dialects: the list of them, and an example in a doc comment.
const LISTS_OF_DIALECTS: [&str; 2] = ["dialect_registry.rs", "program.rs"];

/// Returns which files break a rule, and which rule.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["crates", "examples"] {
        collect(&root.join(folder), &mut files);
    }
    let mut problems = Vec::new();
    if files.len() < 50 {
        problems.push(format!("found only {} source files", files.len()));
    }
    let dialects = dialects(root);
    for path in files {
        let name = path.strip_prefix(root).unwrap_or(&path);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let found = problems_of(name, &text, &dialects).into_iter();
                problems.extend(found.map(|problem| format!("{}: {problem}", name.display())));
            }
            Err(error) => problems.push(format!("{}: {error}", name.display())),
        }
    }
    problems
}

/// Returns the names of the dialects: the crates that have exchanges.
pub(crate) fn dialects(root: &Path) -> Vec<String> {
    let crates = fs::read_dir(root.join("crates")).into_iter().flatten();
    let crates = crates
        .flatten()
        .filter(|entry| entry.path().join("exchanges").is_dir());
    crates
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn problems_of(name: &Path, text: &str, dialects: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!("{lines} lines; at most {MAX_LINES}"));
    }
    if name.ends_with("mod.rs") {
        problems.push("name it foo.rs beside foo/".to_owned());
    }
    if !text.starts_with("//!") && !text.starts_with("#![") {
        problems.push("the first line must say what the file is".to_owned());
    }
    // Written in two parts, so that this file is not found.
    if text.contains(concat!("#[", "allow(")) {
        problems.push("use expect with a reason in place of allow".to_owned());
    }
    let is_host = name.starts_with("crates/host/src");
    if is_host && !LISTS_OF_DIALECTS.iter().any(|list| name.ends_with(list)) {
        // Unit tests may: they come last.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let named = dialects
            .iter()
            .filter(|dialect| code.contains(&format!("manyface_{dialect}")));
        problems.extend(named.map(|dialect| format!("names the dialect {dialect}")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str, expected: &[&str]) {
        let dialects = ["iam".to_owned()];
        assert_eq!(problems_of(Path::new(name), text, &dialects), expected);
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        check("crates/core/src/a.rs", "//! A file.\n", &[]);
        let long = format!("//! A file.\n{}", "\n".repeat(MAX_LINES));
        check("crates/core/src/a.rs", &long, &["401 lines; at most 400"]);
        check("a/mod.rs", "//! A file.\n", &["name it foo.rs beside foo/"]);
        check(
            "a.rs",
            "use std;\n",
            &["the first line must say what the file is"],
        );
        let allow = concat!("//! A file.\n#[", "allow(dead_code)]\n");
        check(
            "a.rs",
            allow,
            &["use expect with a reason in place of allow"],
        );
        let host = "//! A file.\nuse manyface_iam::NAME;\n";
        check("crates/host/src/a.rs", host, &["names the dialect iam"]);
        check("crates/host/src/dialect_registry.rs", host, &[]);
        check("crates/store/src/a.rs", host, &[]);
    }
}
