//! Writing the users of an import.

use std::{collections::HashMap, mem, slice};

use super::{
    plan::{ClaimSet, Decision, claims, decide},
    report::{LineReport, Outcome, changed_fields},
    settings::OnConflict,
    state::{ImportState, Pending, is_of_record},
    user_input::UserInput,
};
use crate::{Error, Field, ProfileId, RecordError, Result, UserReplacement, UserWrites};

/// The number of attempts of a batch that other writes conflict with.
const ATTEMPTS: u32 = 4;

impl ImportState<'_> {
    /// Writes users, in order.
    pub(super) async fn write_users(
        &mut self,
        pending: Vec<Pending<Box<UserInput>>>,
    ) -> Result<()> {
        let mut batch: Vec<Pending<Box<UserInput>>> = Vec::new();
        let mut claims = ClaimSet::default();
        for line in pending {
            if self.settings.dry_run {
                if self.seen.add(&line.value) {
                    batch.push(line);
                } else {
                    self.report_repetition(&line);
                }
            } else {
                // A line that shares a value with an earlier one is compared with what that wrote.
                if !claims.add(&line.value) {
                    self.write_batch(mem::take(&mut batch)).await?;
                    claims = ClaimSet::default();
                    claims.add(&line.value);
                }
                batch.push(line);
            }
        }
        self.write_batch(batch).await
    }

    fn report_repetition(&mut self, line: &Pending<Box<UserInput>>) {
        let key = Some(("user", key(&line.value)));
        let report = match self.settings.on_conflict {
            OnConflict::Skip => LineReport::new(line.number, key, Outcome::Skipped),
            OnConflict::Update => LineReport::new(line.number, key, Outcome::Updated),
            OnConflict::Fail => {
                let error = RecordError::new("user", "has a unique value of an earlier line");
                LineReport::rejected(line.number, key, vec![error])
            }
        };
        self.report(report);
    }

    /// Writes users without common values in one transaction or, if that fails because of one of
    /// them, one after the other.
    async fn write_batch(&mut self, mut batch: Vec<Pending<Box<UserInput>>>) -> Result<()> {
        for _ in 0..ATTEMPTS {
            if batch.is_empty() || self.is_stopped {
                return Ok(());
            }
            match self.try_batch(&batch).await {
                Ok(stale) => batch.retain(|line| stale.contains(&line.number)),
                Err(error) if is_of_record(&error) => {}
                Err(error) => return Err(error),
            }
        }
        for line in batch {
            if self.is_stopped {
                return Ok(());
            }
            let error = match self.try_batch(slice::from_ref(&line)).await {
                Ok(stale) if stale.is_empty() => continue,
                Ok(_) => Error::VersionMismatch,
                Err(error) if is_of_record(&error) => error,
                Err(error) => return Err(error),
            };
            let errors = vec![RecordError::new("user", crate::chain(&error))];
            let key = Some(("user", key(&line.value)));
            self.report(LineReport::rejected(line.number, key, errors));
        }
        Ok(())
    }

    /// Writes a batch and reports its lines. Returns the lines whose users were changed by others
    /// in the meantime, which are not reported.
    async fn try_batch(&mut self, batch: &[Pending<Box<UserInput>>]) -> Result<Vec<u64>> {
        let claims: Vec<_> = batch.iter().map(|line| claims(&line.value)).collect();
        let holders = self.repository.holders(&claims).await?;
        self.learn(batch, &holders).await?;
        let mut writes = UserWrites {
            added: Vec::new(),
            replaced: Vec::new(),
            provenance: self.settings.provenance.clone(),
        };
        let mut reports = Vec::new();
        let mut replaced = HashMap::new();
        for (line, holders) in batch.iter().zip(&holders) {
            let number = line.number;
            let name = Some(("user", key(&line.value)));
            let decision = decide(&line.value, holders, &self.known, &self.settings);
            let report = match self.check_entries(decision).await? {
                Decision::Add(user) => {
                    let mut report = LineReport::new(number, name, Outcome::Added);
                    if self.settings.dry_run {
                        report.fields = changed_fields(None, &user);
                    } else {
                        writes.added.push(*user);
                    }
                    report
                }
                Decision::Replace(replacement) => {
                    let mut report = LineReport::new(number, name, Outcome::Updated);
                    let (before, after) = (&replacement.before, &replacement.after);
                    report.fields = changed_fields(Some(before), after);
                    if !self.settings.dry_run {
                        replaced.insert(after.profile.id, number);
                        writes.replaced.push(*replacement);
                    }
                    report
                }
                Decision::Keep => LineReport::new(number, name, Outcome::Unchanged),
                Decision::Skip => LineReport::new(number, name, Outcome::Skipped),
                Decision::Reject(errors) => LineReport::rejected(number, name, errors),
            };
            let is_last = self.settings.fail_fast && report.outcome == Outcome::Rejected;
            reports.push(report);
            if is_last {
                break;
            }
        }
        if !writes.added.is_empty() || !writes.replaced.is_empty() {
            for id in self.repository.write_users(&writes).await? {
                replaced.remove(&id);
            }
        }
        let stale: Vec<u64> = replaced.into_values().collect();
        for report in reports {
            if !stale.contains(&report.line) {
                self.report(report);
            }
        }
        Ok(stale)
    }

    /// Rejects catalogue entries of other tenants if the import is limited to one.
    async fn check_entries(&self, decision: Decision) -> Result<Decision> {
        let Some(limit) = self.settings.limit else {
            return Ok(decision);
        };
        let (before, after) = match &decision {
            Decision::Add(user) => (None, &user.profile),
            Decision::Replace(replacement) => {
                let UserReplacement { before, after, .. } = &**replacement;
                (Some(&before.profile), &after.profile)
            }
            Decision::Keep | Decision::Skip | Decision::Reject(_) => return Ok(decision),
        };
        let errors = limit.check_entries(before, after).await?;
        Ok(if errors.is_empty() {
            decision
        } else {
            Decision::Reject(errors)
        })
    }

    /// Reads what [`decide`] needs.
    async fn learn(
        &mut self,
        batch: &[Pending<Box<UserInput>>],
        holders: &[Vec<(Field, ProfileId)>],
    ) -> Result<()> {
        let given = batch.iter().filter_map(|line| line.value.id);
        let held = holders.iter().flatten().map(|(_, id)| *id);
        let mut ids: Vec<_> = given.chain(held).collect();
        ids.sort_unstable();
        ids.dedup();
        let users = self.repository.users(&ids).await?.into_iter();
        self.known.users = users.map(|user| (user.profile.id, user)).collect();
        let tenants = batch.iter().filter_map(|line| line.value.tenant_id);
        self.learn_tenants(tenants.collect()).await?;
        self.learn_images(batch.iter().map(|line| &*line.value))
            .await?;
        if self.known.default_tenant.is_none() {
            self.known.default_tenant = self.repository.default_tenant_id().await?;
        }
        Ok(())
    }
}

/// Returns the name of a user in reports.
fn key(input: &UserInput) -> String {
    let name = input.patch.username.as_ref();
    let name = name.map(|name| name.as_str().to_owned());
    name.or_else(|| Some(input.id?.to_string()))
        .unwrap_or_default()
}
