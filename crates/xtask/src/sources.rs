//! Checks the source files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The maximum length of a file in lines, tests included.
const MAX_LINES: usize = 400;
/// Files of the host that may name dialects: their list, and an example in a doc comment.
const LISTS_OF_DIALECTS: [&str; 2] = ["dialect_registry.rs", "program.rs"];

/// Returns the broken rules, each with its file.
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

/// Returns the names of the dialects: the crates with a folder `exchanges`.
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
        problems.push("rename it: module foo is foo.rs next to foo/".to_owned());
    }
    if !text.starts_with("//!") && !text.starts_with("#![") {
        problems.push("the first line must be a doc comment of the file".to_owned());
    }
    // In two parts, so that this file does not break the rule.
    if text.contains(concat!("#[", "allow(")) {
        problems.push("use expect with a reason instead of allow".to_owned());
    }
    let is_host = name.starts_with("crates/host/src");
    if is_host && !LISTS_OF_DIALECTS.iter().any(|list| name.ends_with(list)) {
        // Unit tests, which come last, may name dialects.
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
    fn broken_rules_are_reported() {
        check("crates/core/src/a.rs", "//! A file.\n", &[]);
        let long = format!("//! A file.\n{}", "\n".repeat(MAX_LINES));
        check("crates/core/src/a.rs", &long, &["401 lines; at most 400"]);
        check(
            "a/mod.rs",
            "//! A file.\n",
            &["rename it: module foo is foo.rs next to foo/"],
        );
        check(
            "a.rs",
            "use std;\n",
            &["the first line must be a doc comment of the file"],
        );
        let allow = concat!("//! A file.\n#[", "allow(dead_code)]\n");
        check(
            "a.rs",
            allow,
            &["use expect with a reason instead of allow"],
        );
        let host = "//! A file.\nuse manyface_iam::NAME;\n";
        check("crates/host/src/a.rs", host, &["names the dialect iam"]);
        check("crates/host/src/dialect_registry.rs", host, &[]);
        check("crates/store/src/a.rs", host, &[]);
    }
}
