//! The host, in this process, with all dialects over one store, and users who have a token in each.

use std::{net::SocketAddr, sync::OnceLock};

use manyface::{Config, Deployment, Server};
use manyface_auth::Mint;
use manyface_conformance::{Failure, HttpStage, Node, Request, Response, Somebody, Stage, Users};
use manyface_core::{AuthProvider, Profile, ProfileId, ProfileRef, Provenance, TenantId};
use manyface_dialect::Dialect;
use manyface_testing::{Postgres, TempDir};
use tokio::runtime::{Builder, Runtime};

use crate::served::{Database, TTL, now, scopes_of, subject, told};

/// The host, started when the first user is wanted.
pub(crate) struct Household {
    database: Database,
    started: OnceLock<Result<Started, String>>,
}

struct Started {
    deployment: Deployment,
    /// What sends, as nobody in particular.
    wire: HttpStage,
    _server: Server,
    runtime: Runtime,
    _folder: TempDir,
}

impl Household {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            started: OnceLock::new(),
        }
    }

    /// The dialects, each with its path.
    pub(crate) fn mounts(&self) -> Result<Vec<(String, Dialect)>, Failure> {
        Ok(self.started()?.deployment.mounts().to_vec())
    }

    fn started(&self) -> Result<&Started, Failure> {
        let started = self.started.get_or_init(|| self.start());
        started.as_ref().map_err(|e| Failure::Target(e.clone()))
    }

    fn start(&self) -> Result<Started, String> {
        let folder = TempDir::new().map_err(told)?;
        let url = match self.database {
            Database::Sqlite => format!("sqlite:{}/profiles.sqlite", folder.path().display()),
            Database::Postgresql => Postgres::shared().database(),
        };
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: folder.path().to_owned(),
            database_url: Some(url.parse().map_err(told)?),
            ..Config::default()
        };
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(told)?;
        let deployment = Deployment::open(config).map_err(told)?;
        let server = runtime.block_on(async {
            deployment.prepare().await.map_err(told)?;
            Server::start(&deployment).map_err(told)
        })?;
        let nobody = Somebody {
            id: String::new(),
            tokens: Vec::new(),
            tenant: None,
        };
        Ok(Started {
            wire: HttpStage::new(&server.base_url(), nobody).map_err(told)?,
            deployment,
            _server: server,
            runtime,
            _folder: folder,
        })
    }
}

impl Stage for Household {
    fn somebody(&self, provider: AuthProvider) -> Result<Somebody, Failure> {
        let started = self.started()?;
        let deployment = &started.deployment;
        let added = started.runtime.block_on(add(deployment, provider));
        let profile = added.map_err(|error| Failure::Target(told(error)))?;
        let issuer = deployment.issuer();
        let issuer = issuer.ok_or_else(|| Failure::Target("nobody signs tokens".to_owned()))?;
        let tokens = deployment.mounts().iter().map(|(_, dialect)| {
            let token = issuer.mint(&Mint {
                dialect: dialect.name,
                subject: &subject(dialect, &profile),
                scopes: &scopes_of(dialect),
                tenant: Some(profile.tenant_id),
                account: None,
                groups: &[],
                id: None,
                now: now(),
                ttl: TTL,
            });
            (dialect.name.to_owned(), token)
        });
        Ok(Somebody {
            id: profile.id.to_string(),
            tokens: tokens.collect(),
            tenant: Some(profile.tenant_id.to_string()),
        })
    }

    fn providers(&self) -> &[AuthProvider] {
        &[AuthProvider::Local, AuthProvider::Oidc, AuthProvider::Saml]
    }

    fn send(&self, request: &Request) -> Result<Response, Failure> {
        self.started()?.wire.send(request)
    }

    fn stored(&self, somebody: &Somebody) -> Result<Option<Node>, Failure> {
        let started = self.started()?;
        let failed = |problem: String| Failure::Target(problem);
        let id: ProfileId = somebody.id.parse().map_err(|e| failed(told(e)))?;
        let registry = started.deployment.registry();
        let who = ProfileRef::Id(id);
        let found = started.runtime.block_on(registry.find(&who));
        let found = found.map_err(|e| failed(told(e)))?;
        let profile = found.ok_or_else(|| failed("the user is gone".to_owned()))?;
        let json = serde_json::to_string(&profile).map_err(|e| failed(told(e)))?;
        Node::parse(&json).map(Some).map_err(|e| failed(told(e)))
    }
}

/// Adds a user as `manyface user add` does, with an id in every dialect that has ids.
async fn add(deployment: &Deployment, provider: AuthProvider) -> manyface_core::Result<Profile> {
    let (registry, now) = (deployment.registry(), now());
    let somebody = Users::profile(TenantId(uuid::Uuid::nil()), now, provider);
    let candidate = TenantId(somebody.id.0);
    let tenant = registry.default_tenant(candidate, now).await?;
    let mut profile = Users::profile(tenant, now, provider);
    for (_, dialect) in deployment.mounts() {
        if dialect.external_ids.is_some() {
            let id = subject(dialect, &profile);
            profile.external_ids.insert(dialect.name.to_owned(), id);
        }
    }
    let provenance = Provenance::operator(now);
    registry.add(&profile, &[], &provenance).await?;
    Ok(profile)
}
