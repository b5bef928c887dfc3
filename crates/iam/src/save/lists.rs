//! Lists of names: which entries they are, and which are still to be made.

use std::sync::Arc;

use manyface_core::{
    CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, Field, ProfilePatch, Result, Session,
};

use crate::{fields::Wanted, problems::Problems};

/// The lists of a request, with every item known or known to be new.
pub(super) struct Plan(Vec<(CatalogueKind, Vec<Item>)>);

enum Item {
    Known(CatalogueId),
    New(CatalogueName),
}

/// Looks the items up. What is not there, and may not be made, is among `problems`.
pub(super) async fn plan(
    session: Session<'_>,
    lists: Vec<(CatalogueKind, Vec<Wanted>)>,
    problems: &mut Problems,
) -> Result<Plan> {
    let mut plan = Vec::with_capacity(lists.len());
    for (kind, wanted) in lists {
        match items(session, kind, wanted).await? {
            Ok(items) => plan.push((kind, items)),
            Err(sentence) => problems.add(kind.field(), sentence),
        }
    }
    Ok(Plan(plan))
}

/// The items of one list, or a sentence about the first that is none.
async fn items(
    session: Session<'_>,
    kind: CatalogueKind,
    wanted: Vec<Wanted>,
) -> Result<std::result::Result<Vec<Item>, String>> {
    let names = wanted.iter().filter_map(|item| match item {
        Wanted::Name(name) => Some(name.clone()),
        Wanted::Id(..) => None,
    });
    let names: Vec<_> = names.collect();
    let found = session.catalogue.find(kind, &names).await?;
    let mut found = found.into_iter();
    let mut items = Vec::with_capacity(wanted.len());
    for item in wanted {
        items.push(match item {
            Wanted::Id(id, digits) => {
                let Some(entry) = by_id(session, kind, id).await? else {
                    let sentence = format!("Invalid pk \"{digits}\" - object does not exist.");
                    return Ok(Err(sentence));
                };
                Item::Known(entry.id)
            }
            Wanted::Name(name) => match found.next().flatten() {
                Some(entry) => Item::Known(entry.id),
                None if session.catalogue.takes_new_names() => Item::New(name),
                None => {
                    let name = name.as_str();
                    return Ok(Err(format!("Object with name={name} does not exist.")));
                }
            },
        });
    }
    Ok(Ok(items))
}

async fn by_id(
    session: Session<'_>,
    kind: CatalogueKind,
    id: Option<CatalogueId>,
) -> Result<Option<Arc<CatalogueEntry>>> {
    let Some(id) = id else {
        return Ok(None);
    };
    let found = session.catalogue.entries(&[id]).await?;
    Ok(found.into_iter().find(|entry| entry.kind == kind))
}

impl Plan {
    /// Whether there are names that nobody has used before.
    pub(super) fn brings_names(&self) -> bool {
        let mut items = self.0.iter().flat_map(|(_, items)| items);
        items.any(|item| matches!(item, Item::New(_)))
    }

    /// The fields whose lists are given.
    pub(super) fn fields(&self) -> Vec<Field> {
        self.0.iter().map(|(kind, _)| kind.field()).collect()
    }

    /// Makes what is new, and puts the lists into the patch: each entry once, where it stood first.
    pub(super) async fn fill(self, session: Session<'_>, patch: &mut ProfilePatch) -> Result<()> {
        for (kind, items) in self.0 {
            let names = items.iter().filter_map(|item| match item {
                Item::New(name) => Some(name.clone()),
                Item::Known(_) => None,
            });
            let names: Vec<_> = names.collect();
            let made = if names.is_empty() {
                Vec::new()
            } else {
                session.catalogue.add(kind, &names).await?
            };
            let mut made = made.into_iter().map(|entry| entry.id);
            let mut ids: Vec<CatalogueId> = Vec::with_capacity(items.len());
            for item in items {
                let id = match item {
                    Item::Known(id) => Some(id),
                    Item::New(_) => made.next(),
                };
                ids.extend(id.filter(|id| !ids.contains(id)));
            }
            *list(patch, kind) = Some(ids);
        }
        Ok(())
    }
}

fn list(patch: &mut ProfilePatch, kind: CatalogueKind) -> &mut Option<Vec<CatalogueId>> {
    match kind {
        CatalogueKind::Skill => &mut patch.skills,
        CatalogueKind::InvestmentInterest => &mut patch.investment_interests,
        CatalogueKind::TechnicalInterest => &mut patch.technical_interests,
        CatalogueKind::Tag => &mut patch.focus_area,
    }
}
