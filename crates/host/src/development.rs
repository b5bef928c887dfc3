//! The development profile.

mod key;
mod seed;
mod tokens;

use std::time::Duration;

use manyface_auth::{DevelopmentIssuer, Mint};
use manyface_core::{
    AdminRepository, Date, Error, Field, Profile, ProfileRef, Provenance, TenantId, Timestamp,
    UserQuery, Username,
};
use manyface_dialect::{Dialect, TENANT_ID};

use crate::{DialectRegistry, Failure, dialect_registry::mint_external_ids, system};

pub use key::DevelopmentKey;
pub(crate) use key::{create_folder, write_private};
pub(crate) use seed::EXAMPLE;
pub use seed::Seed;
pub(crate) use tokens::{TokenFormat, ready_tokens};

const USERNAME: &str = "moviefan";

/// The demo user.
#[derive(Debug)]
pub struct Demo;

/// Shell variables with the demo user's headers, and commands that update the profile through each
/// dialect.
#[derive(Debug)]
pub struct DemoCommands {
    /// Assignments, one per line.
    pub variables: String,
    /// Commands.
    pub commands: Vec<String>,
}

impl Demo {
    /// Adds the demo user to an empty database, with an id for each dialect that has ids.
    ///
    /// # Panics
    ///
    /// Never: the demo user's name is valid.
    pub async fn seed(
        store: &dyn AdminRepository,
        tenant: TenantId,
        dialect_registry: DialectRegistry,
    ) -> Result<(), Failure> {
        let query = UserQuery {
            limit: 1,
            ..UserQuery::default()
        };
        if !store.search(&query).await?.users.is_empty() {
            return Ok(());
        }
        let now = system::now();
        let username = Username::parse(USERNAME).expect("the name is valid");
        let email = "moviefan@example.com".to_owned();
        let id = system::profile_id(now)?;
        let mut profile = Profile::new(id, tenant, username, email, now);
        profile.display_name = Some("Movie Fan".to_owned());
        profile.date_of_birth = Some(Date::constant(1999, 5, 20));
        mint_external_ids(&mut profile, &dialect_registry.dialects());
        match store.add(&profile, &[], &Provenance::operator(now)).await {
            // Another host on the same database added it first.
            Ok(()) | Err(Error::Taken(Field::Username)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the commands for `mounts` (pairs of a prefix and a dialect), with tokens that are
    /// valid for `ttl`; `None` if the demo user does not exist.
    pub async fn commands(
        store: &dyn AdminRepository,
        issuer: &DevelopmentIssuer,
        mounts: &[(String, Dialect)],
        base_url: &str,
        ttl: Duration,
    ) -> Result<Option<DemoCommands>, Failure> {
        let who = ProfileRef::Username(USERNAME.to_owned());
        let Some(profile) = store.find(&who).await? else {
            return Ok(None);
        };
        let mut variables = vec![
            "JSON='Content-Type: application/json'".to_owned(),
            format!("TENANT_ID='X-Tenant-ID: {}'", profile.tenant_id),
        ];
        let mut commands = Vec::new();
        for (prefix, dialect) in mounts {
            let holds = OptionalClaims {
                scopes: &dialect.scopes(),
                ..OptionalClaims::default()
            };
            let token = token(issuer, dialect, &profile, holds, ttl);
            let name = dialect.name.to_uppercase().replace('-', "_");
            variables.push(format!("{name}='Authorization: Bearer {token}'"));
            let example = dialect.example;
            let (method, path) = (example.method, example.path);
            let body = example.body.replace('\'', r"'\''");
            let tenant = if dialect.headers.contains(&TENANT_ID) {
                r#" -H "$TENANT_ID""#
            } else {
                ""
            };
            commands.push(format!(
                r#"curl -X {method} {base_url}{prefix}{path} -H "${name}"{tenant} -H "$JSON" -d '{body}'"#
            ));
        }
        Ok(Some(DemoCommands {
            variables: variables.join("\n"),
            commands,
        }))
    }
}

/// The optional claims of a development token.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OptionalClaims<'a> {
    pub(crate) scopes: &'a [&'a str],
    pub(crate) groups: &'a [&'a str],
}

/// Issues a development token for `profile` that is valid from now on.
pub(crate) fn token(
    issuer: &DevelopmentIssuer,
    dialect: &Dialect,
    profile: &Profile,
    claims: OptionalClaims<'_>,
    ttl: Duration,
) -> String {
    token_at(issuer, dialect, profile, claims, system::now(), ttl)
}

/// Issues a development token for `profile` that is valid from `now` on. Its `sub` is the dialect's
/// id, or the canonical id if the dialect has none.
fn token_at(
    issuer: &DevelopmentIssuer,
    dialect: &Dialect,
    profile: &Profile,
    claims: OptionalClaims<'_>,
    now: Timestamp,
    ttl: Duration,
) -> String {
    let subject = match dialect.external_ids {
        Some(ids) => match profile.external_ids.get(dialect.name) {
            Some(id) => id.clone(),
            None => (ids.mint)(profile),
        },
        None => profile.id.to_string(),
    };
    issuer.mint(&Mint {
        dialect: dialect.name,
        subject: &subject,
        scopes: claims.scopes,
        tenant: Some(profile.tenant_id),
        account: None,
        groups: claims.groups,
        id: None,
        now,
        ttl,
    })
}
