//! The tokens of the users of a seed.

use std::{fmt::Write, time::Duration};

use manyface_core::{Profile, ProfileRef};
use serde::Serialize;

use super::{OptionalClaims, Seed, seed::EPOCH, token_at};
use crate::{Deployment, Failure};

/// The lifetime of the tokens: a century.
const LIFETIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
/// The lifetime of tokens that have expired.
const EXPIRED_LIFETIME: Duration = Duration::from_secs(60);
/// The maximum number of users.
const MAX_USERS: usize = 100;

/// The format of a table of tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TokenFormat {
    /// A table
    #[default]
    Text,
    /// JSON
    Json,
    /// Variables, one per line
    Env,
}

/// The tokens of all users of the seed.
#[derive(Serialize)]
struct ReadyTokens<'a> {
    users: Vec<UserTokens>,
    api_keys: &'a [String],
}

#[derive(Serialize)]
struct UserTokens {
    username: String,
    id: String,
    tenant_id: String,
    tokens: Vec<ReadyToken>,
}

#[derive(Serialize)]
struct ReadyToken {
    dialect: &'static str,
    token: String,
    expired_token: String,
}

/// Returns the tokens of the users of `seed`, with all scopes of the dialect's operations. They are
/// the same for equal seeds.
pub(crate) async fn ready_tokens(
    deployment: &Deployment,
    seed: &Seed,
    format: TokenFormat,
) -> Result<String, Failure> {
    let repository = deployment.repository();
    let mut users = Vec::new();
    for username in seed.usernames().take(MAX_USERS) {
        let who = ProfileRef::Username(username.to_owned());
        if let Some(profile) = repository.find(&who).await? {
            users.push(tokens_of(deployment, &profile));
        }
    }
    let api_keys = seed.keys();
    let ready = ReadyTokens { users, api_keys };
    match format {
        TokenFormat::Text => Ok(ready.to_text()),
        TokenFormat::Env => Ok(ready.to_env()),
        TokenFormat::Json => serde_json::to_string_pretty(&ready)
            .map(|text| text + "\n")
            .map_err(|error| Failure::could_not("write JSON", error)),
    }
}

fn tokens_of(deployment: &Deployment, profile: &Profile) -> UserTokens {
    let config = deployment.config();
    let dialects = deployment.mounts().iter().map(|(_, dialect)| dialect);
    let dialects = dialects.filter(|dialect| !config.has_issuers(dialect.name));
    let tokens = deployment.issuer().into_iter().flat_map(|issuer| {
        dialects.clone().map(move |dialect| {
            let scopes = dialect.scopes();
            let claims = OptionalClaims {
                scopes: &scopes,
                ..OptionalClaims::default()
            };
            let issue = |ttl| token_at(issuer, dialect, profile, claims, EPOCH, ttl);
            ReadyToken {
                dialect: dialect.name,
                token: issue(LIFETIME),
                expired_token: issue(EXPIRED_LIFETIME),
            }
        })
    });
    UserTokens {
        username: profile.username.as_str().to_owned(),
        id: profile.id.to_string(),
        tenant_id: profile.tenant_id.to_string(),
        tokens: tokens.collect(),
    }
}

impl ReadyTokens<'_> {
    fn to_text(&self) -> String {
        let mut text = String::new();
        for user in &self.users {
            let UserTokens {
                username,
                id,
                tenant_id,
                tokens,
            } = user;
            writeln!(text, "{username}  {id}  (tenant {tenant_id})").expect("a string grows");
            for token in tokens {
                let (dialect, token) = (token.dialect, &token.token);
                writeln!(text, "  {dialect:12} {token}").expect("a string grows");
            }
        }
        for key in self.api_keys {
            writeln!(text, "API key        {key}").expect("a string grows");
        }
        text
    }

    fn to_env(&self) -> String {
        let mut text = String::new();
        let mut add = |name: &str, value: &str| {
            writeln!(text, "{}={value}", variable(name)).expect("a string grows");
        };
        for user in &self.users {
            let name = &user.username;
            add(&format!("{name}_id"), &user.id);
            add(&format!("{name}_tenant_id"), &user.tenant_id);
            for token in &user.tokens {
                let dialect = token.dialect;
                add(&format!("{name}_{dialect}_token"), &token.token);
                add(
                    &format!("{name}_{dialect}_expired_token"),
                    &token.expired_token,
                );
            }
        }
        for (number, key) in (1..).zip(self.api_keys) {
            add(&format!("api_key_{number}"), key);
        }
        text
    }
}

/// Returns `name` as the name of an environment variable.
fn variable(name: &str) -> String {
    let characters = name.chars().map(|character| {
        if character.is_ascii_alphanumeric() {
            character.to_ascii_uppercase()
        } else {
            '_'
        }
    });
    characters.collect()
}
