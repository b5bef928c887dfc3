//! Writing the lines of an export, or of other sources, to a store.

use std::mem;

use super::{
    plan::{ClaimSet, Known},
    report::LineReport,
    settings::{ImportSettings, InputLine},
    state::{ImportState, Pending},
    tenant_limit::TenantLimit,
    user_input::UserInput,
    write_records::checked,
};
use crate::{BulkRepository, Record, RecordError, Result};

/// An import.
pub struct Importer<'a>(ImportState<'a>);

impl<'a> Importer<'a> {
    /// Creates an import into `repository`.
    pub fn new(repository: &'a dyn BulkRepository, settings: ImportSettings<'a>) -> Self {
        Self(ImportState {
            repository,
            settings,
            known: Known::default(),
            seen: ClaimSet::default(),
            reports: Vec::new(),
            is_stopped: false,
        })
    }

    /// Returns whether a rejected line has ended the import.
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped
    }

    /// Imports a batch of lines and returns a report for each. Returns when they are durable.
    pub async fn run(&mut self, lines: &[InputLine]) -> Result<Vec<LineReport>> {
        let mut users = Vec::new();
        let mut records: Vec<Pending<Record>> = Vec::new();
        for line in lines {
            if self.0.is_stopped {
                break;
            }
            let number = line.number;
            match self.read(&line.text) {
                Ok(Line::Nothing) => {}
                Ok(Line::User(value)) => {
                    self.0.write_records(mem::take(&mut records)).await?;
                    users.push(Pending { number, value });
                }
                Ok(Line::Record(value)) => {
                    self.0.write_users(mem::take(&mut users)).await?;
                    let section = records.first().map(|first| first.value.section());
                    if section.is_some_and(|section| section != value.section()) {
                        self.0.write_records(mem::take(&mut records)).await?;
                    }
                    let value = *value;
                    records.push(Pending { number, value });
                }
                Err(errors) => {
                    if self.0.settings.fail_fast {
                        self.0.write_records(mem::take(&mut records)).await?;
                        self.0.write_users(mem::take(&mut users)).await?;
                    }
                    if !self.0.is_stopped {
                        self.0.report(LineReport::rejected(number, None, errors));
                    }
                }
            }
        }
        self.0.write_records(records).await?;
        self.0.write_users(users).await?;
        let mut reports = mem::take(&mut self.0.reports);
        reports.sort_by_key(|report| report.line);
        Ok(reports)
    }

    fn read(&self, text: &str) -> Result<Line, Vec<RecordError>> {
        if text.trim().is_empty() {
            return Ok(Line::Nothing);
        }
        let mut object = (self.0.settings.read)(text)?;
        let kind: Option<String> = object.take("type").map_err(|error| vec![error])?;
        match kind.as_deref() {
            None | Some("user") => {
                let limit = self.0.settings.limit;
                if limit.is_some() {
                    TenantLimit::check_length(text).map_err(|error| vec![error])?;
                }
                let mut input = UserInput::read(object)?;
                let limited = limit.map_or(Ok(()), |limit| limit.limit_user(&mut input));
                limited.map_err(|error| vec![error])?;
                Ok(Line::User(Box::new(input)))
            }
            Some(kind) => {
                let record = Record::read(kind, &object).and_then(checked);
                let record = record.and_then(|record| match self.0.settings.limit {
                    Some(limit) => limit.check_record(&record).map(|()| record),
                    None => Ok(record),
                });
                Ok(Line::Record(Box::new(record.map_err(|error| vec![error])?)))
            }
        }
    }
}

enum Line {
    Nothing,
    User(Box<UserInput>),
    Record(Box<Record>),
}
