//! The settings and the state of an import.

use super::{
    plan::{ClaimSet, Known},
    report::{LineReport, Outcome},
    settings::ImportSettings,
};
use crate::{BulkRepository, Error, Result, TenantId};

/// The state of an import.
pub(super) struct ImportState<'a> {
    pub(super) repository: &'a dyn BulkRepository,
    pub(super) settings: ImportSettings<'a>,
    pub(super) known: Known,
    /// The values of all lines, if nothing is written.
    pub(super) seen: ClaimSet,
    pub(super) reports: Vec<LineReport>,
    pub(super) is_stopped: bool,
}

/// A line that is not written yet.
pub(super) struct Pending<T> {
    pub(super) number: u64,
    pub(super) value: T,
}

impl ImportState<'_> {
    /// Adds the report of a line.
    pub(super) fn report(&mut self, report: LineReport) {
        self.is_stopped |= self.settings.fail_fast && report.outcome == Outcome::Rejected;
        self.reports.push(report);
    }

    /// Reads which of `ids` exist.
    pub(super) async fn learn_tenants(&mut self, mut ids: Vec<TenantId>) -> Result<()> {
        ids.retain(|id| !self.known.tenants.contains_key(id));
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            let existing = self.repository.existing_tenants(&ids).await?;
            let tenants = ids.into_iter().map(|id| (id, existing.contains(&id)));
            self.known.tenants.extend(tenants);
        }
        Ok(())
    }
}

/// Returns whether the error is caused by the records rather than the store.
pub(super) fn is_of_record(error: &Error) -> bool {
    !matches!(error, Error::Unavailable(_))
}
