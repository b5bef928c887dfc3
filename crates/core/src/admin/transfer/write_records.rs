//! Writing the records of an import other than users.

use std::mem;

use super::{
    report::{LineReport, Outcome},
    settings::OnConflict,
    state::{ImportState, Pending, is_of_record},
    tenant_limit,
};
use crate::{CatalogueName, Presence, Record, RecordError, Result, Section, TenantId};

impl ImportState<'_> {
    /// Writes records of one section.
    pub(super) async fn write_records(&mut self, pending: Vec<Pending<Record>>) -> Result<()> {
        if pending.is_empty() || self.is_stopped {
            return Ok(());
        }
        if pending[0].value.section() == Section::Files {
            return self.write_files(pending).await;
        }
        let (numbers, records): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .map(|line| (line.number, line.value))
            .unzip();
        self.learn_tenants(records.iter().filter_map(tenant_of).collect())
            .await?;
        let presence = self.repository.presence(&records).await?;
        let mut new = Vec::new();
        for ((number, record), presence) in numbers.into_iter().zip(records).zip(presence) {
            let key = Some((record.kind(), record.key()));
            let is_known = tenant_of(&record).is_none_or(|id| self.known.tenants[&id]);
            let report = match presence {
                _ if !is_known => {
                    let error = RecordError::new("tenant_id", "does not exist");
                    LineReport::rejected(number, key, vec![error])
                }
                Presence::Equal => LineReport::new(number, key, Outcome::Unchanged),
                Presence::Absent | Presence::Different if self.settings.limit.is_some() => {
                    LineReport::rejected(number, key, vec![tenant_limit::rejected()])
                }
                Presence::Absent => {
                    new.push((number, record));
                    continue;
                }
                Presence::Different if self.settings.on_conflict == OnConflict::Skip => {
                    LineReport::new(number, key, Outcome::Skipped)
                }
                Presence::Different => {
                    let error = RecordError::new("record", "exists with other values");
                    LineReport::rejected(number, key, vec![error])
                }
            };
            if self.settings.fail_fast && report.outcome == Outcome::Rejected {
                self.insert(mem::take(&mut new)).await?;
            }
            if self.is_stopped {
                return Ok(());
            }
            self.report(report);
            if self.is_stopped {
                return Ok(());
            }
        }
        self.insert(new).await
    }

    async fn insert(&mut self, new: Vec<(u64, Record)>) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let (numbers, records): (Vec<_>, Vec<_>) = new.into_iter().unzip();
        let added = if self.settings.dry_run {
            Ok(vec![true; records.len()])
        } else {
            self.repository.insert(&records).await
        };
        match added {
            Ok(added) => {
                for ((number, record), is_added) in numbers.into_iter().zip(&records).zip(added) {
                    self.report_insert(number, record, is_added);
                }
            }
            Err(error) if is_of_record(&error) && records.len() > 1 => {
                for (number, record) in numbers.into_iter().zip(records) {
                    if !self.is_stopped {
                        Box::pin(self.insert(vec![(number, record)])).await?;
                    }
                }
            }
            Err(error) if is_of_record(&error) => {
                let key = Some((records[0].kind(), records[0].key()));
                let errors = vec![RecordError::new("record", crate::chain(&error))];
                self.report(LineReport::rejected(numbers[0], key, errors));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn report_insert(&mut self, number: u64, record: &Record, is_added: bool) {
        let key = Some((record.kind(), record.key()));
        if let (Record::Tenant(tenant), true) = (record, is_added) {
            self.known.tenants.insert(tenant.id, true);
            self.known.default_tenant = None;
        }
        let report = match record.section() {
            _ if is_added => LineReport::new(number, key, Outcome::Added),
            // The history has the change, or later ones, or there is no such user.
            Section::Changes => LineReport::new(number, key, Outcome::Skipped),
            Section::Tenants
            | Section::Entries
            | Section::MergedEntries
            | Section::Users
            | Section::Reservations
            | Section::ApiKeys
            | Section::Files => {
                let error = RecordError::new("record", "has a unique value of another record");
                LineReport::rejected(number, key, vec![error])
            }
        };
        self.report(report);
    }
}

/// Checks the values of a record that its type does not.
pub(super) fn checked(record: Record) -> Result<Record, RecordError> {
    let is_digest = |text: &str| {
        text.len().is_multiple_of(2) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let digest = match &record {
        Record::CatalogueEntry(entry) => {
            let parsed = CatalogueName::parse(&entry.name);
            parsed.map_err(|error| RecordError::new("name", error))?;
            None
        }
        Record::UsernameReservation(reservation) => Some(&reservation.digest),
        Record::ApiKey(key) => Some(&key.digest),
        Record::Tenant(_)
        | Record::User(_)
        | Record::Change(_)
        | Record::Image(_)
        | Record::File(_) => None,
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        let message = "must be lower-case hexadecimal digits";
        return Err(RecordError::new("digest", message));
    }
    Ok(record)
}

/// Returns the tenant that must exist before the record.
fn tenant_of(record: &Record) -> Option<TenantId> {
    match record {
        Record::CatalogueEntry(entry) => entry.tenant_id,
        Record::ApiKey(key) => Some(key.key.tenant_id),
        Record::Tenant(_)
        | Record::User(_)
        | Record::UsernameReservation(_)
        | Record::Change(_)
        | Record::Image(_)
        | Record::File(_) => None,
    }
}
