//! Statements about the names that profiles share, and about their résumés.

use manyface_core::{CatalogueId, CatalogueKind, CatalogueName};
use serde::Serialize;

use super::{Parameter, Statement, document, text};
use crate::wording;

pub(crate) fn entries_by_ids(ids: &[CatalogueId]) -> Statement {
    Statement::new(&wording::ENTRIES_BY_IDS, [json(ids)])
}

pub(crate) fn entries_by_keys(kind: CatalogueKind, keys: &[&str]) -> Statement {
    let parameters = [text(kind.as_str()), json(keys)];
    Statement::new(&wording::ENTRIES_BY_KEYS, parameters)
}

pub(crate) fn add_entries(
    kind: CatalogueKind,
    names: &[(CatalogueName, Option<String>)],
) -> Statement {
    let items = names
        .iter()
        .map(|(name, description)| (name.as_str(), name.key(), description));
    let items: Vec<_> = items.collect();
    Statement::new(&wording::ADD_ENTRIES, [text(kind.as_str()), json(&items)])
}

pub(crate) fn list_entries(
    kind: Option<CatalogueKind>,
    after: Option<CatalogueId>,
    limit: u32,
) -> Statement {
    let kind = kind.map(|kind| kind.as_str().to_owned());
    let parameters = [
        Parameter::Text(kind),
        Parameter::Number(after.map(|after| after.0.into())),
        Parameter::Number(Some(limit.into())),
    ];
    Statement::new(&wording::LIST_ENTRIES, parameters)
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

fn number(id: CatalogueId) -> Parameter {
    Parameter::Number(Some(id.0.into()))
}

fn json(value: &(impl Serialize + ?Sized)) -> Parameter {
    let text = serde_json::to_string(value);
    document(&text.expect("texts and numbers have a JSON form"))
}
