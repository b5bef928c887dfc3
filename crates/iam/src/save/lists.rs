//! Lists of names: which entries they are, and which are to be added.

use std::sync::Arc;

use manyface_core::{
    ActionContext, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, NewEntry,
    ProfilePatch, Result, TenantId,
};

use crate::{fields::Wanted, problems::Problems, shown::ShownProfile};

/// Puts the lists into the patch, each entry once, at its first position. A name that the tenant does
/// not see becomes a new entry of the patch, or is added to `problems` if the catalogue is closed.
/// A list as responses have it is no change, and what remains of it keeps its entries.
pub(super) async fn resolve(
    context: ActionContext<'_>,
    own: &ShownProfile,
    lists: Vec<(CatalogueKind, Vec<Wanted>)>,
    patch: &mut ProfilePatch,
    problems: &mut Problems,
) -> Result<()> {
    let tenant = own.profile.tenant_id;
    for (kind, wanted) in lists {
        let shown = own.list(kind);
        if is_shown(shown, &wanted) {
            continue;
        }
        let wanted = wanted.into_iter().map(|item| as_shown(shown, item));
        let wanted = wanted.collect();
        match ids(context, tenant, kind, wanted, patch).await? {
            Ok(ids) => *patch.list_mut(kind) = Some(ids),
            Err(sentence) => problems.add(kind.field(), sentence),
        }
    }
    Ok(())
}

/// Returns whether the items are the names or the numbers of the entries.
fn is_shown(entries: &[Arc<CatalogueEntry>], wanted: &[Wanted]) -> bool {
    let is_same = |(entry, item): (&Arc<CatalogueEntry>, &Wanted)| match item {
        Wanted::Id(id, _) => *id == Some(entry.id),
        Wanted::Name(name) => name.as_str() == entry.name,
        Wanted::Text(text) => text.as_str() == entry.name || is_number(text, entry),
    };
    entries.len() == wanted.len() && entries.iter().zip(wanted).all(is_same)
}

/// Reads a text of a form: the entry that the list has under that number, or else a name.
fn as_shown(entries: &[Arc<CatalogueEntry>], item: Wanted) -> Wanted {
    let Wanted::Text(text) = item else {
        return item;
    };
    match entries.iter().find(|entry| is_number(&text, entry)) {
        Some(entry) => Wanted::Id(Some(entry.id), text.as_str().to_owned()),
        None => Wanted::Name(text),
    }
}

/// Whether `text` is the number of `entry`, as responses have it.
fn is_number(text: &CatalogueName, entry: &CatalogueEntry) -> bool {
    text.as_str() == entry.id.0.to_string()
}

/// Returns the ids of one list, or a sentence about the first item that cannot be taken.
async fn ids(
    context: ActionContext<'_>,
    tenant: TenantId,
    kind: CatalogueKind,
    wanted: Vec<Wanted>,
    patch: &mut ProfilePatch,
) -> Result<std::result::Result<Vec<CatalogueId>, String>> {
    let names = wanted.iter().filter_map(|item| match item {
        Wanted::Name(name) | Wanted::Text(name) => Some(name.clone()),
        Wanted::Id(..) => None,
    });
    let names: Vec<_> = names.collect();
    let found = context.catalogue().find(tenant, kind, &names).await?;
    let mut found = found.into_iter();
    let mut ids: Vec<CatalogueId> = Vec::with_capacity(wanted.len());
    for item in wanted {
        let id = match item {
            Wanted::Id(id, digits) => {
                let Some(entry) = by_id(context, tenant, kind, id).await? else {
                    let sentence = format!("Invalid pk \"{digits}\" - object does not exist.");
                    return Ok(Err(sentence));
                };
                entry.id
            }
            Wanted::Name(name) | Wanted::Text(name) => match found.next().flatten() {
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

async fn by_id(
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
    fn numbers_are_entries_in_json_and_shown_entries_in_forms() {
        let shown = [entry(7, "Rust"), entry(9, "Zig")];
        let id = |id| Wanted::Id(Some(CatalogueId(id)), id.to_string());
        for (item, expected) in [
            (Wanted::Text(name("7")), id(7)),
            (Wanted::Text(name("9")), id(9)),
            (Wanted::Text(name("8")), Wanted::Name(name("8"))),
            (Wanted::Text(name("07")), Wanted::Name(name("07"))),
            (Wanted::Text(name("Rust")), Wanted::Name(name("Rust"))),
            (Wanted::Name(name("7")), Wanted::Name(name("7"))),
            (id(8), id(8)),
        ] {
            assert_eq!(as_shown(&shown, item), expected);
        }
    }

    #[test]
    fn a_list_is_shown_as_numbers_or_names() {
        let shown = [entry(7, "Rust"), entry(9, "7")];
        for (items, is_same) in [
            (["7", "9"].map(|text| Wanted::Text(name(text))), true),
            (["Rust", "7"].map(|text| Wanted::Text(name(text))), true),
            (["Rust", "7"].map(|text| Wanted::Name(name(text))), true),
            (["7", "9"].map(|text| Wanted::Name(name(text))), false),
            (["9", "7"].map(|text| Wanted::Text(name(text))), false),
        ] {
            assert_eq!(is_shown(&shown, &items), is_same, "{items:?}");
        }
    }
}
