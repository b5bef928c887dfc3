//! `manyface catalogue load`

use std::{fs, io::Read, path::Path};

use indicatif::{ProgressBar, ProgressStyle};
use manyface_core::{CatalogueKind, TenantId};

use super::add;
use crate::{
    Failure,
    admin::{AdminClient, catalogue_entry},
    commands::output::say,
};

/// The number of names added per request and transaction. With long descriptions, they fit a body.
pub(super) const BATCH_SIZE: usize = 100;

/// Adds all names of the file, or none if a line is invalid.
pub(super) async fn run(
    client: &AdminClient,
    owner: Option<TenantId>,
    kind: CatalogueKind,
    file: &Path,
) -> Result<(), Failure> {
    let names = parse_names(&read_file(file)?)?;
    // Hidden if standard error is no terminal.
    let bar = ProgressBar::new(names.len() as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} names, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut added = 0;
    for batch in names.chunks(BATCH_SIZE) {
        added += add(client, owner, kind, batch).await?.added;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    let known = names.len() as u64 - added;
    say(&format!(
        "manyface: {added} names added, {known} already existed"
    ));
    Ok(())
}

fn read_file(file: &Path) -> Result<String, Failure> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.map_err(|error| Failure::could_not(&format!("read {}", file.display()), error))
}

fn parse_names(text: &str) -> Result<Vec<(String, Option<String>)>, Failure> {
    let mut names = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let (name, description) = match line.split_once('\t') {
            Some((name, description)) => (name, Some(description)),
            None => (line, None),
        };
        let entry = catalogue_entry(name, description);
        let (name, description) = entry.map_err(|error| {
            let place = index + 1;
            Failure::Finding(format!("line {place}: {error}; nothing was added"))
        })?;
        names.push((name.as_str().to_owned(), description));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_a_name_and_an_optional_description() {
        let names = parse_names("Rust\tA language.\n\n Go \r\nC++\t\n").unwrap();
        let names: Vec<_> = names
            .iter()
            .map(|(name, description)| (name.as_str(), description.as_deref()))
            .collect();
        assert_eq!(
            names,
            [("Rust", Some("A language.")), ("Go", None), ("C++", None)]
        );
    }

    #[test]
    fn errors_name_the_line() {
        let failure = parse_names(&format!("Rust\n{}\n", "x".repeat(101))).unwrap_err();
        let message = failure.to_string();
        assert!(message.starts_with("line 2: a name must be at most 100 characters"));
    }
}
