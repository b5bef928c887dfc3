//! Operations on API keys of accounts and apps.

use http::{Method, StatusCode};
use manyface_auth::{NewToken, TokenKind};
use manyface_core::{ApiKey, ProfileId, TenantId};
use manyface_dialect::{ApiKeyRules, Dialect};
use serde::{Deserialize, Serialize};

use super::{AdminProblem, AdminResponse, Call, Operation, call::Page};
use crate::{DialectRegistry, system};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "listKeys",
        path: "/keys",
        summary: "Lists all API keys, without their secrets, in the order of their creation.",
        response: Some("KeyPage"),
        run: |call| Box::pin(list(call)),
        ..Operation::READ
    },
    Operation {
        id: "addKey",
        path: "/keys",
        summary: "Adds an API key. The response has the key, which cannot be read again.",
        body: Some("NewKey"),
        status: StatusCode::CREATED,
        response: Some("AddedKey"),
        run: |call| Box::pin(add(call)),
        ..Operation::WRITE
    },
    Operation {
        id: "revokeKey",
        method: Method::DELETE,
        path: "/keys/{id}",
        summary: "Revokes an API key permanently.",
        status: StatusCode::NO_CONTENT,
        run: |call| Box::pin(revoke(call)),
        ..Operation::WRITE
    },
];

async fn keys(call: &Call<'_>) -> Result<Vec<ApiKey>, AdminProblem> {
    let mut keys = call.api.api_keys.list().await?;
    keys.retain(|key| call.operator.sees(key.tenant_id));
    Ok(keys)
}

async fn list(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let items = keys(&call).await?;
    Ok(AdminResponse::json(
        StatusCode::OK,
        &Page { items, next: None },
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// The dialect of the key. Default: the only one with API keys.
    dialect: Option<String>,
    /// The account of the key, or the accounts that installed the app.
    #[serde(default)]
    accounts: Vec<String>,
    /// The app of the key.
    app: Option<String>,
    tenant_id: Option<TenantId>,
    /// The scopes. Default: those that the dialect's operations require.
    scopes: Option<Vec<String>>,
    /// The API version of requests without a version header.
    api_version: Option<String>,
}

/// A new key with its secret.
#[derive(Serialize)]
struct AddedKey<'a> {
    #[serde(flatten)]
    api_key: &'a ApiKey,
    key: &'a str,
}

async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let new: NewKey = call.body()?;
    let (dialect, rules) = dialect(call.api.dialects, new.dialect.as_deref())?;
    check(&new, rules)?;
    let tenant_id = call.tenant(new.tenant_id).await?;
    let unrandom = |failure: crate::Failure| AdminProblem::internal(failure.to_string());
    let secret = NewToken::of_random(TokenKind::ApiKey, system::random().map_err(unrandom)?);
    let now = call.now();
    let ProfileId(id) = system::profile_id(now).map_err(unrandom)?;
    let scopes = match new.scopes {
        Some(scopes) => scopes
            .into_iter()
            .filter(|scope| !scope.is_empty())
            .collect(),
        None => rules
            .default_scopes
            .iter()
            .map(|&scope| scope.to_owned())
            .collect(),
    };
    let key = ApiKey {
        id: format!("key_{}", id.simple()),
        dialect: dialect.to_owned(),
        app: new.app,
        accounts: new.accounts,
        tenant_id,
        scopes,
        api_version: new.api_version,
        created_at: now,
        revoked_at: None,
    };
    call.api.api_keys.add(&key, &secret.digest()).await?;
    let added = AddedKey {
        api_key: &key,
        key: secret.as_str(),
    };
    Ok(AdminResponse::json(StatusCode::CREATED, &added))
}

fn check(new: &NewKey, rules: ApiKeyRules) -> Result<(), AdminProblem> {
    if !new.accounts.iter().all(|id| (rules.is_account)(id)) {
        return Err(AdminProblem::invalid_field(
            "accounts",
            "must be biz_ followed by letters and digits",
        ));
    }
    match &new.app {
        Some(app) if !(rules.is_app)(app) => {
            return Err(AdminProblem::invalid_field(
                "app",
                "must be app_ followed by letters and digits",
            ));
        }
        None if new.accounts.is_empty() => {
            return Err(AdminProblem::invalid_field(
                "accounts",
                "must not be empty without an app",
            ));
        }
        None if new.accounts.len() > 1 => {
            return Err(AdminProblem::invalid_field(
                "accounts",
                "must be one; give an app for a key of several accounts",
            ));
        }
        Some(_) | None => {}
    }
    match &new.api_version {
        Some(version) if !(rules.is_version)(version) => Err(AdminProblem::invalid_field(
            "api_version",
            format!("has no version {version}"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Returns the dialect that the key is for: the named one, or the only one that has API keys.
fn dialect(
    registry: DialectRegistry,
    named: Option<&str>,
) -> Result<(&'static str, ApiKeyRules), AdminProblem> {
    let rules_of = |dialect: Dialect| Some((dialect.name, dialect.capabilities.api_keys?));
    let all = || registry.dialects().into_iter();
    if let Some(name) = named {
        let found = all().find(|dialect| dialect.name == name);
        let known = registry.names().join(", ");
        let unknown =
            || AdminProblem::invalid_field("dialect", format!("is unknown; known are {known}"));
        let found = found.ok_or_else(unknown)?;
        return rules_of(found)
            .ok_or_else(|| AdminProblem::invalid_field("dialect", "has no API keys"));
    }
    match *all().filter_map(rules_of).collect::<Vec<_>>() {
        [only] => Ok(only),
        [] => Err(AdminProblem::invalid_field(
            "dialect",
            "is missing; no dialect has API keys",
        )),
        ref several => {
            let several: Vec<_> = several.iter().map(|(name, _)| *name).collect();
            let message = format!("is required; {} have API keys", several.join(", "));
            Err(AdminProblem::invalid_field("dialect", message))
        }
    }
}

async fn revoke(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let id = call.params.first().map_or("", String::as_str);
    let missing = || AdminProblem::not_found(format!("there is no key {id}"));
    if !keys(&call).await?.iter().any(|key| key.id == id) {
        return Err(missing());
    }
    if call.api.api_keys.revoke(id, call.now()).await? {
        Ok(AdminResponse::empty(StatusCode::NO_CONTENT))
    } else {
        Err(missing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(registry: DialectRegistry, named: Option<&str>) -> Option<&'static str> {
        dialect(registry, named).ok().map(|(name, _)| name)
    }

    #[test]
    fn the_only_dialect_with_api_keys_is_the_default() {
        assert_eq!(name(DialectRegistry::default(), None), Some("whop"));
        assert_eq!(name(DialectRegistry::default(), Some("whop")), Some("whop"));
        assert_eq!(name(DialectRegistry::default(), Some("iam")), None);
        assert_eq!(name(DialectRegistry::default(), Some("x")), None);
    }

    #[test]
    fn several_dialects_with_api_keys_require_a_choice() {
        fn two() -> Vec<Dialect> {
            let mut second = manyface_whop::dialect();
            second.name = "second";
            vec![manyface_whop::dialect(), second]
        }
        assert_eq!(name(DialectRegistry::of(two), None), None);
        assert_eq!(
            name(DialectRegistry::of(two), Some("second")),
            Some("second")
        );
        assert_eq!(name(DialectRegistry::of(Vec::new), None), None);
    }
}
