//! Operations on the catalogue.

use http::{Method, StatusCode};
use manyface_core::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner,
    FieldError, TenantId, text,
};
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation, Parameter, call::Page};

/// The maximum number of names of a request.
const MAX_NAMES: usize = 500;
/// The maximum length of a description, in characters.
const MAX_DESCRIPTION: usize = 1_000;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listCatalogueEntries",
        path: "/catalogue",
        summary: "Lists catalogue entries in the order of their ids. A token of a tenant receives \
                  the tenant's own and the shared ones.",
        query: &[
            Parameter::new(
                "kind",
                "A list: skill, investment_interest, technical_interest or tag.",
            ),
            Parameter::new("tenant", "Only the own entries of this tenant."),
            Parameter::new("shared", "Whether only shared entries are listed."),
            Parameter::new("cursor", "The member next of the previous page."),
            Parameter::new(
                "limit",
                "The maximum number of entries, from 1 to 1000. Default: 100.",
            ),
        ],
        response: Some("CatalogueEntryPage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "addCatalogueEntries",
        path: "/catalogue",
        summary: "Adds names to a list, and returns their entries. Names that exist are kept. \
                  Without tenant_id, the entries are shared by all tenants; a token of a tenant \
                  adds entries of the tenant.",
        body: Some("NewCatalogueEntries"),
        status: StatusCode::CREATED,
        response: Some("AddedCatalogueEntries"),
        run: |call| Box::pin(add(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "renameCatalogueEntry",
        method: Method::PATCH,
        path: "/catalogue/{entry}",
        summary: "Renames an entry. A token of a tenant renames entries of the tenant only.",
        body: Some("CatalogueEntryName"),
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(rename(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "mergeCatalogueEntry",
        path: "/catalogue/{entry}/merge",
        summary: "Merges an entry into another of the same tenant, or into a shared one. Profiles \
                  that refer to the first show the second.",
        body: Some("CatalogueMerge"),
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(merge(call)),
        ..Operation::WRITE
    },
];

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let limit = call.limit()?;
    let kind = match call.query("kind") {
        None => None,
        Some(kind) => Some(parse_kind(kind).map_err(AdminProblem::bad_request)?),
    };
    let after: Option<i32> = call.parse_query("cursor", "the next of a page")?;
    let tenant: Option<TenantId> = call.parse_query("tenant", "a UUID")?;
    let is_shared = call.flag("shared")?;
    if is_shared && tenant.is_some() {
        return Err(AdminProblem::bad_request(
            "give only one of tenant and shared",
        ));
    }
    let owners = match (tenant, call.operator.tenant) {
        (Some(tenant), _) if !call.operator.sees(tenant) => Vec::new(),
        (Some(tenant), _) => vec![CatalogueOwner::Tenant(tenant)],
        (None, _) if is_shared => vec![CatalogueOwner::Shared],
        (None, Some(own)) => vec![CatalogueOwner::Tenant(own), CatalogueOwner::Shared],
        (None, None) => vec![CatalogueOwner::Any],
    };
    let mut items: Vec<CatalogueEntry> = Vec::new();
    for owner in owners {
        let after = after.map(CatalogueId);
        let page = call.api.catalogue.list(owner, kind, after, limit + 1);
        items.extend(page.await?);
    }
    items.sort_unstable_by_key(|entry| entry.id);
    let page = Page::of(items, limit, |entry| entry.id.0.to_string());
    Ok(AdminResponse::json(StatusCode::OK, &page))
}

/// Parses the name of a list.
pub(crate) fn parse_kind(text: &str) -> Result<CatalogueKind, String> {
    CatalogueKind::parse(text).ok_or_else(|| {
        let known: Vec<_> = CatalogueKind::ALL.map(CatalogueKind::as_str).into();
        format!("must be one of {}", known.join(", "))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEntries {
    kind: String,
    tenant_id: Option<TenantId>,
    entries: Vec<NewEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEntry {
    name: String,
    description: Option<String>,
}

#[derive(Serialize)]
struct AddedEntries {
    /// The entries of the names, in their order.
    items: Vec<CatalogueEntry>,
    /// The number of new entries.
    added: u64,
}

async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let NewEntries {
        kind,
        tenant_id,
        entries,
    } = call.body()?;
    let kind = parse_kind(&kind).map_err(|e| AdminProblem::invalid_field("kind", e))?;
    if entries.is_empty() || entries.len() > MAX_NAMES {
        let message = format!("must have from 1 to {MAX_NAMES} entries");
        return Err(AdminProblem::invalid_field("entries", message));
    }
    let owner = call.owner(tenant_id).await?;
    let mut names = Vec::new();
    let mut errors = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        match parse_entry(&entry.name, entry.description.as_deref()) {
            Ok(entry) => names.push(entry),
            Err(message) => {
                errors.push(FieldError::new("entries", format!("at {index}: {message}")));
            }
        }
    }
    if !errors.is_empty() {
        return Err(AdminProblem::invalid(errors));
    }
    let catalogue = &call.api.catalogue;
    let added = catalogue.insert(owner, kind, &names).await?;
    let keys: Vec<_> = names.iter().map(|(name, _)| name.key()).collect();
    let found = catalogue.by_keys(owner, kind, &keys).await?;
    let entry = |key: &&str| {
        let mut found = found.iter();
        found
            .find(|(known, _)| known == key)
            .map(|(_, e)| e.clone())
    };
    let items = keys.iter().filter_map(entry).collect();
    let added = AddedEntries { items, added };
    Ok(AdminResponse::json(call.operation.status, &added))
}

/// Parses the name and the description of an entry.
pub(crate) fn parse_entry(
    name: &str,
    description: Option<&str>,
) -> Result<(CatalogueName, Option<String>), String> {
    let name = CatalogueName::parse(name).map_err(|error| format!("a name {error}"))?;
    let normalise = |text| text::normalise(text, MAX_DESCRIPTION);
    let description = description.map(normalise).transpose();
    let description = description.map_err(|error| format!("a description {error}"))?;
    Ok((name, description.filter(|text| !text.is_empty())))
}

fn missing() -> AdminProblem {
    AdminProblem::not_found("entry not found; `manyface catalogue list` prints all")
}

/// Returns the entry of the path, which the operator may change.
async fn own_entry(call: &Call<'_>) -> Result<CatalogueId, AdminProblem> {
    let id = call.params.first().map_or("", String::as_str);
    let id = CatalogueId(id.parse().map_err(|_| missing())?);
    let Some(own) = call.operator.tenant else {
        return Ok(id);
    };
    match visible_owner(call, own, id).await? {
        Some(owner) if owner == own => Ok(id),
        // All tenants share the entry.
        _ => Err(AdminProblem::forbidden(
            "the entry belongs to all tenants; the token is limited to one",
        )),
    }
}

/// Returns the owner of an entry that the tenant sees.
async fn visible_owner(
    call: &Call<'_>,
    tenant: TenantId,
    id: CatalogueId,
) -> Result<Option<TenantId>, AdminProblem> {
    let found = call.api.catalogue.by_ids(tenant, &[id]).await?;
    let entry = found.into_iter().find(|(_, entry)| entry.id == id);
    let (_, entry) = entry.ok_or_else(missing)?;
    Ok(entry.tenant_id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewName {
    name: String,
}

async fn rename(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let NewName { name } = call.body()?;
    let id = own_entry(&call).await?;
    let invalid = |message: String| AdminProblem::invalid_field("name", message);
    let name = CatalogueName::parse(&name).map_err(|error| invalid(error.to_string()))?;
    respond(call.api.catalogue.rename(id, &name).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    into: i32,
}

async fn merge(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let Merge { into } = call.body()?;
    let into = CatalogueId(into);
    let from = own_entry(&call).await?;
    if let Some(own) = call.operator.tenant {
        visible_owner(&call, own, into).await?;
    }
    respond(call.api.catalogue.merge(from, into).await?)
}

fn respond(change: CatalogueChange) -> Result<AdminResponse, AdminProblem> {
    match change {
        CatalogueChange::Done => Ok(AdminResponse::empty(StatusCode::NO_CONTENT)),
        CatalogueChange::NoSuchEntry => Err(missing()),
        CatalogueChange::NameTaken => Err(AdminProblem::conflict(
            "another entry has the name; merge the two instead",
        )),
        CatalogueChange::NotAPair => Err(AdminProblem::conflict(
            "these are not two entries of one list and tenant; only a tenant's entry can be merged \
             into a shared one",
        )),
    }
}
