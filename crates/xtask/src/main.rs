//! `cargo xtask lint` checks the repository; `cargo xtask generate` writes the generated files;
//! `cargo xtask words` lists words to replace.

mod dependencies;
mod generate;
mod sources;
mod words;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "\
usage: cargo xtask lint                check sources and dependencies between crates
       cargo xtask generate [--check]  write the generated files, or only compare them
       cargo xtask words [PATH...]     list words that have a standard term
       cargo xtask words --names       list them in the names of files";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let problems = match *arguments {
        ["words", "--names"] => words::check_names(&root()),
        ["words", ref paths @ ..] => words::check(&root(), paths),
        ["lint"] => lint(),
        ["generate"] => generate::run(&root(), false),
        ["generate", "--check"] => generate::run(&root(), true),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    for problem in &problems {
        eprintln!("xtask: {problem}");
    }
    if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns the rules that the repository breaks.
fn lint() -> Vec<String> {
    let mut problems = sources::check(&root());
    problems.extend(dependencies::check(&root()));
    problems.extend(words::check(&root(), &[]));
    problems
}

/// Returns the folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_passes_lint() {
        assert_eq!(super::lint(), Vec::<String>::new());
    }
}
