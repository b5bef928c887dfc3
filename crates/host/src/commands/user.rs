//! `manyface user …`

mod add;

use std::{collections::BTreeMap, sync::Arc};

use clap::{Args, Subcommand};
use manyface_core::{
    AdminRepository, Json, Profile, ProfileId, ProfileOverride, ProfileRef, Provenance, TenantId,
    Username,
};
use serde::Serialize;

use self::add::AddArgs;
use super::output::{json, say};
use crate::{
    Config, DialectRegistry, Failure, database::ready_store, deployment::default_tenant,
    media::Media, system,
};

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user, and print the profile as JSON
    Add(Box<AddArgs>),
    /// Print a profile as JSON
    Show(UserArgs),
    /// Print profiles as JSON, one per line, ordered by id
    List {
        /// Start after this id
        #[arg(long, value_name = "UUID")]
        after: Option<manyface_core::ProfileId>,
        /// Maximum number [default: all]
        #[arg(long)]
        limit: Option<u64>,
        /// Only users of this tenant
        #[arg(long, value_name = "UUID")]
        tenant: Option<TenantId>,
    },
    /// Print or set a user's operator data
    OperatorData {
        #[command(flatten)]
        who: UserArgs,
        /// The dialect
        #[arg(long)]
        dialect: String,
        /// The data as JSON, in the dialect's documented form
        #[arg(conflicts_with = "clear")]
        operator_data: Option<String>,
        /// Remove the data
        #[arg(long)]
        clear: bool,
    },
    /// Erase a user with all personal data
    Remove(UserArgs),
}

#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    /// A user name, a canonical UUID, or DIALECT:ID
    pub(crate) user: String,
}

/// A profile with its per-account overrides.
#[derive(Serialize)]
struct ProfileOutput {
    #[serde(flatten)]
    profile: Profile,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    overrides: BTreeMap<String, ProfileOverride>,
}

/// The number of profiles read per query.
const PAGE_SIZE: u32 = 500;

pub(crate) async fn run(config: Config, command: UserCommand) -> Result<(), Failure> {
    let store = ready_store(&config).await?;
    let repository: Arc<dyn AdminRepository> = store.repository();
    match command {
        UserCommand::Add(args) => {
            let tenant = default_tenant(&*repository).await?;
            let profile = add::run(&*repository, *args, tenant, &config).await?;
            json(&profile)
        }
        UserCommand::Show(UserArgs { user }) => {
            let profile = find(&*repository, &user).await?;
            let overrides = store.overrides().overrides_of(profile.id).await?;
            let overrides = overrides.into_iter().collect();
            json(&ProfileOutput { profile, overrides })
        }
        UserCommand::List {
            after,
            limit,
            tenant,
        } => list(&*repository, after, limit, tenant).await,
        UserCommand::OperatorData {
            who: UserArgs { user },
            dialect,
            operator_data,
            clear,
        } => {
            set_operator_data(
                &*repository,
                config.dialect_registry,
                &user,
                &dialect,
                operator_data,
                clear,
            )
            .await
        }
        UserCommand::Remove(UserArgs { user }) => {
            let profile = find(&*repository, &user).await?;
            let id = profile.id;
            let dialects = config.dialect_registry.dialects().into_iter();
            let files = dialects.filter_map(|dialect| dialect.capabilities.files);
            let files: Vec<_> = files
                .filter_map(|files| (files.file_of)(&profile))
                .collect();
            let images = store.images().images_of(id).await?;
            if !repository.remove(&ProfileRef::Id(id)).await? {
                return Err(user_not_found(&user));
            }
            if !images.is_empty() || !files.is_empty() {
                let media = Media::open(&config, &store)?;
                media.collector().remove_erased(&images).await?;
                for (kind, key) in &files {
                    media.blobs().remove(*kind, key).await?;
                }
            }
            say(&format!("manyface: removed {id}"));
            Ok(())
        }
    }
}

/// Returns the profile of `user`: a user name, a canonical UUID, or `DIALECT:ID`.
pub(super) async fn find(repository: &dyn AdminRepository, user: &str) -> Result<Profile, Failure> {
    let mut names = Vec::new();
    if let Ok(id) = user.parse::<ProfileId>() {
        names.push(ProfileRef::Id(id));
    }
    if let Some((dialect, id)) = user.split_once(':') {
        names.push(ProfileRef::External {
            dialect: dialect.into(),
            id: id.to_owned(),
        });
    }
    if let Ok(username) = Username::parse(user) {
        names.push(ProfileRef::Username(username.key().to_owned()));
    }
    for name in &names {
        if let Some(profile) = repository.inspect(name).await? {
            return Ok(profile);
        }
    }
    Err(user_not_found(user))
}

fn user_not_found(user: &str) -> Failure {
    Failure::Finding(format!(
        "there is no user {user}; `manyface user list` prints all"
    ))
}

async fn list(
    repository: &dyn AdminRepository,
    mut after: Option<ProfileId>,
    limit: Option<u64>,
    tenant: Option<TenantId>,
) -> Result<(), Failure> {
    let is_wanted = |profile: &Profile| tenant.is_none_or(|tenant| tenant == profile.tenant_id);
    let mut left = limit.unwrap_or(u64::MAX);
    loop {
        let page = repository.list(after, PAGE_SIZE).await?;
        for profile in page.iter().filter(|profile| is_wanted(profile)) {
            if left == 0 {
                return Ok(());
            }
            json(profile)?;
            left -= 1;
        }
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
    }
}

/// The maximum size of stored operator data, in bytes.
const MAX_OPERATOR_DATA_BYTES: usize = 64 * 1024;

async fn set_operator_data(
    repository: &dyn AdminRepository,
    dialect_registry: DialectRegistry,
    user: &str,
    dialect: &str,
    operator_data: Option<String>,
    clear: bool,
) -> Result<(), Failure> {
    let known = dialect_registry.find("--dialect", dialect)?;
    let profile = find(repository, user).await?;
    let operator_data = match operator_data {
        None if clear => None,
        None => return json(&profile.operator_data.get(dialect)),
        Some(text) if text.len() > MAX_OPERATOR_DATA_BYTES => {
            let message = format!("operator data must be at most {MAX_OPERATOR_DATA_BYTES} bytes");
            return Err(Failure::Finding(message));
        }
        Some(text) => {
            let operator_data = Json::parse(text).map_err(|e| Failure::Finding(e.to_string()))?;
            (known.check_operator_data)(&operator_data).map_err(Failure::Finding)?;
            Some(operator_data)
        }
    };
    let who = ProfileRef::Id(profile.id);
    let provenance = Provenance::operator(system::now());
    let set = repository.set_operator_data(&who, dialect, operator_data.as_ref(), &provenance);
    let profile = set.await?.ok_or_else(|| user_not_found(user))?;
    json(&profile.operator_data.get(dialect))
}
