//! Resolution of list items to catalogue entries.

use std::sync::Arc;

use manyface_core::{
    ActionContext, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, NewEntry,
    ProfilePatch, Result, TenantId,
};

use crate::{fields::ListItem, problems::Problems, responses::ProfileWithEntries};

/// Adds the lists to the patch, each entry once, at its first position.
///
/// A name without an entry that is visible to the tenant becomes a new entry of the patch, or is
/// added to `problems` if the catalogue is closed. A list that equals that of the response is not
/// changed, and remaining items keep their entries.
pub(super) async fn resolve(
    context: ActionContext<'_>,
    own: &ProfileWithEntries,
    lists: Vec<(CatalogueKind, Vec<ListItem>)>,
    patch: &mut ProfilePatch,
    problems: &mut Problems,
) -> Result<()> {
    let tenant = own.profile.tenant_id;
    for (kind, items) in lists {
        let current = own.list(kind);
        if is_current(current, &items) {
            continue;
        }
        let items = items.into_iter().map(|item| resolve_text(current, item));
        let items = items.collect();
        match ids(context, tenant, kind, items, patch).await? {
            Ok(ids) => *patch.list_mut(kind) = Some(ids),
            Err(message) => problems.add(kind.field(), message),
        }
    }
    Ok(())
}

/// Returns whether the items are the names or ids of the entries.
fn is_current(entries: &[Arc<CatalogueEntry>], items: &[ListItem]) -> bool {
    let is_same = |(entry, item): (&Arc<CatalogueEntry>, &ListItem)| match item {
        ListItem::Id(id, _) => *id == Some(entry.id),
        ListItem::Name(name) => name.as_str() == entry.name,
        ListItem::Text(text) => text.as_str() == entry.name || is_id(text, entry),
    };
    entries.len() == items.len() && entries.iter().zip(items).all(is_same)
}

/// Resolves a string of a form to the current entry with that id, otherwise to a name.
fn resolve_text(entries: &[Arc<CatalogueEntry>], item: ListItem) -> ListItem {
    let ListItem::Text(text) = item else {
        return item;
    };
    match entries.iter().find(|entry| is_id(&text, entry)) {
        Some(entry) => ListItem::Id(Some(entry.id), text.as_str().to_owned()),
        None => ListItem::Name(text),
    }
}

/// Returns whether `text` is the id of `entry`.
fn is_id(text: &CatalogueName, entry: &CatalogueEntry) -> bool {
    text.as_str() == entry.id.0.to_string()
}

/// Returns the ids of a list, or a message about the first item without an entry.
async fn ids(
    context: ActionContext<'_>,
    tenant: TenantId,
    kind: CatalogueKind,
    items: Vec<ListItem>,
    patch: &mut ProfilePatch,
) -> Result<std::result::Result<Vec<CatalogueId>, String>> {
    let names = items.iter().filter_map(|item| match item {
        ListItem::Name(name) | ListItem::Text(name) => Some(name.clone()),
        ListItem::Id(..) => None,
    });
    let names: Vec<_> = names.collect();
    let found = context.catalogue().find(tenant, kind, &names).await?;
    let mut found = found.into_iter();
    let mut ids: Vec<CatalogueId> = Vec::with_capacity(items.len());
    for item in items {
        let id = match item {
            ListItem::Id(id, digits) => {
                let Some(entry) = find_by_id(context, tenant, kind, id).await? else {
                    let message = format!("Invalid pk \"{digits}\" - object does not exist.");
                    return Ok(Err(message));
                };
                entry.id
            }
            ListItem::Name(name) | ListItem::Text(name) => match found.next().flatten() {
                Some(entry) => entry.id,
                None if context.catalogue().accepts_new_names() => {
                    let mut new = patch.new_entries.iter();
                    let same = new.find(|new| new.kind == kind && new.name.key() == name.key());
                    let id = same.map_or_else(CatalogueId::random, |new| new.id);
                    if same.is_none() {
                        patch.new_entries.push(NewEntry { id, kind, name });
                    }
                    id
                }
                None => {
                    let name = name.as_str();
                    return Ok(Err(format!("Object with name={name} does not exist.")));
                }
            },
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(Ok(ids))
}

async fn find_by_id(
    context: ActionContext<'_>,
    tenant: TenantId,
    kind: CatalogueKind,
    id: Option<CatalogueId>,
) -> Result<Option<Arc<CatalogueEntry>>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let found = context.catalogue().entries(tenant, &[id]).await?;
    Ok(found.into_iter().find(|entry| entry.kind == kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i32, name: &str) -> Arc<CatalogueEntry> {
        Arc::new(CatalogueEntry {
            id: CatalogueId(id),
            tenant_id: None,
            kind: CatalogueKind::Skill,
            name: name.to_owned(),
            description: None,
        })
    }

    fn name(text: &str) -> CatalogueName {
        CatalogueName::parse(text).unwrap()
    }

    #[test]
    fn numbers_in_forms_are_ids_of_current_entries_only() {
        let current = [entry(7, "Rust"), entry(9, "Zig")];
        let id = |id| ListItem::Id(Some(CatalogueId(id)), id.to_string());
        for (item, expected) in [
            (ListItem::Text(name("7")), id(7)),
            (ListItem::Text(name("9")), id(9)),
            (ListItem::Text(name("8")), ListItem::Name(name("8"))),
            (ListItem::Text(name("07")), ListItem::Name(name("07"))),
            (ListItem::Text(name("Rust")), ListItem::Name(name("Rust"))),
            (ListItem::Name(name("7")), ListItem::Name(name("7"))),
            (id(8), id(8)),
        ] {
            assert_eq!(resolve_text(&current, item), expected);
        }
    }

    #[test]
    fn a_list_equals_its_ids_or_names() {
        let current = [entry(7, "Rust"), entry(9, "7")];
        for (items, is_same) in [
            (["7", "9"].map(|text| ListItem::Text(name(text))), true),
            (["Rust", "7"].map(|text| ListItem::Text(name(text))), true),
            (["Rust", "7"].map(|text| ListItem::Name(name(text))), true),
            (["7", "9"].map(|text| ListItem::Name(name(text))), false),
            (["9", "7"].map(|text| ListItem::Text(name(text))), false),
        ] {
            assert_eq!(is_current(&current, &items), is_same, "{items:?}");
        }
    }
}
