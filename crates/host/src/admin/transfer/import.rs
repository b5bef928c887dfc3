//! Imports.

use std::time::Duration;

use manyface_core::{Importer, LineReport, OnConflict, Operator, Outcome, Provenance, TenantLimit};
use serde::{Deserialize, Serialize};

use super::{
    export::send,
    lines::LineReader,
    ports::{ImportOptions, ImportPorts},
};
use crate::admin::{
    AdminProblem, AdminResponse, Call,
    body::{Chunk, ChunkSender, Chunks, Input},
};

/// The maximum number of lines per transaction.
pub(crate) const BATCH_LINES: usize = 500;
/// The size of the lines from which a batch is written, in bytes.
pub(crate) const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// The maximum length of a line, in bytes: an image in all its sizes in base64.
pub(crate) const MAX_LINE: usize = 64 * 1024 * 1024;
/// The maximum time of an import.
const TIMEOUT: Duration = Duration::from_secs(3_600);

/// The maximum size of the rest of a body that is read after the end of the import, in bytes.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;
const DISCARD_TIMEOUT: Duration = Duration::from_secs(30);

/// The number of lines by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReportCounts {
    pub(crate) added: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) skipped: u64,
    pub(crate) rejected: u64,
}

impl ReportCounts {
    pub(crate) fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Added => &mut self.added,
            Outcome::Updated => &mut self.updated,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Rejected => &mut self.rejected,
        };
        *count += 1;
    }

    /// Adds the counts of another part of the lines.
    pub(crate) fn add_all(&mut self, other: Self) {
        let Self {
            added,
            updated,
            unchanged,
            skipped,
            rejected,
        } = other;
        self.added += added;
        self.updated += updated;
        self.unchanged += unchanged;
        self.skipped += skipped;
        self.rejected += rejected;
    }
}

/// Returns whether the line of `report` is reported although it was written.
pub(crate) fn is_reported(report: &LineReport) -> bool {
    match report.outcome {
        Outcome::Updated | Outcome::Rejected => true,
        // Histories that exist already are skipped change by change.
        Outcome::Skipped => report.kind != Some("change"),
        Outcome::Added | Outcome::Unchanged => false,
    }
}

/// An import that runs while its body is received.
struct ImportJob {
    ports: ImportPorts,
    options: ImportOptions,
    operator: Operator,
    provenance: Provenance,
    first_line: u64,
}

pub(super) async fn import(mut call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let options = ImportOptions {
        on_conflict: match call.query("on_conflict") {
            Some("skip") => OnConflict::Skip,
            Some("update") => OnConflict::Update,
            Some("fail") | None => OnConflict::Fail,
            Some(_) => {
                let detail = "on_conflict must be skip, update or fail";
                return Err(AdminProblem::bad_request(detail));
            }
        },
        dry_run: call.flag("dry_run")?,
        fail_fast: call.flag("fail_fast")?,
    };
    let first_line: Option<u32> = call.parse_query("first_line", "a number")?;
    let job = ImportJob {
        ports: ImportPorts::open(call.api, "as", call.query("as"))?,
        options,
        operator: call.operator.clone(),
        provenance: call.provenance.clone(),
        first_line: first_line.unwrap_or(1).into(),
    };
    let missing = || AdminProblem::bad_request("the body is missing");
    let Input { chunks, slot } = call.input.take().ok_or_else(missing)?;
    let (sender, reports) = Chunks::channel();
    tokio::spawn(async move {
        let max_line = match job.operator.tenant {
            Some(_) => TenantLimit::MAX_LINE,
            None => MAX_LINE,
        };
        let mut lines = LineReader::new(chunks, job.first_line, max_line);
        let run = tokio::time::timeout(TIMEOUT, job.run(&mut lines, &sender));
        let run = run.await.unwrap_or_else(|_| {
            let detail = "the import took too long; send the rest in another request";
            Err((true, AdminProblem::bad_request(detail)))
        });
        match run {
            Ok(()) => drop(sender.send(Chunk::End).await),
            // The first line decides on the status of the response.
            Err((false, problem)) => drop(sender.send(Chunk::Failed(problem)).await),
            Err((true, problem)) => {
                problem.log("");
                let line = AdminResponse::from(problem).body;
                if send(&sender, &[line]).await.is_ok() {
                    drop(sender.send(Chunk::End).await);
                }
            }
        }
        drop(sender);
        // Clients that send the whole body before they read would lose the response.
        let rest = lines.discard(MAX_DISCARDED);
        drop(tokio::time::timeout(DISCARD_TIMEOUT, rest).await);
        drop(slot);
    });
    Ok(AdminResponse::lines(reports.started().await?))
}

impl ImportJob {
    /// Imports the lines and sends reports. An error comes with the flag whether a report was sent.
    async fn run(
        &self,
        lines: &mut LineReader,
        sender: &ChunkSender,
    ) -> Result<(), (bool, AdminProblem)> {
        let provenance = self.provenance.clone();
        let settings = self
            .ports
            .settings(self.options, &self.operator, provenance);
        let mut importer = Importer::new(&*self.ports.bulk, settings);
        let mut counts = ReportCounts::default();
        let mut is_started = false;
        while !importer.is_stopped() {
            let batch = lines.read(BATCH_LINES, BATCH_BYTES).await;
            let batch = batch.map_err(|problem| (is_started, problem))?;
            if batch.is_empty() {
                break;
            }
            let reports = importer.run(&batch).await;
            let reports = reports.map_err(|error| (is_started, error.into()))?;
            let mut texts = Vec::new();
            for report in &reports {
                counts.add(report.outcome);
                if self.options.dry_run || is_reported(report) {
                    texts.push(to_line(report));
                }
            }
            is_started |= !texts.is_empty();
            let sent = send(sender, &texts).await;
            sent.map_err(|problem| (true, problem))?;
        }
        let sent = send(sender, &[to_line(&counts)]).await;
        sent.map_err(|problem| (true, problem))
    }
}

fn to_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("reports have string keys")
}
