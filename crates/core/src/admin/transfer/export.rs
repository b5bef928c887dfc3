//! Reading a whole store.

use std::collections::HashSet;

use super::tenant_page::{change_record, tenant_page};
use crate::{
    AdminContext, Avatar, BlobKey, BlobKind, BulkRepository, CatalogueKind, EntryRecord,
    FileTransfer, ImageId, Profile, Record, Result, Section, TenantId, UserRecord,
};

/// The maximum number of records per page.
const MAX_PAGE: u32 = 500;
/// The number of records of the first page of a section.
const FIRST_PAGE: u32 = 16;
/// The size of the lines of a page that the next pages aim at, in bytes.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The files that an export includes.
#[derive(Clone, Copy)]
pub struct ExportedFiles<'a> {
    /// The storage.
    pub storage: &'a dyn FileTransfer,
    /// Returns the files other than images that a profile refers to.
    pub files_of: &'a (dyn Fn(&Profile) -> Vec<(BlobKind, BlobKey)> + Send + Sync),
}

/// Reads all records of a store, page by page, in the order in which an import must write them.
///
/// A page is read in one statement per table. Pages are read one after the other, so that an
/// export of a store in use contains each user in a state of the time of the export. The images and
/// files of users come before these users, one at a time.
pub struct Export<'a> {
    repository: &'a dyn BulkRepository,
    /// The context of an operator of a tenant.
    context: Option<(AdminContext<'a>, TenantId)>,
    files: Option<ExportedFiles<'a>>,
    sections: std::slice::Iter<'static, Section>,
    section: Option<Section>,
    after: Option<String>,
    limit: u32,
    /// The files that precede the pending lines.
    pending_files: Vec<FileName>,
    pending_lines: Vec<String>,
    /// The files that the export has already.
    exported_files: HashSet<FileName>,
}

/// The name of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum FileName {
    Image(ImageId),
    Other(BlobKind, BlobKey),
}

impl<'a> Export<'a> {
    /// Creates an export of everything; without `files`, users are exported without images and
    /// other files.
    pub fn new(repository: &'a dyn BulkRepository, files: Option<ExportedFiles<'a>>) -> Self {
        let mut sections = Section::ALL.iter();
        Self {
            repository,
            context: None,
            files,
            section: sections.next().copied(),
            sections,
            after: None,
            limit: FIRST_PAGE,
            pending_files: Vec::new(),
            pending_lines: Vec::new(),
            exported_files: HashSet::new(),
        }
    }

    /// Limits the export to what the operator of `context` may know of.
    #[must_use]
    pub fn limited(self, context: AdminContext<'a>) -> Self {
        let tenant = context.operator.tenant;
        Self {
            context: tenant.map(|tenant| (context, tenant)),
            ..self
        }
    }

    /// Returns the lines of the next records; `None` at the end.
    ///
    /// The number of records per page adapts to their size, so that the memory of an export is
    /// bounded.
    pub async fn next(&mut self) -> Result<Option<Vec<String>>> {
        loop {
            while let Some(file) = self.pending_files.pop() {
                if let Some(record) = read_file(self.files, &file).await? {
                    return Ok(Some(vec![record.to_line()]));
                }
            }
            if !self.pending_lines.is_empty() {
                return Ok(Some(std::mem::take(&mut self.pending_lines)));
            }
            let Some(section) = self.section else {
                return Ok(None);
            };
            let (after, limit) = (self.after.as_deref(), self.limit);
            let page = match &self.context {
                None => self.repository.page(section, after, limit).await?,
                Some((context, tenant)) => {
                    tenant_page(self.repository, context, *tenant, section, after, limit).await?
                }
            };
            for mut record in page.records {
                if let Record::User(user) = &mut record {
                    user.has_history = true;
                    let files = files_of(self.files, user).into_iter();
                    let new = files.filter(|file| self.exported_files.insert(file.clone()));
                    self.pending_files.extend(new);
                }
                self.pending_lines.push(record.to_line());
            }
            self.after = page.next;
            if self.after.is_some() {
                self.adapt();
            } else {
                self.section = self.sections.next().copied();
                self.limit = FIRST_PAGE;
            }
        }
    }

    /// Adapts the number of records of the next page to the size of the last one.
    fn adapt(&mut self) {
        let lines = &self.pending_lines;
        let bytes: usize = lines.iter().map(String::len).sum();
        let per_record = bytes / lines.len().max(1);
        let fitting = u32::try_from(PAGE_BYTES / per_record.max(1)).unwrap_or(MAX_PAGE);
        // At most four times as many: later records may be larger.
        self.limit = fitting.min(self.limit * 4).clamp(1, MAX_PAGE);
    }
}

/// Returns the names of the files that a user refers to.
fn files_of(files: Option<ExportedFiles<'_>>, user: &UserRecord) -> Vec<FileName> {
    let Some(files) = files else {
        return Vec::new();
    };
    let overrides = user.overrides.values();
    let overrides = overrides.filter_map(|shown| shown.avatar.as_ref());
    let images = user.profile.avatar.iter().chain(overrides);
    let images = images.filter_map(|avatar| match avatar {
        Avatar::Stored(image) => Some(FileName::Image(image.clone())),
        Avatar::External(_) => None,
    });
    let others = (files.files_of)(&user.profile).into_iter();
    images
        .chain(others.map(|(kind, key)| FileName::Other(kind, key)))
        .collect()
}

async fn read_file(files: Option<ExportedFiles<'_>>, name: &FileName) -> Result<Option<Record>> {
    let Some(files) = files else {
        return Ok(None);
    };
    Ok(match name {
        FileName::Image(id) => files.storage.read_image(id).await?.map(Record::Image),
        FileName::Other(kind, key) => files.storage.read_file(*kind, key).await?.map(Record::File),
    })
}

/// Returns the records of one user: the tenant, the catalogue entries, files, the profile and its
/// history.
pub async fn export_user(
    bulk: &dyn BulkRepository,
    context: &AdminContext<'_>,
    files: Option<ExportedFiles<'_>>,
    profile: &Profile,
) -> Result<Vec<Record>> {
    let Some(mut user) = bulk.users(&[profile.id]).await?.pop() else {
        return Ok(Vec::new());
    };
    user.has_history = true;
    let tenant = user.profile.tenant_id;
    let mut records: Vec<_> = context
        .repository
        .tenant(tenant)
        .await?
        .map(Record::Tenant)
        .into_iter()
        .collect();
    let entries = entries_of(&user.profile);
    let entries = context.catalogue.by_ids(tenant, &entries).await?;
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
    for file in files_of(files, &user) {
        records.extend(read_file(files, &file).await?);
    }
    records.push(Record::User(Box::new(user)));
    for detail in context.changes_of(profile.id).await? {
        records.push(change_record(detail.change)?);
    }
    Ok(records)
}

fn entries_of(profile: &Profile) -> Vec<crate::CatalogueId> {
    let lists = CatalogueKind::ALL.map(|kind| profile.entries(kind));
    lists.into_iter().flatten().copied().collect()
}
