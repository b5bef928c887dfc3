//! Reading a whole store.

use crate::{
    AdminRepository, BulkRepository, CatalogueKind, CatalogueStore, ChangeRecord, EntryRecord,
    Json, LineJson, Profile, ProfileId, Record, Result, Section,
};

/// The maximum number of records per page.
const MAX_PAGE: u32 = 500;
/// The number of records of the first page of a section.
const FIRST_PAGE: u32 = 16;
/// The size of the lines of a page that the next pages aim at, in bytes.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Reads all records of a store, page by page, in the order in which an import must write them.
///
/// A page is read in one statement per table. Pages are read one after the other, so that an
/// export of a store in use contains each user in a state of the time of the export.
pub struct Export<'a> {
    repository: &'a dyn BulkRepository,
    sections: std::slice::Iter<'static, Section>,
    section: Option<Section>,
    after: Option<String>,
    limit: u32,
    has_history: bool,
}

impl<'a> Export<'a> {
    /// Creates an export of everything.
    pub fn new(repository: &'a dyn BulkRepository) -> Self {
        Self::of(repository, &Section::ALL)
    }

    /// Creates an export of some sections.
    pub fn of(repository: &'a dyn BulkRepository, sections: &'static [Section]) -> Self {
        let has_history = sections.contains(&Section::Changes);
        let mut sections = sections.iter();
        Self {
            repository,
            section: sections.next().copied(),
            sections,
            after: None,
            limit: FIRST_PAGE,
            has_history,
        }
    }

    /// Returns the lines of the next records; `None` at the end.
    ///
    /// The number of records per page adapts to their size, so that the memory of an export is
    /// bounded.
    pub async fn next(&mut self) -> Result<Option<Vec<String>>> {
        while let Some(section) = self.section {
            let page = self
                .repository
                .page(section, self.after.as_deref(), self.limit);
            let page = page.await?;
            let lines = page.records.into_iter().map(|record| self.line(record));
            let lines: Vec<_> = lines.collect();
            self.after = page.next;
            if self.after.is_some() {
                self.adapt(&lines);
            } else {
                self.section = self.sections.next().copied();
                self.limit = FIRST_PAGE;
            }
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
        Ok(None)
    }

    fn line(&self, mut record: Record) -> String {
        if let Record::User(user) = &mut record {
            user.has_history = self.has_history;
        }
        record.to_line()
    }

    /// Adapts the number of records of the next page to the size of the last one.
    fn adapt(&mut self, lines: &[String]) {
        let bytes: usize = lines.iter().map(String::len).sum();
        let per_record = bytes / lines.len().max(1);
        let fitting = u32::try_from(PAGE_BYTES / per_record.max(1)).unwrap_or(MAX_PAGE);
        // At most four times as many: later records may be larger.
        self.limit = fitting.min(self.limit * 4).clamp(1, MAX_PAGE);
    }
}

/// Returns the records of one user: the tenant, the catalogue entries, the profile and its history;
/// `None` if the user does not exist.
pub async fn export_user(
    bulk: &dyn BulkRepository,
    repository: &dyn AdminRepository,
    catalogue: &dyn CatalogueStore,
    id: ProfileId,
) -> Result<Option<Vec<Record>>> {
    let Some(mut user) = bulk.users(&[id]).await?.pop() else {
        return Ok(None);
    };
    user.has_history = true;
    let tenant = user.profile.tenant_id;
    let mut records: Vec<_> = repository
        .tenant(tenant)
        .await?
        .map(Record::Tenant)
        .into_iter()
        .collect();
    let entries = catalogue.by_ids(tenant, &entries_of(&user.profile)).await?;
    let mut entries: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
    entries.sort_by_key(|entry| entry.id);
    entries.dedup_by_key(|entry| entry.id);
    records.extend(entries.into_iter().map(|entry| {
        Record::CatalogueEntry(EntryRecord {
            id: entry.id,
            tenant_id: entry.tenant_id,
            kind: entry.kind,
            name: entry.name,
            description: entry.description,
            merged_into: None,
            created_by: None,
            created_at: None,
        })
    }));
    records.push(Record::User(Box::new(user)));
    let mut changes = repository.history(id, u32::MAX).await?;
    changes.reverse();
    for change in changes {
        let patch = Json::parse(change.patch.into_text());
        let patch = patch.map_err(|error| crate::Error::Storage(error.into()))?;
        records.push(Record::Change(ChangeRecord {
            profile_id: id,
            version: change.version,
            at: change.at,
            actor: change.actor,
            dialect: change.dialect,
            api_version: change.api_version,
            request_id: change.request_id,
            patch: LineJson(patch),
        }));
    }
    Ok(Some(records))
}

fn entries_of(profile: &Profile) -> Vec<crate::CatalogueId> {
    let lists = CatalogueKind::ALL.map(|kind| match kind {
        CatalogueKind::Skill => &profile.skills,
        CatalogueKind::InvestmentInterest => &profile.investment_interests,
        CatalogueKind::TechnicalInterest => &profile.technical_interests,
        CatalogueKind::Tag => &profile.focus_area,
    });
    lists.into_iter().flatten().copied().collect()
}
