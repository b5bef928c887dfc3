//! Reading what an operator of a tenant may export.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::{
    AdminContext, BulkRepository, Change, ChangeRecord, Json, LineJson, ProfileId, Record,
    RecordPage, Result, Section, TenantId, UserQuery, ports::UserCursor,
};

/// Reads a page of the records of a tenant: its own ones, and the catalogue entries that all
/// tenants share. A page may be empty though others follow.
pub(super) async fn tenant_page(
    bulk: &dyn BulkRepository,
    context: &AdminContext<'_>,
    tenant: TenantId,
    section: Section,
    after: Option<&str>,
    limit: u32,
) -> Result<RecordPage> {
    match section {
        Section::Users => users(bulk, context, tenant, after, limit).await,
        Section::Changes => changes(context, tenant, after, limit).await,
        Section::Reservations => {
            let mut page = bulk.page(section, after, limit).await?;
            let holders = page.records.iter().filter_map(holder);
            let holders: HashSet<_> = holders.collect();
            let users = bulk.users(&holders.into_iter().collect::<Vec<_>>()).await?;
            let own = users.iter().map(|user| &user.profile);
            let own = own.filter(|profile| profile.tenant_id == tenant);
            let own: HashSet<_> = own.map(|profile| profile.id).collect();
            page.records
                .retain(|record| holder(record).is_some_and(|id| own.contains(&id)));
            Ok(page)
        }
        Section::Tenants
        | Section::Entries
        | Section::MergedEntries
        | Section::ApiKeys
        | Section::Files => {
            let mut page = bulk.page(section, after, limit).await?;
            page.records.retain_mut(|record| is_visible(record, tenant));
            Ok(page)
        }
    }
}

/// Returns the former holder of a reserved user name.
fn holder(record: &Record) -> Option<ProfileId> {
    match record {
        Record::UsernameReservation(reservation) => Some(reservation.profile_id),
        Record::Tenant(_)
        | Record::CatalogueEntry(_)
        | Record::User(_)
        | Record::ApiKey(_)
        | Record::Change(_)
        | Record::Image(_)
        | Record::File(_) => None,
    }
}

/// Returns whether the record is one of the tenant, or shared. A shared record loses its creator.
fn is_visible(record: &mut Record, tenant: TenantId) -> bool {
    match record {
        Record::Tenant(own) => own.id == tenant,
        Record::CatalogueEntry(entry) if entry.tenant_id.is_none() => {
            entry.created_by = None;
            entry.created_at = None;
            true
        }
        Record::CatalogueEntry(entry) => entry.tenant_id == Some(tenant),
        Record::ApiKey(key) => key.key.tenant_id == tenant,
        Record::User(_)
        | Record::UsernameReservation(_)
        | Record::Change(_)
        | Record::Image(_)
        | Record::File(_) => false,
    }
}

async fn users(
    bulk: &dyn BulkRepository,
    context: &AdminContext<'_>,
    tenant: TenantId,
    after: Option<&str>,
    limit: u32,
) -> Result<RecordPage> {
    let after = after.map(str::parse::<UserCursor>).transpose();
    let query = UserQuery {
        tenant: Some(tenant),
        after: after.map_err(|error| crate::Error::Storage(error.into()))?,
        limit,
        ..UserQuery::default()
    };
    let page = context.repository.search(&query).await?;
    let ids: Vec<_> = page.users.iter().map(|profile| profile.id).collect();
    let mut users = bulk.users(&ids).await?;
    // One of them may have been moved to another tenant in the meantime.
    users.retain(|user| user.profile.tenant_id == tenant);
    let users = users.into_iter().map(|user| Record::User(Box::new(user)));
    Ok(RecordPage {
        records: users.collect(),
        next: page.next.map(|cursor| cursor.to_string()),
    })
}

/// Reads changes of the tenant's users. Those before a user was moved to the tenant are left out.
async fn changes(
    context: &AdminContext<'_>,
    tenant: TenantId,
    after: Option<&str>,
    limit: u32,
) -> Result<RecordPage> {
    let after = after.map_or(Ok(0), str::parse::<i64>);
    let after = after.map_err(|error| crate::Error::Storage(error.into()))?;
    let changes = context.repository.changes(after, Some(tenant), limit);
    let changes = changes.await?;
    let next = changes.last().map(|last| last.seq.to_string());
    let mut visible: HashMap<ProfileId, HashSet<i64>> = HashMap::new();
    let mut records = Vec::new();
    for change in changes {
        let id = change.profile_id;
        let visible = match visible.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let own = context.changes_of(id).await?;
                entry.insert(own.iter().map(|own| own.change.seq).collect())
            }
        };
        if visible.contains(&change.seq) {
            records.push(change_record(change)?);
        }
    }
    Ok(RecordPage { records, next })
}

/// Returns the record of an entry of a history.
pub(super) fn change_record(change: Change) -> Result<Record> {
    let patch = Json::parse(change.patch.into_text());
    let patch = patch.map_err(|error| crate::Error::Storage(error.into()))?;
    Ok(Record::Change(ChangeRecord {
        profile_id: change.profile_id,
        version: change.version,
        at: change.at,
        actor: change.actor,
        dialect: change.dialect,
        api_version: change.api_version,
        request_id: change.request_id,
        patch: LineJson(patch),
    }))
}
