//! `manyface tenant …`

use clap::Subcommand;
use manyface_core::{AdminRepository, Error, Tenant, TenantId, text};
use serde::Serialize;

use super::output::{json, say};
use crate::{Config, Failure, database::ready_store, deployment::default_tenant, system};

/// The number of tenants read per query.
const PAGE_SIZE: u32 = 500;
/// The maximum length of a tenant's name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// A tenant with its number of users.
#[derive(Serialize)]
struct TenantOutput {
    #[serde(flatten)]
    tenant: Tenant,
    users: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Add a tenant, and print it as JSON
    Add {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its id [default: a new one]
        #[arg(long, value_name = "UUID")]
        id: Option<TenantId>,
    },
    /// Print a tenant as JSON, with its number of users
    Show(TenantArgs),
    /// Print tenants as JSON, one per line, ordered by id
    List,
    /// Suspend a tenant; its users' tokens are rejected
    Suspend(TenantArgs),
    /// Resume a suspended tenant
    Resume(TenantArgs),
    /// Remove a tenant that has no users
    Remove(TenantArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct TenantArgs {
    /// The tenant
    #[arg(value_name = "UUID")]
    pub(crate) id: TenantId,
}

pub(crate) async fn run(config: Config, command: TenantCommand) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let repository = store.repository();
    // Every deployment has a default tenant.
    default_tenant(&*repository).await?;
    match command {
        TenantCommand::Add { name, id } => json(&add(&*repository, &name, id).await?),
        TenantCommand::Show(args) => {
            let found = repository.tenant(args.id).await?;
            let tenant = found.ok_or_else(|| tenant_not_found(args.id))?;
            let users = repository.count_profiles(args.id).await?;
            json(&TenantOutput { tenant, users })
        }
        TenantCommand::List => list(&*repository).await,
        TenantCommand::Suspend(args) => {
            let suspended = repository.suspend_tenant(args.id, Some(system::now()));
            json(&suspended.await?.ok_or_else(|| tenant_not_found(args.id))?)
        }
        TenantCommand::Resume(args) => {
            let resumed = repository.suspend_tenant(args.id, None).await?;
            json(&resumed.ok_or_else(|| tenant_not_found(args.id))?)
        }
        TenantCommand::Remove(args) => {
            let removed = repository.remove_tenant(args.id).await;
            if !removed.map_err(|error| not_removable(args.id, error))? {
                return Err(tenant_not_found(args.id));
            }
            say(&format!("manyface: removed tenant {}", args.id));
            Ok(())
        }
    }
}

async fn add(
    repository: &dyn AdminRepository,
    name: &str,
    id: Option<TenantId>,
) -> Result<Tenant, Failure> {
    let finding = |reason: &dyn std::fmt::Display| Failure::Finding(format!("name {reason}"));
    let name = text::normalise(name, MAX_NAME_CHARS).map_err(|e| finding(&e))?;
    if name.is_empty() {
        return Err(finding(&"must not be empty"));
    }
    let now = system::now();
    let id = match id {
        Some(id) => id,
        None => system::tenant_id(now)?,
    };
    let tenant = Tenant::new(id, name, now);
    repository.add_tenant(&tenant).await?;
    Ok(tenant)
}

async fn list(repository: &dyn AdminRepository) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = repository.tenants(after, PAGE_SIZE).await?;
        for tenant in &page {
            json(tenant)?;
        }
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
    }
}

/// Explains why a tenant cannot be removed: it has users, or is the default one.
fn not_removable(id: TenantId, error: Error) -> Failure {
    let Error::Invalid(reasons) = error else {
        return error.into();
    };
    let reasons: Vec<_> = reasons.iter().map(|reason| &*reason.message).collect();
    Failure::Finding(format!("tenant {id} {}", reasons.join(" and ")))
}

fn tenant_not_found(id: TenantId) -> Failure {
    Failure::Finding(format!("there is no tenant {id}"))
}
