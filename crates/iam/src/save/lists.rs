//! Lists of names: which entries they are, and which are to be added.

use std::sync::Arc;

use manyface_core::{
    ActionContext, CatalogueEntry, CatalogueId, CatalogueKind, NewEntry, ProfilePatch, Result,
    TenantId,
};

use crate::{fields::Wanted, problems::Problems, shown::Shown};

/// Puts the lists into the patch, each entry once, where it stood first. A name that the tenant does
/// not see becomes a new entry of the patch, or is added to `problems` if the catalogue is closed.
/// A list as responses have it is no change.
pub(super) async fn resolve(
    context: ActionContext<'_>,
    own: &Shown,
    lists: Vec<(CatalogueKind, Vec<Wanted>)>,
    patch: &mut ProfilePatch,
    problems: &mut Problems,
) -> Result<()> {
    let tenant = own.profile.tenant_id;
    for (kind, wanted) in lists {
        if is_shown(own.list(kind), &wanted) {
            continue;
        }
        match ids(context, tenant, kind, wanted, patch).await? {
            Ok(ids) => *patch.list_mut(kind) = Some(ids),
            Err(sentence) => problems.add(kind.field(), sentence),
        }
    }
    Ok(())
}

/// Returns whether the items are the names of the entries, or their numbers, which a form sends as
/// text.
fn is_shown(entries: &[Arc<CatalogueEntry>], wanted: &[Wanted]) -> bool {
    let is_same = |(entry, item): (&Arc<CatalogueEntry>, &Wanted)| match item {
        Wanted::Id(id, _) => *id == Some(entry.id),
        Wanted::Name(name) => {
            name.as_str() == entry.name || name.as_str() == entry.id.0.to_string()
        }
    };
    entries.len() == wanted.len() && entries.iter().zip(wanted).all(is_same)
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
        Wanted::Name(name) => Some(name.clone()),
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
            Wanted::Name(name) => match found.next().flatten() {
                Some(entry) => entry.id,
                None if context.catalogue().takes_new_names() => {
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
