//! `manyface catalogue …`

mod load;

use std::path::PathBuf;

use clap::Subcommand;
use manyface_core::{
    CatalogueChange, CatalogueEntry, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner,
    CatalogueStore, TenantId, text,
};
use manyface_store::Store;

use super::output::{json, say};
use crate::{Config, Failure, database::ready_store};

/// The number of entries read per query.
const PAGE_SIZE: u32 = 500;
/// The maximum length of a description, in characters.
const MAX_DESCRIPTION: usize = 1_000;

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Add names to a list and print their entries as JSON, one per line
    Add {
        /// The list: skill, investment_interest, technical_interest or tag
        #[arg(long, value_parser = kind)]
        kind: CatalogueKind,
        /// Its description
        #[arg(long)]
        description: Option<String>,
        /// The tenant the names belong to [default: shared by all tenants]
        #[arg(long)]
        tenant: Option<TenantId>,
        /// The names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Print entries as JSON, one per line, ordered by id
    List {
        /// The list [default: all]
        #[arg(long, value_parser = kind)]
        kind: Option<CatalogueKind>,
        /// Only the entries of this tenant, without the shared ones
        #[arg(long, conflicts_with = "shared")]
        tenant: Option<TenantId>,
        /// Only the entries that all tenants share
        #[arg(long)]
        shared: bool,
    },
    /// Rename an entry
    Rename {
        /// Its id
        id: i32,
        /// The new name
        name: String,
    },
    /// Merge an entry into another of the same tenant, or into a shared one: profiles that refer to
    /// the first show the second
    Merge {
        /// The id of the entry to remove
        from: i32,
        /// The id of the entry to keep
        into: i32,
    },
    /// Add the names in a file, one per line, each optionally with a tab and a description
    Load {
        /// The list
        #[arg(long, value_parser = kind)]
        kind: CatalogueKind,
        /// The tenant the names belong to [default: shared by all tenants]
        #[arg(long)]
        tenant: Option<TenantId>,
        /// The file, in UTF-8; - is standard input
        file: PathBuf,
    },
}

fn kind(text: &str) -> Result<CatalogueKind, String> {
    CatalogueKind::parse(text).ok_or_else(|| {
        let known: Vec<_> = CatalogueKind::ALL.map(CatalogueKind::as_str).into();
        format!("must be one of {}", known.join(", "))
    })
}

pub(crate) async fn run(config: Config, command: CatalogueCommand) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let catalogue = store.catalogue();
    match command {
        CatalogueCommand::Add {
            kind,
            description,
            tenant,
            names,
        } => {
            check_tenant(&store, tenant).await?;
            add(&*catalogue, tenant, kind, description.as_deref(), &names).await
        }
        CatalogueCommand::List {
            kind,
            tenant,
            shared,
        } => {
            check_tenant(&store, tenant).await?;
            let owner = match tenant {
                Some(tenant) => CatalogueOwner::Tenant(tenant),
                None if shared => CatalogueOwner::Shared,
                None => CatalogueOwner::Any,
            };
            list(&*catalogue, owner, kind).await
        }
        CatalogueCommand::Rename { id, name } => {
            let name = parse_name(&name)?;
            let renamed = catalogue.rename(CatalogueId(id), &name).await?;
            report_change(renamed, &format!("{id} is {} now", name.as_str()))
        }
        CatalogueCommand::Merge { from, into } => {
            let merged = catalogue
                .merge(CatalogueId(from), CatalogueId(into))
                .await?;
            report_change(merged, &format!("{from} is {into} now"))
        }
        CatalogueCommand::Load { kind, tenant, file } => {
            check_tenant(&store, tenant).await?;
            load::run(&*catalogue, tenant, kind, &file).await
        }
    }
}

async fn check_tenant(store: &Store, tenant: Option<TenantId>) -> Result<(), Failure> {
    if let Some(id) = tenant
        && store.repository().tenant(id).await?.is_none()
    {
        return Err(Failure::Finding(format!("there is no tenant {id}")));
    }
    Ok(())
}

async fn add(
    catalogue: &dyn CatalogueStore,
    owner: Option<TenantId>,
    kind: CatalogueKind,
    description: Option<&str>,
    names: &[String],
) -> Result<(), Failure> {
    let description = description.map(parse_description).transpose()?.flatten();
    let names = names.iter().map(|name| {
        let name = parse_name(name)?;
        Ok((name, description.clone()))
    });
    let names = names.collect::<Result<Vec<_>, Failure>>()?;
    catalogue.insert(owner, kind, &names).await?;
    let keys: Vec<_> = names.iter().map(|(name, _)| name.key()).collect();
    let found = catalogue.by_keys(owner, kind, &keys).await?;
    for key in keys {
        if let Some((_, entry)) = found.iter().find(|(known, _)| known == key) {
            json(entry)?;
        }
    }
    Ok(())
}

async fn list(
    catalogue: &dyn CatalogueStore,
    owner: CatalogueOwner,
    kind: Option<CatalogueKind>,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page: Vec<CatalogueEntry> = catalogue.list(owner, kind, after, PAGE_SIZE).await?;
        for entry in &page {
            json(entry)?;
        }
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
    }
}

fn report_change(change: CatalogueChange, done: &str) -> Result<(), Failure> {
    let finding = |text: &str| Err(Failure::Finding(text.to_owned()));
    match change {
        CatalogueChange::Done => {
            say(&format!("manyface: {done}"));
            Ok(())
        }
        CatalogueChange::NoSuchEntry => {
            finding("entry not found; `manyface catalogue list` prints all")
        }
        CatalogueChange::NameTaken => finding("another entry has the name; merge the two instead"),
        CatalogueChange::NotAPair => finding(
            "these are not two entries of one list and tenant; only a tenant's entry can be merged into a shared one",
        ),
    }
}

fn parse_name(name: &str) -> Result<CatalogueName, Failure> {
    CatalogueName::parse(name).map_err(|error| Failure::Finding(format!("a name {error}")))
}

fn parse_description(description: &str) -> Result<Option<String>, Failure> {
    let text = text::normalise(description, MAX_DESCRIPTION);
    let text = text.map_err(|error| Failure::Finding(format!("a description {error}")))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}
