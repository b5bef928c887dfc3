//! The result of a run.

use std::{fs, thread};

use serde::Serialize;

use crate::{
    Failure, Result,
    block::Block,
    growth::Grown,
    options::Run,
    summary::{Blocks, Row},
    table,
    targets::{Target, targets},
};

/// The result of a run and its circumstances.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    cores: usize,
    profiles: u64,
    seconds: u32,
    pairs: u32,
    rows: Vec<Row>,
    targets: Vec<Target>,
    growth: Vec<Grown>,
    blocks: Vec<Block>,
}

impl Report {
    pub(crate) fn of(run: &Run, blocks: Vec<Block>, growth: Vec<Grown>) -> Self {
        let rows = Blocks(&blocks).rows();
        Self {
            cores: thread::available_parallelism().map_or(0, usize::from),
            profiles: run.profiles,
            seconds: run.seconds(),
            pairs: run.pairs(),
            targets: targets(Blocks(&blocks), &rows, &growth),
            rows,
            growth,
            blocks,
        }
    }

    /// Tables for people.
    pub(crate) fn text(&self) -> String {
        let Self {
            cores,
            profiles,
            seconds,
            pairs,
            rows,
            targets,
            growth,
            blocks: _,
        } = self;
        let circumstances =
            format!("{cores} cores, {profiles} profiles, blocks of {seconds} s, {pairs} of each\n");
        let mut parts = vec![circumstances];
        if !rows.is_empty() {
            parts.push(table::contenders(rows));
        }
        if !growth.is_empty() {
            parts.push(table::growth(growth));
        }
        parts.push(table::targets(targets));
        parts.join("\n")
    }

    /// Writes the report as JSON if a file is given.
    pub(crate) fn write(&self, run: &Run) -> Result<()> {
        let Some(file) = &run.json else {
            return Ok(());
        };
        let failed = |e| Failure::could_not(&format!("write {}", file.display()), e);
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from);
        fs::write(file, text.map_err(failed)? + "\n").map_err(failed)
    }
}
