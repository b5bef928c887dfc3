//! `manyface import`

mod checkpoint;
mod input;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use manyface_core::{Importer, OnConflict, Operator};

use self::{checkpoint::Checkpoint, input::Input};
use super::output::{line, say};
use crate::{
    Config, Failure,
    admin::{
        AdminClient, BATCH_BYTES, BATCH_LINES, ImportOptions, ImportPorts, ReportCounts, Server,
        ServerOptions, is_reported,
    },
    system,
};

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    server: ServerOptions,
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

/// Where an import writes.
enum Target {
    /// The database, with one importer for all lines.
    Direct(Box<ImportPorts>, Operator),
    /// A server, which imports each batch of lines as one request.
    Server(Server),
}

/// Imports the file and prints a report of the lines on standard output: of all lines if nothing is
/// written, otherwise of those that were updated, skipped or rejected.
pub(crate) async fn run(config: Config, args: ImportArgs) -> Result<(), Failure> {
    let options = ImportOptions {
        on_conflict: args.on_conflict.into(),
        dry_run: args.dry_run,
        fail_fast: args.fail_fast,
    };
    let dialect = args.dialect.as_deref();
    let target = match AdminClient::open(&config, &args.server).await? {
        AdminClient::Direct { api, operator } => {
            let ports = ImportPorts::open(&api, "--as", dialect)?;
            Target::Direct(Box::new(ports), operator)
        }
        AdminClient::Server(server) => Target::Server(server),
    };
    let mut input = Input::open(&args.file)?;
    let checkpoint = Checkpoint::open(args.checkpoint, &mut input)?;
    let bar = progress_bar(&input);
    let mut importer = match &target {
        Target::Direct(ports, operator) => {
            let provenance = operator.provenance(system::now(), "");
            let settings = ports.settings(options, operator, provenance);
            Some(Importer::new(&*ports.bulk, settings))
        }
        Target::Server(_) => None,
    };
    let mut counts = ReportCounts::default();
    let mut is_stopped = false;
    while !is_stopped {
        let batch = input.read(BATCH_LINES, BATCH_BYTES)?;
        let Some(first) = batch.first() else {
            break;
        };
        let mut reports = Vec::new();
        match (&target, &mut importer) {
            (Target::Server(server), _) => {
                let query = query(options, dialect, first.number);
                let texts = batch.iter().map(|line| format!("{}\n", line.text));
                let (lines, own) = server.import(query, texts.collect()).await?;
                reports = lines;
                counts.add_all(own);
                is_stopped = options.fail_fast && own.rejected > 0;
            }
            (Target::Direct(..), Some(importer)) => {
                for report in importer.run(&batch).await? {
                    counts.add(report.outcome);
                    if options.dry_run || is_reported(&report) {
                        let text = serde_json::to_string(&report);
                        reports.push(text.map_err(|e| Failure::could_not("write JSON", e))?);
                    }
                }
                is_stopped = importer.is_stopped();
            }
            (Target::Direct(..), None) => {}
        }
        bar.suspend(|| reports.iter().try_for_each(|report| line(report)))?;
        if !is_stopped {
            checkpoint.save(&input)?;
        }
        bar.set_position(input.bytes());
    }
    bar.finish_and_clear();
    if !is_stopped {
        checkpoint.remove()?;
    }
    summarise(counts, args.dry_run)
}

/// Returns the query of a request that imports lines.
fn query(options: ImportOptions, dialect: Option<&str>, first_line: u64) -> Vec<(String, String)> {
    let ImportOptions {
        on_conflict,
        dry_run,
        fail_fast,
    } = options;
    let on_conflict = match on_conflict {
        OnConflict::Skip => "skip",
        OnConflict::Update => "update",
        OnConflict::Fail => "fail",
    };
    let mut query = vec![
        ("on_conflict", on_conflict.to_owned()),
        ("dry_run", dry_run.to_string()),
        ("fail_fast", fail_fast.to_string()),
        ("first_line", first_line.to_string()),
    ];
    query.extend(dialect.map(|dialect| ("as", dialect.to_owned())));
    let query = query.into_iter();
    query
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn summarise(counts: ReportCounts, dry_run: bool) -> Result<(), Failure> {
    let ReportCounts {
        added,
        updated,
        unchanged,
        skipped,
        rejected,
    } = counts;
    let note = if dry_run { "; nothing was written" } else { "" };
    say(&format!(
        "manyface: {added} added, {updated} updated, {unchanged} unchanged, {skipped} skipped, \
         {rejected} rejected{note}"
    ));
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
