//! The configuration, and the sources of settings.

mod addresses;
mod admin;
mod auth;
mod connections;
mod cross_origin;
mod layers;
mod log;
mod messages;
mod paths;
mod usage;
mod webhooks;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use manyface_auth::IssuerConfig;
use manyface_core::{
    DeploymentSettings, MediaUrls, Openness, Quotas, ReservedUsernames, ResumeReaders,
    SignedDuration, bounded, bounded_option,
};
use manyface_media::MediaSettings;
use manyface_serve::{AllowedOrigins, ClientAddressHeader, TrustedProxies};
use manyface_store::{DatabaseUrl, StoreSettings};
use serde::Deserialize;

use crate::{DialectRegistry, Failure, development::Seed, logging};

pub(crate) use addresses::reachable;
use addresses::{address_header, proxies, socket_address};

pub use admin::AdminSettings;
pub use auth::AuthSettings;
pub use connections::{ConnectionSettings, TlsSettings};
pub(crate) use layers::ConfigSource;
pub use layers::{ConfigError, Environment, Layers, Source};
pub use log::LogSettings;
pub use usage::{DeprecationConfig, UsageSettings};
pub use webhooks::WebhookSettings;

/// All settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Development, which needs no configuration, or production, which has no insecure defaults.
    pub profile: Mode,
    /// The address to listen on; port 0 means any free port. Default: `127.0.0.1:8460`.
    #[serde(deserialize_with = "socket_address")]
    pub listen: SocketAddr,
    /// The permitted clients of the development profile, which accepts `manyface token`. Default:
    /// this machine.
    pub development_access: DevelopmentAccess,
    /// The base URL that clients see, such as `https://id.example.com`: the prefix of image URLs.
    /// Default: `http://` and the listening address.
    pub public_url: Option<String>,
    /// The folder of the deployment's files. Default: `manyface-data` in the working directory.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`. Default: `sqlite:` and `manyface.sqlite` in the data folder.
    pub database_url: Option<DatabaseUrl>,
    /// Whether the OpenAPI documents and Swagger UI are served. Default: in
    /// development.
    pub docs: Option<bool>,
    /// The log.
    pub log: LogSettings,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The number of threads that serve requests. Default: the number of cores.
    #[serde(deserialize_with = "bounded_option::<1, 512, _, _>")]
    pub workers: Option<NonZeroUsize>,
    /// The time for in-flight requests to finish after SIGTERM, in seconds. Default: 30.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub shutdown_timeout_seconds: u64,
    /// The time between SIGTERM and the end of the listener, in which `/readyz` returns 503, in
    /// seconds. Default: 0.
    #[serde(deserialize_with = "bounded::<0, 3_600, _, _>")]
    pub drain_seconds: u64,
    /// The limits of connections.
    pub connections: ConnectionSettings,
    /// TLS of the server.
    pub tls: TlsSettings,
    /// The interval over which the rate of a request body is measured, in seconds. Default: 30.
    #[serde(deserialize_with = "bounded::<1, 86_400, _, _>")]
    pub body_timeout_seconds: u64,
    /// The minimum rate of a request body, in bytes per second. Default: 1,024.
    #[serde(deserialize_with = "bounded::<0, 1_000_000_000, _, _>")]
    pub body_min_bytes_per_second: u32,
    /// The addresses and networks of trusted proxies in front of the server. Default: none.
    #[serde(deserialize_with = "proxies")]
    pub trusted_proxies: TrustedProxies,
    /// The header in which proxies name the client: `x-forwarded-for` (the default) or `forwarded`.
    #[serde(deserialize_with = "address_header")]
    pub client_address_header: ClientAddressHeader,
    /// Reserved user names, instead of the built-in ones.
    pub reserved_usernames: Option<Vec<String>>,
    /// The number of days for which a user name is reserved for its former holder after a rename or
    /// removal. Default: 30.
    #[serde(deserialize_with = "bounded::<0, 36_500, _, _>")]
    pub username_rest_days: u32,
    /// The kinds of users, instead of the built-in ones.
    pub user_types: Option<Vec<String>>,
    /// The names that profiles share.
    pub catalogue: CatalogueSettings,
    /// Résumés that users upload.
    pub resumes: ResumeSettings,
    /// The storage quotas of each profile and account.
    pub quotas: Quotas,
    /// The settings of all token issuers.
    pub auth: AuthSettings,
    /// The settings of the database.
    pub database: StoreSettings,
    /// Access policies, in addition to the documented rules.
    pub policies: PolicySettings,
    /// The settings of image and file storage.
    pub media: MediaSettings,
    /// The memory limit of large request bodies, in MiB. Default: 64.
    #[serde(deserialize_with = "bounded::<1, 1_048_576, _, _>")]
    pub body_memory_mib: NonZeroUsize,
    /// The memory limit of large response bodies, in MiB. Default: 64.
    #[serde(deserialize_with = "bounded::<1, 1_048_576, _, _>")]
    pub response_memory_mib: NonZeroUsize,
    /// The interval over which the rate of a client's reads is measured, in seconds. Default: 60.
    #[serde(deserialize_with = "bounded::<1, 86_400, _, _>")]
    pub response_timeout_seconds: NonZeroU64,
    /// The minimum rate of a client's reads, in bytes per second. Default: 64.
    #[serde(deserialize_with = "bounded::<0, 1_000_000_000, _, _>")]
    pub response_min_bytes_per_second: u32,
    /// The admin API.
    pub admin: AdminSettings,
    /// Counts of the use of operations and fields by clients.
    pub usage: UsageSettings,
    /// Webhooks.
    pub webhooks: WebhookSettings,
    /// The dialects, by name.
    pub dialects: BTreeMap<String, DialectConfig>,
    /// The available dialects. The program sets them, not the configuration.
    #[serde(skip)]
    pub dialect_registry: DialectRegistry,
    /// The data that a development server starts with; `manyface dev` sets it.
    #[serde(skip)]
    pub seed: Option<Seed>,
    /// The name of the operator who runs a command, for the history: the user of the system.
    #[serde(skip)]
    pub operator_name: String,
}

/// The profile of a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Creates a signing key and a demo user.
    #[default]
    Development,
    /// Accepts only tokens of configured issuers, each with a name and an audience.
    Production,
}

/// The permitted clients of the development profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DevelopmentAccess {
    /// Programs on this machine; the server must listen on a loopback address.
    #[default]
    Loopback,
    /// All clients that reach the listening address.
    Network,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

/// The names that profiles share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogueSettings {
    /// Whether users may add names. Default: open.
    pub mode: Openness,
}

/// Résumés that users upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResumeSettings {
    /// The permitted readers. Default: the owner.
    pub readers: ResumeReaders,
}

/// Access policies, in addition to the documented rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySettings {
    /// The folder of Cedar policies. Default: none, and no policies.
    pub dir: Option<PathBuf>,
}

/// The settings of a dialect.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialectConfig {
    /// Whether the dialect is served. Default: yes; in production, only if it has settings.
    pub enabled: bool,
    /// The path prefix. Default: the contract's.
    pub prefix: Option<String>,
    /// The accepted issuers. In development without issuers, tokens of `manyface token` are
    /// accepted.
    pub issuers: Vec<IssuerConfig>,
    /// The rate limit of each credential per operation, in requests per minute; 0 is unlimited.
    /// Default: in production the contract's limit, else 600; unlimited in development.
    #[serde(deserialize_with = "bounded_option::<0, 1_000_000_000, _, _>")]
    pub requests_per_minute: Option<u32>,
    /// The rate limit of each client address per operation, in requests per minute without a
    /// credential or with a rejected one (401); 0 is unlimited. Default: 60 in production,
    /// unlimited in development.
    #[serde(deserialize_with = "bounded_option::<0, 1_000_000_000, _, _>")]
    pub anonymous_requests_per_minute: Option<u32>,
    /// The origins whose pages may call the dialect. Default: none; in development, those of this
    /// machine.
    #[serde(deserialize_with = "cross_origin::origins")]
    pub cors_origins: Option<AllowedOrigins>,
    /// The operations and API versions that are announced as deprecated.
    pub deprecations: Vec<DeprecationConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Mode::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8460)),
            development_access: DevelopmentAccess::default(),
            public_url: None,
            data_dir: PathBuf::from("manyface-data"),
            database_url: None,
            docs: None,
            log: LogSettings::default(),
            log_format: LogFormat::default(),
            workers: None,
            shutdown_timeout_seconds: 30,
            drain_seconds: 0,
            connections: ConnectionSettings::default(),
            tls: TlsSettings::default(),
            body_timeout_seconds: 30,
            body_min_bytes_per_second: 1024,
            trusted_proxies: TrustedProxies::default(),
            client_address_header: ClientAddressHeader::default(),
            reserved_usernames: None,
            username_rest_days: 30,
            user_types: None,
            catalogue: CatalogueSettings::default(),
            resumes: ResumeSettings::default(),
            quotas: Quotas::default(),
            auth: AuthSettings::default(),
            database: StoreSettings::default(),
            policies: PolicySettings::default(),
            media: MediaSettings::default(),
            body_memory_mib: NonZeroUsize::new(64).unwrap_or(NonZeroUsize::MIN),
            response_memory_mib: NonZeroUsize::new(64).unwrap_or(NonZeroUsize::MIN),
            response_timeout_seconds: NonZeroU64::new(60).unwrap_or(NonZeroU64::MIN),
            response_min_bytes_per_second: 64,
            admin: AdminSettings::default(),
            usage: UsageSettings::default(),
            webhooks: WebhookSettings::default(),
            dialects: BTreeMap::new(),
            dialect_registry: DialectRegistry::default(),
            seed: None,
            operator_name: "local".to_owned(),
        }
    }
}

impl Default for DialectConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            prefix: None,
            issuers: Vec::new(),
            requests_per_minute: None,
            anonymous_requests_per_minute: None,
            cors_origins: None,
            deprecations: Vec::new(),
        }
    }
}

impl Config {
    /// Returns the log levels, or the default.
    pub fn log(&self) -> &str {
        let default = match self.profile {
            Mode::Development => "info,actix_server=warn,manyface_serve=debug",
            Mode::Production => "info,actix_server=warn",
        };
        self.log.level.as_deref().unwrap_or(default)
    }

    /// Returns an error if other machines can reach the development profile, which accepts the
    /// tokens of `manyface token`, unless the configuration permits it.
    pub fn check_access(&self) -> Result<(), Failure> {
        let is_local = self.listen.ip().is_loopback();
        match (self.profile, self.development_access) {
            (Mode::Development, DevelopmentAccess::Loopback) if !is_local => {
                Err(Failure::Usage(format!(
                    "listen: other machines reach {}, where the development profile would take \
                     the tokens of `manyface token`; set profile = \"production\", or development_access = \
                     \"network\" (MANYFACE_DEVELOPMENT_ACCESS=network)",
                    self.listen
                )))
            }
            (
                Mode::Development | Mode::Production,
                DevelopmentAccess::Loopback | DevelopmentAccess::Network,
            ) => Ok(()),
        }
    }

    /// Returns whether a dialect has issuers. Otherwise it accepts development tokens.
    pub(crate) fn has_issuers(&self, dialect: &str) -> bool {
        let settings = self.dialects.get(dialect);
        settings.is_some_and(|settings| !settings.issuers.is_empty())
    }

    /// Returns the database URL or its default.
    pub fn database_url(&self) -> DatabaseUrl {
        let default = || DatabaseUrl::sqlite(self.data_dir.join("manyface.sqlite"));
        self.database_url.clone().unwrap_or_else(default)
    }

    /// Returns how long a user name is reserved for its former holder.
    pub fn username_rest(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.username_rest_days) * 24)
    }

    /// Returns the reserved user names, including the ids of all dialects.
    pub fn reserved_usernames(&self) -> ReservedUsernames {
        let reserved = match &self.reserved_usernames {
            Some(names) => ReservedUsernames::new(names.iter().map(String::as_str)),
            None => ReservedUsernames::default(),
        };
        let dialects = self.dialect_registry.dialects().into_iter();
        let forms = dialects.filter_map(|dialect| Some(dialect.external_ids?.is_id_form));
        reserved.with_id_forms(forms)
    }

    /// Returns the folder of images and files.
    pub fn media_folder(&self) -> PathBuf {
        let folder = self.media.folder.clone();
        folder.unwrap_or_else(|| self.data_dir.join("media"))
    }

    /// Checks strings that their types do not validate.
    fn check_texts(&self) -> Result<(), String> {
        self.media_urls().map_err(|error| error.to_string())?;
        logging::check(self.log()).map_err(|error| error.to_string())
    }

    /// Returns the URLs of images, if configured.
    pub fn media_urls(&self) -> Result<Option<MediaUrls>, Failure> {
        let urls = self.public_url.as_deref().map(MediaUrls::under).transpose();
        urls.map_err(|error| Failure::Usage(format!("public_url: {error}, without a query")))
    }

    /// Returns the path of the public URL; empty without one.
    pub fn public_path(&self) -> &str {
        let url = self.public_url.as_deref().unwrap_or_default();
        let (_, place) = url.split_once("://").unwrap_or_default();
        let path = place.find('/').map_or("", |start| &place[start..]);
        path.trim_end_matches('/')
    }

    /// Returns whether the OpenAPI documents and Swagger UI are served.
    pub fn serves_docs(&self) -> bool {
        self.docs.unwrap_or(self.profile == Mode::Development)
    }

    /// Returns the settings that apply to all users.
    pub fn deployment_settings(&self) -> DeploymentSettings {
        let mut rules = DeploymentSettings {
            resumes: self.resumes.readers,
            quotas: self.quotas,
            ..DeploymentSettings::default()
        };
        if let Some(user_types) = &self.user_types {
            rules.user_types.clone_from(user_types);
        }
        rules
    }
}
