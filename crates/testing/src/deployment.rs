//! The combined server in this process, with all dialects over one store, and users who have a token
//! for each.

use std::{fmt::Display, net::SocketAddr, sync::OnceLock, time::Duration};

use manyface::{Config, Deployment, Known, Server};
use manyface_auth::Mint;
use manyface_conformance::{Failure, HttpStage, Node, Request, Response, Somebody, Stage, Users};
use manyface_core::{
    AuthProvider, Avatar, Date, Json, Profile, ProfileId, ProfileRef, Provenance, TenantId,
    Timestamp, Username, WebUrl,
};
use manyface_dialect::Dialect;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// How long a user's token works.
pub const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A combined server with a store of its own, started when the first user is wanted.
pub struct TestDeployment {
    known: Known,
    /// Makes a database, and says where; none is a file of its own.
    database: Option<fn() -> String>,
    /// Changes each user before they are added.
    edit: fn(&mut Profile),
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

impl TestDeployment {
    /// Serves the dialects of `known`; `database` makes a database and returns its URL, and without it
    /// the store is a file.
    pub fn new(known: Known, database: Option<fn() -> String>) -> Self {
        Self {
            known,
            database,
            edit: |_| {},
            started: OnceLock::new(),
        }
    }

    /// The same, whose users have values that only an operator can set, and that no dialect takes,
    /// or not every one.
    #[must_use]
    pub fn with_values_of_operators(self) -> Self {
        Self {
            edit: set_by_operator,
            ..self
        }
    }

    /// The dialects, each with its path.
    pub fn mounts(&self) -> Result<Vec<(String, Dialect)>, Failure> {
        Ok(self.started()?.deployment.mounts().to_vec())
    }

    fn started(&self) -> Result<&Started, Failure> {
        let started = self.started.get_or_init(|| self.start());
        started.as_ref().map_err(|e| Failure::Target(e.clone()))
    }

    fn start(&self) -> Result<Started, String> {
        let folder = TempDir::new().map_err(told)?;
        let url = match self.database {
            None => format!("sqlite:{}/profiles.sqlite", folder.path().display()),
            Some(database) => database(),
        };
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: folder.path().to_owned(),
            database_url: Some(url.parse().map_err(told)?),
            known: self.known,
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

impl Stage for TestDeployment {
    fn somebody(&self, provider: AuthProvider) -> Result<Somebody, Failure> {
        let started = self.started()?;
        let deployment = &started.deployment;
        let added = add(deployment, provider, self.edit);
        let added = started.runtime.block_on(added);
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
async fn add(
    deployment: &Deployment,
    provider: AuthProvider,
    edit: fn(&mut Profile),
) -> manyface_core::Result<Profile> {
    let (registry, now) = (deployment.registry(), now());
    let somebody = Users::profile(TenantId(uuid::Uuid::nil()), now, provider);
    let candidate = TenantId(somebody.id.0);
    let tenant = registry.default_tenant(candidate, now).await?;
    let mut profile = Users::profile(tenant, now, provider);
    edit(&mut profile);
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

fn set_by_operator(profile: &mut Profile) {
    let name = format!("{}.@!{}", profile.username.as_str(), "x".repeat(40));
    profile.username = Username::parse(&name).expect("is of one script");
    profile.given_name = Some("g".repeat(150));
    profile.family_name = Some("f".repeat(255));
    profile.bio = Some("b".repeat(20_000));
    profile.phone = Some("1".repeat(100));
    profile.user_type = Some("retired".to_owned());
    profile.date_of_birth = Some(Date::constant(2999, 12, 31));
    profile.website_url = Some(format!("gopher://example.com/{}", "w".repeat(300)));
    let avatar = WebUrl::parse("http://pictures.example/a.png").expect("is a URL");
    profile.avatar = Some(Avatar::External(avatar));
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    profile.address = Json::parse(deep).ok();
}

/// Everything that the operations of `dialect` ask of a credential.
pub fn scopes_of(dialect: &Dialect) -> Vec<&'static str> {
    let scopes = dialect.routes.iter().flat_map(|route| route.scopes);
    scopes.copied().collect()
}

/// What a token for `dialect` calls a user.
pub fn subject(dialect: &Dialect, profile: &Profile) -> String {
    match dialect.external_ids {
        Some(ids) => (ids.mint)(profile),
        None => profile.id.to_string(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server that the tokens are for has the system's clock"
)]
/// Returns the present time.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns what an error says.
pub fn told(error: impl Display) -> String {
    error.to_string()
}
