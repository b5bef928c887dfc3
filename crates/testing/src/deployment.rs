//! The combined server in this process, with all dialects over one store, and users who have a token
//! for each.

use std::{fmt::Display, net::SocketAddr, sync::OnceLock, time::Duration};

use manyface::{Config, Deployment, DialectRegistry, Server};
use manyface_auth::Mint;
use manyface_conformance::{
    Failure, HttpEnvironment, Node, Request, Response, TestEnvironment, TestUser, Users,
};
use manyface_core::{
    AuthProvider, Avatar, Date, Json, Profile, ProfileId, ProfileRef, Provenance, TenantId,
    Timestamp, Username, WebUrl,
};
use manyface_dialect::Dialect;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The lifetime of a user's token.
pub const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// The combined server in this process, on a free port, with its data in a temporary folder.
pub struct RunningDeployment {
    /// What is served.
    pub deployment: Deployment,
    /// The base URL of the server.
    pub base_url: String,
    /// The runtime of the server.
    pub runtime: Runtime,
    _server: Server,
    _folder: TempDir,
}

impl RunningDeployment {
    /// Serves the dialects of `dialect_registry` from the database at this URL, or else from a file.
    pub fn start(
        dialect_registry: DialectRegistry,
        database: Option<String>,
    ) -> Result<Self, String> {
        let folder = TempDir::new().map_err(message)?;
        let file = || format!("sqlite:{}/profiles.sqlite", folder.path().display());
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: folder.path().to_owned(),
            database_url: Some(database.unwrap_or_else(file).parse().map_err(message)?),
            dialect_registry,
            ..Config::default()
        };
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(message)?;
        let deployment = Deployment::open(config).map_err(message)?;
        let server = runtime.block_on(async {
            deployment.prepare().await.map_err(message)?;
            Server::start(&deployment).map_err(message)
        })?;
        Ok(Self {
            base_url: server.base_url(),
            deployment,
            runtime,
            _server: server,
            _folder: folder,
        })
    }

    /// Adds a user as `manyface user add` does, with an id in every dialect that has ids.
    pub fn add(
        &self,
        provider: AuthProvider,
        edit: impl FnOnce(&mut Profile),
    ) -> Result<Profile, Failure> {
        let (repository, now) = (self.deployment.repository(), now());
        let added = self.runtime.block_on(async {
            let mut profile = Users::profile(TenantId(uuid::Uuid::nil()), now, provider);
            let candidate = TenantId(profile.id.0);
            profile.tenant_id = repository.default_tenant(candidate, now).await?;
            edit(&mut profile);
            for (_, dialect) in self.deployment.mounts() {
                if dialect.external_ids.is_some() {
                    let id = subject(dialect, &profile);
                    profile.external_ids.insert(dialect.name.to_owned(), id);
                }
            }
            let provenance = Provenance::operator(now);
            repository.add(&profile, &[], &provenance).await?;
            Ok(profile)
        });
        added.map_err(|error: manyface_core::Error| Failure::Target(message(error)))
    }

    /// Returns the stored profile of a user.
    pub fn stored(&self, id: ProfileId) -> Result<Profile, Failure> {
        let repository = self.deployment.repository();
        let found = self.runtime.block_on(repository.find(&ProfileRef::Id(id)));
        let found = found.map_err(|error| Failure::Target(message(error)))?;
        found.ok_or_else(|| Failure::Target("the user is gone".to_owned()))
    }

    /// Signs a user's token for `dialect` with these scopes, bound to an account if there is one.
    ///
    /// # Panics
    ///
    /// If the deployment has no key for tokens.
    pub fn token(
        &self,
        dialect: &Dialect,
        profile: &Profile,
        scopes: &[&str],
        account: Option<&str>,
        now: Timestamp,
    ) -> String {
        let issuer = self.deployment.issuer().expect("it is for development");
        issuer.mint(&Mint {
            dialect: dialect.name,
            subject: &subject(dialect, profile),
            scopes,
            tenant: Some(profile.tenant_id),
            account,
            groups: &[],
            id: None,
            now,
            ttl: TTL,
        })
    }
}

/// A combined server with a separate store, started with the first user.
pub struct TestDeployment {
    dialect_registry: DialectRegistry,
    /// Creates a database and returns its URL; without it, a SQLite file.
    database: Option<fn() -> String>,
    /// Changes each user before they are added.
    edit: fn(&mut Profile),
    started: OnceLock<Result<Started, String>>,
}

struct Started {
    running: RunningDeployment,
    /// Sends requests without a user.
    wire: HttpEnvironment,
}

impl TestDeployment {
    /// Serves the dialects of `dialect_registry`; `database` makes a database and returns its URL, and without it
    /// the store is a file.
    pub fn new(dialect_registry: DialectRegistry, database: Option<fn() -> String>) -> Self {
        Self {
            dialect_registry,
            database,
            edit: |_| {},
            started: OnceLock::new(),
        }
    }

    /// The same; its users also have values that only an operator can set, and that no dialect,
    /// or not every dialect, accepts.
    #[must_use]
    pub fn with_values_of_operators(self) -> Self {
        Self {
            edit: set_by_operator,
            ..self
        }
    }

    /// The dialects, each with its path.
    pub fn mounts(&self) -> Result<Vec<(String, Dialect)>, Failure> {
        Ok(self.started()?.running.deployment.mounts().to_vec())
    }

    fn started(&self) -> Result<&Started, Failure> {
        let started = self.started.get_or_init(|| self.start());
        started.as_ref().map_err(|e| Failure::Target(e.clone()))
    }

    fn start(&self) -> Result<Started, String> {
        let running =
            RunningDeployment::start(self.dialect_registry, self.database.map(|url| url()))?;
        let unknown = TestUser {
            id: String::new(),
            tokens: Vec::new(),
            tenant: None,
        };
        Ok(Started {
            wire: HttpEnvironment::new(&running.base_url, unknown).map_err(message)?,
            running,
        })
    }
}

impl TestEnvironment for TestDeployment {
    fn user(&self, provider: AuthProvider) -> Result<TestUser, Failure> {
        let running = &self.started()?.running;
        let profile = running.add(provider, self.edit)?;
        let tokens = running.deployment.mounts().iter().map(|(_, dialect)| {
            let scopes = scopes_of(dialect);
            let token = running.token(dialect, &profile, &scopes, None, now());
            (dialect.name.to_owned(), token)
        });
        Ok(TestUser {
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

    fn stored(&self, user: &TestUser) -> Result<Option<Node>, Failure> {
        let failed = |problem: String| Failure::Target(problem);
        let id: ProfileId = user.id.parse().map_err(|e| failed(message(e)))?;
        let profile = self.started()?.running.stored(id)?;
        let json = serde_json::to_string(&profile).map_err(|e| failed(message(e)))?;
        Node::parse(&json).map(Some).map_err(|e| failed(message(e)))
    }
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

/// All scopes that the operations of `dialect` require.
pub fn scopes_of(dialect: &Dialect) -> Vec<&'static str> {
    let scopes = dialect.routes.iter().flat_map(|route| route.scopes);
    scopes.copied().collect()
}

/// The subject of a token for `dialect`.
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

/// Returns the message of an error.
pub fn message(error: impl Display) -> String {
    error.to_string()
}
