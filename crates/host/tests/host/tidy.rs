//! House rules that a test can hold.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn files_are_short_and_silence_nothing_without_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for folder in ["crates", "examples"] {
        sources(&root.join(folder), &mut found);
    }
    assert!(found.len() > 50);
    // Written in two parts, so that this file is not found.
    let allow = concat!("#[", "allow(");
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display();
        assert!(
            text.lines().count() <= 400,
            "{name} has more than 400 lines"
        );
        assert!(
            !path.ends_with("mod.rs"),
            "{name}: foo.rs beside foo/, never mod.rs"
        );
        assert!(
            text.starts_with("//!") || text.starts_with("#!["),
            "{name} says not what it is"
        );
        assert!(
            !text.contains(allow),
            "{name}: expect with a reason, never allow"
        );
    }
}
