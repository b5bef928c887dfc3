//! The deployment that the server and the commands share: store, issuers and dialects.

use std::{fmt, sync::Arc};

use manyface_auth::{AuthConfig, Builder, DevelopmentIssuer, SubjectKind, TokenAuthenticator};
use manyface_core::{AdminRepository, ApiKeys, CachedCatalogue, Catalogue, MediaUrls, chain};
use manyface_dialect::Dialect;
use manyface_serve::{AccessLog, Readiness, UsageCounter};
use manyface_store::{MigrateError, Store};

use crate::{
    Config, Demo, DevelopmentKey, Failure, Mode,
    database::{self, default_tenant, migration_failure, open_store, require_deployment},
    media::Media,
    metrics::Metrics,
    policies::{PolicyFolder, open_policies},
    provision::Provisioning,
    signer::DeploymentSigner,
    system,
    tls::ServerCertificate,
};

/// An opened deployment, which is not served yet.
#[derive(Clone)]
pub struct Deployment {
    config: Config,
    store: Store,
    readiness: Readiness,
    authenticator: Arc<TokenAuthenticator>,
    policies: Option<Arc<PolicyFolder>>,
    issuer: Option<DevelopmentIssuer>,
    signer: Arc<DeploymentSigner>,
    mounts: Vec<(String, Dialect)>,
    media: Media,
    media_urls: Option<MediaUrls>,
    usage: Option<Arc<UsageCounter>>,
    metrics: Metrics,
    certificate: Option<Arc<ServerCertificate>>,
    access_log: AccessLog,
    catalogue: Arc<CachedCatalogue>,
}

impl Deployment {
    /// Opens the deployment of `config` and creates missing parts: the data folder, the SQLite
    /// file, the image folder and, in development, the signing key. The database need not be
    /// available.
    pub fn open(config: Config) -> Result<Self, Failure> {
        let mounts = mounts(&config)?;
        let media_urls = config.media_urls()?;
        let certificate = ServerCertificate::open(&config.tls)?.map(Arc::new);
        let policies = open_policies(&config)?.map(Arc::new);
        let issuer = match config.profile {
            Mode::Development => {
                let issuer = DevelopmentKey::new(&config.data_dir).issuer()?;
                // The tokens of a seed are the same in every year.
                Some(match config.seed {
                    Some(_) => issuer.with_max_lifetime(u32::MAX),
                    None => issuer,
                })
            }
            Mode::Production => None,
        };
        let builder = authenticator(&config, &mounts, issuer.as_ref())?;
        let store = open_store(&config)?;
        let provisioning = Provisioning::new(&config, &store);
        let authenticator = built(builder.sign_ins(Arc::new(provisioning)))?;
        let media = Media::open(&config, &store)?;
        let usage = config.usage.enabled.then(Arc::default);
        let access_log = AccessLog::default();
        access_log.set_enabled(config.log.requests);
        let (authenticator, readiness) = (Arc::new(authenticator), Readiness::pending());
        let metrics = Metrics::new(
            &mounts,
            readiness.clone(),
            store.clone(),
            media.clone(),
            Arc::clone(&authenticator),
        );
        let entries = store.catalogue();
        let catalogue = CachedCatalogue::new(entries, config.catalogue.mode, system::now);
        Ok(Self {
            config,
            store,
            readiness,
            authenticator,
            policies,
            issuer,
            signer: Arc::new(DeploymentSigner::new()?),
            mounts,
            media,
            media_urls,
            usage,
            metrics,
            certificate,
            access_log,
            catalogue: Arc::new(catalogue),
        })
    }

    /// Opens a deployment for a command. Returns an error if `serve` or `migrate` has not created
    /// it. The database need not be available.
    pub fn open_existing(config: Config) -> Result<Self, Failure> {
        // Errors of the configuration take precedence over missing files.
        let mounts = mounts(&config)?;
        open_policies(&config)?;
        if config.profile == Mode::Production {
            built(authenticator(&config, &mounts, None)?)?;
        }
        require_deployment(&config)?;
        Self::open(config)
    }

    /// Verifies that the database is available and has the expected schema version.
    pub(crate) async fn verify(&self) -> Result<(), Failure> {
        database::verify(&self.store, &self.config).await
    }

    /// Creates the tables, the default tenant and, in development, the demo user, if missing; then
    /// marks the server as ready.
    ///
    /// Idempotent, and safe in concurrent processes.
    pub async fn prepare(&self) -> Result<(), Failure> {
        self.try_prepare().await.map_err(|unready| unready.failure)
    }

    /// Like [`Deployment::prepare`], but the error says whether a retry may succeed.
    pub(crate) async fn try_prepare(&self) -> Result<(), Unready> {
        let migrated = self.store.migrate().await;
        migrated.map_err(|error| Unready {
            may_pass: matches!(error, MigrateError::Unavailable(_)),
            failure: migration_failure(&self.config.database_url(), error),
        })?;
        let prepared = async {
            let tenant = default_tenant(&*self.repository()).await?;
            self.signer.read(&self.store).await?;
            match &self.config.seed {
                Some(seed) => seed.apply(self).await?,
                None if self.config.profile == Mode::Development => {
                    Demo::seed(&*self.repository(), tenant, self.config.dialect_registry).await?;
                }
                None => {}
            }
            Ok(())
        };
        prepared.await.map_err(|failure| Unready {
            may_pass: !matches!(failure, Failure::Usage(_)),
            failure,
        })?;
        self.readiness.set_ready();
        Ok(())
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the repository of operators.
    pub fn repository(&self) -> Arc<dyn AdminRepository> {
        self.store.repository()
    }

    /// Returns the repository of API keys.
    pub fn api_keys(&self) -> Arc<dyn ApiKeys> {
        self.store.api_keys()
    }

    /// Returns the catalogue, with one cache for all threads.
    pub fn catalogue(&self) -> Arc<dyn Catalogue> {
        Arc::<CachedCatalogue>::clone(&self.catalogue)
    }

    /// Removes cached data, after the store was changed by other means than requests.
    pub(crate) fn clear_caches(&self) {
        self.catalogue.clear();
    }

    /// The dialects that are served, each with its path.
    pub fn mounts(&self) -> &[(String, Dialect)] {
        &self.mounts
    }

    /// Returns the authenticator.
    pub fn authenticator(&self) -> Arc<TokenAuthenticator> {
        Arc::clone(&self.authenticator)
    }

    /// Returns the policies, if configured.
    pub fn policies(&self) -> Option<Arc<PolicyFolder>> {
        self.policies.clone()
    }

    /// Returns the issuer of development tokens, or `None` in production.
    pub fn issuer(&self) -> Option<&DevelopmentIssuer> {
        self.issuer.as_ref()
    }

    pub(crate) fn media(&self) -> &Media {
        &self.media
    }

    /// Returns the URLs of images, if configured.
    pub(crate) fn media_urls(&self) -> Option<&MediaUrls> {
        self.media_urls.as_ref()
    }

    /// Returns the usage counter, if uses are counted.
    pub(crate) fn usage(&self) -> Option<&Arc<UsageCounter>> {
        self.usage.as_ref()
    }

    pub(crate) fn access_log(&self) -> &AccessLog {
        &self.access_log
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns the certificate of the server, if it has TLS.
    pub(crate) fn certificate(&self) -> Option<&Arc<ServerCertificate>> {
        self.certificate.as_ref()
    }

    pub(crate) fn store(&self) -> Store {
        self.store.clone()
    }

    pub(crate) fn signer(&self) -> Arc<DeploymentSigner> {
        Arc::clone(&self.signer)
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.readiness
    }
}

impl fmt::Debug for Deployment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Deployment")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The reason why a deployment is not ready.
#[derive(Debug)]
pub(crate) struct Unready {
    pub(crate) failure: Failure,
    /// Whether a retry may succeed without a change to this host.
    pub(crate) may_pass: bool,
}

/// The dialects that are served, each with its path.
pub(crate) fn mounts(config: &Config) -> Result<Vec<(String, Dialect)>, Failure> {
    let known = config.dialect_registry.dialects();
    for name in config.dialects.keys() {
        if !known.iter().any(|dialect| dialect.name == name) {
            let names: Vec<_> = known.iter().map(|dialect| dialect.name).collect();
            let names = names.join(", ");
            let message = format!("dialects.{name}: unknown dialect; known are {names}");
            return Err(Failure::Usage(message));
        }
    }
    let mut mounts: Vec<(String, Dialect)> = Vec::new();
    for dialect in known {
        let settings = config.dialects.get(dialect.name).cloned();
        if settings.is_none() && config.profile == Mode::Production {
            // In production, a dialect that a new release adds is not served until it is
            // configured.
            continue;
        }
        let settings = settings.unwrap_or_default();
        if !settings.enabled {
            continue;
        }
        let name = dialect.name;
        let prefix = settings.prefix.unwrap_or_else(|| dialect.base.to_owned());
        if !is_path(&prefix) {
            let message = format!(
                "dialects.{name}.prefix: must begin with a slash and not end with one, and hold \
                 letters, digits and -_.~/"
            );
            return Err(Failure::Usage(message));
        }
        if let Some(own) = own_path(config, &prefix) {
            let message = format!("dialects.{name}.prefix: {own} is reserved by the host");
            return Err(Failure::Usage(message));
        }
        if let Some((_, other)) = mounts.iter().find(|(other, _)| *other == prefix) {
            let message = format!("{name} and {} have the same prefix {prefix}", other.name);
            return Err(Failure::Usage(message));
        }
        mounts.push((prefix, dialect));
    }
    if mounts.is_empty() && config.profile == Mode::Production {
        let message = "production needs at least one issuer: dialects.NAME.issuers".to_owned();
        return Err(Failure::Usage(message));
    }
    Ok(mounts)
}

fn is_path(prefix: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~/".contains(&b);
    prefix.len() > 1
        && prefix.starts_with('/')
        && !prefix.ends_with('/')
        && !prefix.contains("//")
        && prefix.bytes().all(is_plain)
}

/// Returns the host's path that `prefix` is equal to or below.
fn own_path(config: &Config, prefix: &str) -> Option<&'static str> {
    const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/media"];
    const WITH_DOCS: [&str; 2] = ["/docs", "/openapi"];
    const WITH_SEED: [&str; 1] = ["/_dev"];
    let with_docs = WITH_DOCS.into_iter().filter(|_| config.serves_docs());
    let with_seed = WITH_SEED.into_iter().filter(|_| config.seed.is_some());
    let is_over = |own: &&str| {
        let rest = prefix.strip_prefix(own);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ALWAYS
        .into_iter()
        .chain(with_docs)
        .chain(with_seed)
        .find(is_over)
}

fn authenticator(
    config: &Config,
    mounts: &[(String, Dialect)],
    issuer: Option<&DevelopmentIssuer>,
) -> Result<Builder, Failure> {
    let mut auth = AuthConfig {
        cache_entries: config.auth.cache_entries,
        keys_max_age_seconds: config.auth.keys_max_age_seconds,
        keys_max_stale_seconds: config.auth.keys_max_stale_seconds,
        refetch_cooldown_seconds: config.auth.refetch_cooldown_seconds,
        ..AuthConfig::default()
    };
    let mut self_issued = Vec::new();
    for (_, dialect) in mounts {
        let issuers = config.dialects.get(dialect.name);
        let issuers = issuers.map_or(&[][..], |dialect| &dialect.issuers);
        if !issuers.is_empty() {
            auth.dialects
                .insert(dialect.name.to_owned(), issuers.to_vec());
        } else if let Some(issuer) = issuer {
            let subject = match dialect.external_ids {
                Some(_) => SubjectKind::ExternalId,
                None => SubjectKind::ProfileId,
            };
            self_issued.push((dialect.name, subject, issuer));
        } else {
            let message = format!(
                "dialects.{}: production needs at least one issuer",
                dialect.name
            );
            return Err(Failure::Usage(message));
        }
    }
    let mut builder =
        TokenAuthenticator::builder(auth, system::now).strict(config.profile == Mode::Production);
    for (name, subject, issuer) in self_issued {
        builder = builder.development(name, subject, issuer);
    }
    for (_, dialect) in mounts {
        #[cfg_attr(
            not(feature = "policies"),
            expect(unused_mut, reason = "only policies read further claims")
        )]
        let mut claims = dialect.claims.to_vec();
        #[cfg(feature = "policies")]
        if config.policies.dir.is_some() {
            claims.extend(PolicyFolder::CLAIMS);
        }
        builder = builder.reads(dialect.name, &claims);
    }
    Ok(builder)
}

fn built(builder: Builder) -> Result<TokenAuthenticator, Failure> {
    let built = builder.build();
    built.map_err(|error| Failure::Usage(chain(&error)))
}
