//! `manyface import`

mod checkpoint;
mod input;

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use manyface_core::{
    ImportSettings, Importer, LineReport, OnConflict, Outcome, Provenance, RecordError,
    RecordObject, UserRecord,
};
use manyface_dialect::{Dialect, ReadUser};

use self::{checkpoint::Checkpoint, input::Input};
use super::output::{json, say};
use crate::{
    Config, Failure, database::ready_store, dialect_registry::mint_external_ids, media::Media,
    system,
};

/// The maximum number of lines per transaction.
const BATCH_LINES: usize = 500;
/// The size of the lines from which a batch is written, in bytes.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file with one JSON object per line; - means standard input
    file: PathBuf,
    /// The dialect of the lines, which are users in the form of its responses
    #[arg(long = "as", value_name = "DIALECT")]
    dialect: Option<String>,
    /// Check and report all lines, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// What to do with a line whose record exists with other values
    #[arg(long, value_enum, default_value_t)]
    on_conflict: Conflict,
    /// Stop at the first rejected line; the lines before it are imported
    #[arg(long)]
    fail_fast: bool,
    /// Record the progress in this file, and continue from it if it exists
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    checkpoint: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Conflict {
    /// Keep the stored record
    Skip,
    /// Change the stored user
    Update,
    /// Reject the line
    #[default]
    Fail,
}

impl From<Conflict> for OnConflict {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Skip => Self::Skip,
            Conflict::Update => Self::Update,
            Conflict::Fail => Self::Fail,
        }
    }
}

/// Imports the file and prints a report of the lines on standard output: of all lines if nothing is
/// written, otherwise of those that were updated, skipped or rejected.
pub(crate) async fn run(config: Config, args: ImportArgs) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let bulk = store.bulk();
    let dialects = config.dialect_registry.dialects();
    let complete = |user: &mut UserRecord, adds_ids: bool| complete(user, adds_ids, &dialects);
    let read = reader(&config, args.dialect.as_deref())?;
    let files = Media::open(&config, &store)?.stored_files();
    let settings = ImportSettings {
        on_conflict: args.on_conflict.into(),
        dry_run: args.dry_run,
        fail_fast: args.fail_fast,
        provenance: Provenance::operator(system::now()),
        reserved: config.reserved_usernames(),
        files: Some(&*files),
        complete: &complete,
        new_id: &|at| {
            let id = system::profile_id(at);
            id.map_err(|failure| RecordError::new("id", failure))
        },
        read: &read,
    };
    let mut input = Input::open(&args.file)?;
    let checkpoint = Checkpoint::open(args.checkpoint, &mut input)?;
    let bar = progress_bar(&input);
    let mut importer = Importer::new(&*bulk, settings);
    let mut outcomes = BTreeMap::new();
    loop {
        let batch = input.read(BATCH_LINES, BATCH_BYTES)?;
        if batch.is_empty() || importer.is_stopped() {
            break;
        }
        for report in importer.run(&batch).await? {
            *outcomes.entry(report.outcome).or_insert(0_u64) += 1;
            if args.dry_run || is_reported(&report) {
                bar.suspend(|| json(&report))?;
            }
        }
        if !importer.is_stopped() {
            checkpoint.save(&input)?;
        }
        bar.set_position(input.bytes());
    }
    bar.finish_and_clear();
    if !importer.is_stopped() {
        checkpoint.remove()?;
    }
    summarise(&outcomes, args.dry_run)
}

/// Returns the function that reads a line.
fn reader(config: &Config, dialect: Option<&str>) -> Result<ReadUser, Failure> {
    let Some(name) = dialect else {
        return Ok(|line| RecordObject::parse(line).map_err(|error| vec![error]));
    };
    let dialect = config.dialect_registry.find("--as", name)?;
    let read = dialect.capabilities.read_user;
    read.ok_or_else(|| Failure::Usage(format!("--as: responses of {name} cannot be imported")))
}

fn is_reported(report: &LineReport) -> bool {
    match report.outcome {
        Outcome::Updated | Outcome::Rejected => true,
        // Histories that exist already are skipped change by change.
        Outcome::Skipped => report.kind != Some("change"),
        Outcome::Added | Outcome::Unchanged => false,
    }
}

fn summarise(outcomes: &BTreeMap<Outcome, u64>, dry_run: bool) -> Result<(), Failure> {
    let count = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
    let rejected = count(Outcome::Rejected);
    let summary = format!(
        "{} added, {} updated, {} unchanged, {} skipped, {rejected} rejected",
        count(Outcome::Added),
        count(Outcome::Updated),
        count(Outcome::Unchanged),
        count(Outcome::Skipped),
    );
    let note = if dry_run { "; nothing was written" } else { "" };
    say(&format!("manyface: {summary}{note}"));
    match rejected {
        0 => Ok(()),
        1 => Err(Failure::Finding("1 line was rejected".to_owned())),
        _ => Err(Failure::Finding(format!("{rejected} lines were rejected"))),
    }
}

/// Hidden if standard error is no terminal.
fn progress_bar(input: &Input) -> ProgressBar {
    let (bar, template) = match input.length() {
        Some(length) => (
            ProgressBar::new(length),
            "{bar:40} {bytes} of {total_bytes}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {elapsed}"),
    };
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Checks external ids and operator data of a user and, if `adds_ids`, adds missing ids.
fn complete(user: &mut UserRecord, adds_ids: bool, dialects: &[Dialect]) -> Vec<RecordError> {
    let profile = &mut user.profile;
    let find = |name: &str| dialects.iter().find(|dialect| dialect.name == name);
    let mut errors = Vec::new();
    for (name, id) in &profile.external_ids {
        let message = match find(name).map(|dialect| dialect.external_ids) {
            None => format!("has the unknown dialect {name}"),
            Some(None) => format!("has an id of {name}, which uses canonical ids only"),
            Some(Some(ids)) if !(ids.is_valid)(id) => format!("has no valid id of {name}"),
            Some(Some(_)) => continue,
        };
        errors.push(RecordError::new("external_ids", message));
    }
    for (name, data) in &profile.operator_data {
        let checked = match find(name) {
            None => Err("is an unknown dialect".to_owned()),
            Some(dialect) => (dialect.check_operator_data)(data),
        };
        if let Err(error) = checked {
            errors.push(RecordError::new(format!("operator_data.{name}"), error));
        }
    }
    if adds_ids {
        mint_external_ids(profile, dialects);
    }
    errors
}
