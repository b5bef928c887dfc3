//! The host, in this process, on a separate database.

use std::sync::{Arc, OnceLock};

use manyface::DialectRegistry;
use manyface_auth::{NewToken, TokenKind};
use manyface_conformance::{Account, Failure, HttpTarget, KnownUser, Target, User, Users};
use manyface_core::{ApiKey, AuthProvider, ProfileId};
use manyface_dialect::Dialect;
use manyface_testing::{
    Postgres, RunningDeployment,
    deployment::{TTL, message, now, scopes_of},
};

/// A database to serve from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Database {
    /// A file.
    Sqlite,
    /// A server that is started for the tests.
    Postgresql,
}

/// The host, started when the first user is wanted.
pub(crate) struct Served {
    database: Database,
    dialect: fn() -> Dialect,
    started: OnceLock<Result<Started, String>>,
}

struct Started {
    base: String,
    target: HttpTarget,
}

impl Served {
    pub(crate) fn new(database: Database, dialect: fn() -> Dialect) -> Self {
        Self {
            database,
            dialect,
            started: OnceLock::new(),
        }
    }

    /// The same server with one known user, and the user's account.
    pub(crate) fn single_user(&self) -> Result<(HttpTarget, Account), Failure> {
        let started = self.started()?;
        let user = started.target.user(AuthProvider::Local)?;
        let is_tenant = |(name, _): &&(&str, String)| *name == Account::TENANT;
        let tenant = user.others().iter().find(is_tenant);
        let tenant = tenant.map(|(_, tenant)| tenant.clone());
        let account = Account::known(user.token().to_owned(), tenant);
        let target = HttpTarget::with_account(&started.base, account.clone())?;
        Ok((target, account))
    }

    /// The same server with a known user of every kind.
    pub(crate) fn known(&self) -> Result<(String, Vec<KnownUser>), Failure> {
        let started = self.started()?;
        let account = |provider| {
            let user = started.target.user(provider)?;
            let others = user.others().to_vec();
            let token = user.token().to_owned();
            Ok::<_, Failure>(Account { token, others })
        };
        let mut known = vec![
            KnownUser::user(account(AuthProvider::Local)?),
            KnownUser {
                label: "another user".to_owned(),
                ..KnownUser::user(account(AuthProvider::Local)?)
            },
        ];
        // One for each exchange that needs one.
        for _ in 0..4 {
            let user = KnownUser::user(account(AuthProvider::Local)?);
            known.push(KnownUser {
                is_fresh: true,
                ..user
            });
        }
        for provider in [AuthProvider::Oidc, AuthProvider::Saml] {
            let user = KnownUser::user(account(provider)?);
            known.push(KnownUser { provider, ..user });
        }
        Ok((started.base.clone(), known))
    }

    fn started(&self) -> Result<&Started, Failure> {
        let started = self.started.get_or_init(|| {
            let database = match self.database {
                Database::Sqlite => None,
                Database::Postgresql => Some(Postgres::shared().database()),
            };
            let running = RunningDeployment::start(DialectRegistry::default(), database)?;
            let (base, dialect) = (running.base_url.clone(), self.dialect);
            let running = Arc::new(running);
            let target = HttpTarget::with_users(&base, move |provider| {
                account(&running, &dialect(), provider)
            });
            let target = target.map_err(message)?;
            Ok(Started { base, target })
        });
        started.as_ref().map_err(|e| Failure::Target(e.clone()))
    }
}

impl Target for Served {
    fn user(&self, provider: AuthProvider) -> Result<Box<dyn User + '_>, Failure> {
        self.started()?.target.user(provider)
    }

    fn makes_users(&self) -> bool {
        true
    }
}

/// Makes a user and another one, their credentials, and an API key.
fn account(
    running: &RunningDeployment,
    dialect: &Dialect,
    provider: AuthProvider,
) -> Result<Account, Failure> {
    let profile = running.add(provider, |_| {})?;
    let other = running.add(AuthProvider::Local, |_| {})?;
    let scopes = scopes_of(dialect);
    let token = |scopes: &[&str]| running.token(dialect, &profile, scopes, None, now());
    // A user who never existed is treated like a removed one.
    let unknown = Users::profile(profile.tenant_id, now(), AuthProvider::Local);
    let ProfileId(id) = profile.id;
    let mut random = [0; 32];
    random[..16].copy_from_slice(id.as_bytes());
    let key = NewToken::of_random(TokenKind::ApiKey, random);
    random[31] = 1;
    let app_key = NewToken::of_random(TokenKind::ApiKey, random);
    for (key, app) in [(&key, None), (&app_key, Some("app_conformance"))] {
        let known = ApiKey {
            id: format!("key_{}_{}", app.unwrap_or_default(), id.simple()),
            dialect: dialect.name.to_owned(),
            app: app.map(str::to_owned),
            accounts: vec![Account::PROGRAM.to_owned()],
            tenant_id: profile.tenant_id,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            api_version: None,
            created_at: now(),
            revoked_at: None,
        };
        let keys = running.deployment.api_keys();
        let added = running.runtime.block_on(keys.add(&known, &key.digest()));
        added.map_err(|error| Failure::Target(message(error)))?;
    }
    let bound = Some(Account::PROGRAM);
    let bound = running.token(dialect, &profile, &scopes, bound, now());
    let expired = running.token(dialect, &profile, &scopes, None, now() - 2 * TTL);
    let gone = running.token(dialect, &unknown, &scopes, None, now());
    Ok(Account {
        token: token(&scopes),
        others: vec![
            (Account::TENANT, profile.tenant_id.to_string()),
            ("bare", token(&[])),
            ("bound", bound),
            ("expired", expired),
            ("gone", gone),
            ("username", profile.username.as_str().to_owned()),
            ("another", other.username.as_str().to_owned()),
            ("key", key.as_str().to_owned()),
            ("app", app_key.as_str().to_owned()),
        ],
    })
}
