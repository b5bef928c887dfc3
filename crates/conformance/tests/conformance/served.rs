//! The host, in this process, on a database of its own.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use manyface::{Config, Deployment, Server};
use manyface_auth::{Mint, NewApiKey};
use manyface_conformance::{Account, Failure, HttpTarget, Known, Target, User, Users};
use manyface_core::{
    ApiKey, AuthProvider, Profile, ProfileId, Provenance, Registry, TenantId, Timestamp,
};
use manyface_dialect::Dialect;
use manyface_testing::{Postgres, TempDir};
use tokio::runtime::{Builder, Runtime};

use manyface_testing::deployment::{TTL, now, scopes_of, subject, told};

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
    _server: Server,
    _runtime: Arc<Runtime>,
    _folder: TempDir,
}

impl Served {
    pub(crate) fn new(database: Database, dialect: fn() -> Dialect) -> Self {
        Self {
            database,
            dialect,
            started: OnceLock::new(),
        }
    }

    /// The same server as somebody sees it who has one user's account, and that account.
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

    /// The same server as somebody sees it who has an account of every kind.
    pub(crate) fn known(&self) -> Result<(String, Vec<Known>), Failure> {
        let started = self.started()?;
        let account = |provider| {
            let user = started.target.user(provider)?;
            let others = user.others().to_vec();
            let token = user.token().to_owned();
            Ok::<_, Failure>(Account { token, others })
        };
        let mut known = vec![
            Known::user(account(AuthProvider::Local)?),
            Known {
                label: "another user".to_owned(),
                ..Known::user(account(AuthProvider::Local)?)
            },
        ];
        // One for each exchange that needs one.
        for _ in 0..4 {
            let user = Known::user(account(AuthProvider::Local)?);
            known.push(Known {
                is_fresh: true,
                ..user
            });
        }
        for provider in [AuthProvider::Oidc, AuthProvider::Saml] {
            let user = Known::user(account(provider)?);
            known.push(Known { provider, ..user });
        }
        Ok((started.base.clone(), known))
    }

    fn started(&self) -> Result<&Started, Failure> {
        let started = self.started.get_or_init(|| {
            let folder = TempDir::new().map_err(told)?;
            let url = match self.database {
                Database::Sqlite => format!("sqlite:{}/profiles.sqlite", folder.path().display()),
                Database::Postgresql => Postgres::shared().database(),
            };
            start(&url, folder, self.dialect)
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

fn start(url: &str, folder: TempDir, dialect: fn() -> Dialect) -> Result<Started, String> {
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: folder.path().to_owned(),
        database_url: Some(url.parse().map_err(told)?),
        ..Config::default()
    };
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = Arc::new(runtime.map_err(told)?);
    let deployment = Deployment::open(config).map_err(told)?;
    let server = runtime.block_on(async {
        deployment.prepare().await.map_err(told)?;
        Server::start(&deployment).map_err(told)
    })?;
    let base = server.base_url();
    let maker = Arc::clone(&runtime);
    let target = HttpTarget::with_users(&base, move |provider| {
        let dialect = dialect();
        let account = maker.block_on(account(&deployment, &dialect, provider));
        account.map_err(|e| Failure::Target(told(e)))
    });
    Ok(Started {
        base,
        target: target.map_err(told)?,
        _server: server,
        _runtime: runtime,
        _folder: folder,
    })
}

/// Makes a user and another one, their credentials, and an API key.
async fn account(
    deployment: &Deployment,
    dialect: &Dialect,
    provider: AuthProvider,
) -> Result<Account, Box<dyn std::error::Error>> {
    let registry = deployment.registry();
    let (profile, other) = (
        add(&*registry, dialect, provider).await?,
        add(&*registry, dialect, AuthProvider::Local).await?,
    );
    let issuer = deployment.issuer().ok_or("nobody signs tokens")?;
    let scopes = scopes_of(dialect);
    let minted = |who: &Profile, scopes: &[&str], now: Timestamp, account: Option<&str>| {
        issuer.mint(&Mint {
            dialect: dialect.name,
            subject: &subject(dialect, who),
            scopes,
            tenant: Some(profile.tenant_id),
            account,
            groups: &[],
            id: None,
            now,
            ttl: TTL,
        })
    };
    let of = |who: &Profile, scopes: &[&str], now| minted(who, scopes, now, None);
    let token = |scopes: &[&str]| of(&profile, scopes, now());
    // Somebody whom the registry has never had is as gone as somebody can be.
    let nobody = Users::profile(profile.tenant_id, now(), AuthProvider::Local);
    let ProfileId(id) = profile.id;
    let mut random = [0; 32];
    random[..16].copy_from_slice(id.as_bytes());
    let key = NewApiKey::of_random(random);
    random[31] = 1;
    let app_key = NewApiKey::of_random(random);
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
        deployment.api_keys().add(&known, &key.digest()).await?;
    }
    let bound = minted(&profile, &scopes, now(), Some(Account::PROGRAM));
    Ok(Account {
        token: token(&scopes),
        others: vec![
            (Account::TENANT, profile.tenant_id.to_string()),
            ("bare", token(&[])),
            ("bound", bound),
            ("expired", of(&profile, &scopes, now() - 2 * TTL)),
            ("gone", of(&nobody, &scopes, now())),
            ("username", profile.username.as_str().to_owned()),
            ("another", other.username.as_str().to_owned()),
            ("key", key.as_str().to_owned()),
            ("app", app_key.as_str().to_owned()),
        ],
    })
}

/// Adds a user as `manyface user add` does.
async fn add(
    registry: &dyn Registry,
    dialect: &Dialect,
    provider: AuthProvider,
) -> manyface_core::Result<Profile> {
    let now = now();
    let somebody = Users::profile(TenantId(uuid::Uuid::nil()), now, provider);
    let candidate = TenantId(somebody.id.0);
    let tenant = registry.default_tenant(candidate, now).await?;
    let mut profile = Users::profile(tenant, now, provider);
    if dialect.external_ids.is_some() {
        let id = subject(dialect, &profile);
        profile.external_ids.insert(dialect.name.to_owned(), id);
    }
    let provenance = Provenance::operator(now);
    registry.add(&profile, &[], &provenance).await?;
    Ok(profile)
}
