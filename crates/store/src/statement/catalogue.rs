//! Statements about the catalogue, and about résumés.

use manyface_core::{
    CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner, EntryRoom, NewEntry, ProfileId,
    TenantId,
};
use serde::Serialize;

use super::{Parameter, Statement, document, text};
use crate::wording;

pub(crate) fn entries_by_ids(tenant: TenantId, ids: &[CatalogueId]) -> Statement {
    let parameters = [text(tenant.to_string()), json(ids)];
    Statement::new(&wording::ENTRIES_BY_IDS, parameters)
}

/// Reads the entries that `owner` sees for names, each a list and a key.
pub(crate) fn entries_by_names(
    owner: Option<TenantId>,
    names: &[(CatalogueKind, &str)],
) -> Statement {
    Statement::new(&wording::ENTRIES_BY_NAMES, [tenant(owner), json(names)])
}

/// Adds `names`, each with a random id, unless `owner` sees an entry with its key.
pub(crate) fn add_entries(
    owner: Option<TenantId>,
    kind: CatalogueKind,
    names: &[(CatalogueName, Option<String>)],
) -> Statement {
    let items = names.iter().map(|(name, description)| {
        let id = CatalogueId::random();
        (id, name.as_str(), name.key(), description)
    });
    let items: Vec<_> = items.collect();
    let parameters = [tenant(owner), text(kind.as_str()), json(&items)];
    Statement::new(&wording::ADD_ENTRIES, parameters)
}

/// The new entries of a patch, as the statement that writes it takes them.
pub(super) fn new_entries(entries: &[NewEntry]) -> Parameter {
    let items = entries.iter().map(|entry| {
        let NewEntry { id, kind, name } = entry;
        (id, kind.as_str(), name.as_str(), name.key())
    });
    json(&items.collect::<Vec<_>>())
}

/// Reads when the profile `creator` added the first entry that does not fit.
pub(crate) fn surplus_entry(creator: ProfileId, room: EntryRoom) -> Statement {
    let parameters = [
        text(creator.to_string()),
        Parameter::Number(Some(room.since.as_microsecond())),
        Parameter::Number(Some(room.others.max(0))),
    ];
    Statement::new(&wording::SURPLUS_ENTRY, parameters)
}

pub(crate) fn absorb_entries(kind: CatalogueKind, keys: &[&str]) -> Statement {
    let parameters = [text(kind.as_str()), json(keys)];
    Statement::new(&wording::ABSORB_ENTRIES, parameters)
}

pub(crate) fn list_entries(
    owner: CatalogueOwner,
    kind: Option<CatalogueKind>,
    after: Option<CatalogueId>,
    limit: u32,
) -> Statement {
    let kind = kind.map(|kind| kind.as_str().to_owned());
    let (is_any, owner) = match owner {
        CatalogueOwner::Any => (1, None),
        CatalogueOwner::Shared => (0, None),
        CatalogueOwner::Tenant(tenant) => (0, Some(tenant)),
    };
    let parameters = [
        Parameter::Number(Some(is_any)),
        tenant(owner),
        Parameter::Text(kind),
        Parameter::Number(after.map(|after| after.0.into())),
        Parameter::Number(Some(limit.into())),
    ];
    Statement::new(&wording::LIST_ENTRIES, parameters)
}

pub(crate) fn live_entry(id: CatalogueId) -> Statement {
    Statement::new(&wording::LIVE_ENTRY, [number(id)])
}

/// Reads which of `ids` are entries, on SQLite.
pub(crate) fn taken_entry_ids(ids: &[CatalogueId]) -> Statement {
    Statement::new(&wording::TAKEN_ENTRY_IDS, [json(ids)])
}

pub(crate) fn rename_entry(id: CatalogueId, name: &CatalogueName) -> Statement {
    let parameters = [number(id), text(name.as_str()), text(name.key())];
    Statement::new(&wording::RENAME_ENTRY, parameters)
}

pub(crate) fn merge_entries(from: CatalogueId, into: CatalogueId) -> Statement {
    Statement::new(&wording::MERGE_ENTRIES, [number(from), number(into)])
}

pub(crate) fn resumes_in_use(resumes: &[String]) -> Statement {
    Statement::new(&wording::RESUMES_IN_USE, [json(resumes)])
}

fn tenant(owner: Option<TenantId>) -> Parameter {
    Parameter::Text(owner.map(|tenant| tenant.to_string()))
}

fn number(id: CatalogueId) -> Parameter {
    Parameter::Number(Some(id.0.into()))
}

fn json(value: &(impl Serialize + ?Sized)) -> Parameter {
    let text = serde_json::to_string(value);
    document(&text.expect("texts and numbers have a JSON form"))
}
