//! The destinations of reports.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use manyface_conformance::{Delta, Report};

use super::ConformArgs;
use crate::{Failure, commands::output};

/// The path that means standard output.
const STANDARD: &str = "-";

/// Reports to write, whose files could be opened.
pub(super) struct Outputs(Vec<(PathBuf, Format)>);

#[derive(Clone, Copy, Debug)]
enum Format {
    Json,
    Junit,
    Html,
}

impl Outputs {
    /// Checks before the run that the reports can be written.
    pub(super) fn open(args: &ConformArgs) -> Result<Self, Failure> {
        let ConformArgs {
            json, junit, html, ..
        } = args;
        let named = [
            (json, Format::Json),
            (junit, Format::Junit),
            (html, Format::Html),
        ];
        let named = named.into_iter().filter_map(|(path, format)| {
            let path = path.clone()?;
            Some((path, format))
        });
        let outputs: Vec<_> = named.collect();
        let standard = outputs.iter().filter(|(path, _)| is_standard(path)).count();
        if standard > 1 {
            let message = "only one report can go to standard output".to_owned();
            return Err(Failure::Usage(message));
        }
        for (path, _) in outputs.iter().filter(|(path, _)| !is_standard(path)) {
            // An existing report is kept until the new one is written.
            let opened = OpenOptions::new().append(true).create(true).open(path);
            opened.map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
        }
        Ok(Self(outputs))
    }

    pub(super) fn write(&self, report: &Report, delta: Option<&Delta>) -> Result<(), Failure> {
        for (path, format) in &self.0 {
            let text = match format {
                Format::Json => report.to_json(delta),
                Format::Junit => report.to_junit(),
                Format::Html => report.to_html(delta),
            };
            if is_standard(path) {
                output::line(text.trim_end())?;
            } else {
                let written = fs::write(path, text);
                let what = format!("write {}", path.display());
                written.map_err(|error| Failure::could_not(&what, error))?;
            }
        }
        Ok(())
    }
}

fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}
