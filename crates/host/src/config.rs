//! The configuration, and the sources of settings.

mod addresses;
mod layers;
mod messages;
mod paths;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use manyface_auth::IssuerConfig;
use manyface_core::{
    DeploymentSettings, MediaUrls, Openness, Quotas, ReservedUsernames, ResumeReaders,
    SignedDuration, bounded, bounded_option,
};
use manyface_media::MediaSettings;
use manyface_serve::{ClientAddressHeader, TrustedProxies};
use manyface_store::{DatabaseUrl, StoreSettings};
use serde::Deserialize;

use crate::{DialectRegistry, Failure, logging};

use addresses::{address_header, proxies, socket_address};

pub use layers::{ConfigError, Environment, Layers, Source};

/// Everything that can be configured.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Development, which works by itself, or production, which takes nothing for granted.
    pub profile: Mode,
    /// The address to listen on; port 0 means any free port. Default: `127.0.0.1:8460`.
    #[serde(deserialize_with = "socket_address")]
    pub listen: SocketAddr,
    /// From where the development profile, which accepts `manyface token`, can be reached. Default: this machine.
    pub development_access: DevelopmentAccess,
    /// The base URL that clients see, such as `https://id.example.com`: what the addresses of
    /// images begin with. Default: `http://` and the address that is listened on.
    pub public_url: Option<String>,
    /// The folder for what the deployment keeps next to a database server. Default:
    /// `manyface-data` in the working folder.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`. Default: `sqlite:` and `manyface.sqlite` in the data folder.
    pub database_url: Option<DatabaseUrl>,
    /// Whether the OpenAPI documents and Swagger UI are served. Default: in
    /// development.
    pub docs: Option<bool>,
    /// What is logged: a level, or levels by module (`info,manyface_serve=debug`). Default:
    /// `info,actix_server=warn`, and in development a line for each request as well.
    pub log: Option<String>,
    /// How it is logged.
    pub log_format: LogFormat,
    /// How many threads serve requests. Default: as many as there are cores.
    #[serde(deserialize_with = "bounded_option::<1, 512, _, _>")]
    pub workers: Option<NonZeroUsize>,
    /// How long running requests may take to finish after SIGTERM, in seconds. Default: 30.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub shutdown_timeout_seconds: u64,
    /// The time in which a part of a request's body must arrive, in seconds. Default: 30.
    #[serde(deserialize_with = "bounded::<1, 86_400, _, _>")]
    pub body_timeout_seconds: u64,
    /// The bytes a second that must arrive of a body in that time, on average. Default: 1,024.
    #[serde(deserialize_with = "bounded::<0, 1_000_000_000, _, _>")]
    pub body_min_bytes_per_second: u32,
    /// The addresses and networks of the proxies in front of the server, which name the client.
    /// Default: none.
    #[serde(deserialize_with = "proxies")]
    pub trusted_proxies: TrustedProxies,
    /// The header in which they name it: `x-forwarded-for` (the default) or `forwarded`.
    #[serde(deserialize_with = "address_header")]
    pub client_address_header: ClientAddressHeader,
    /// Reserved user names, in place of the built-in ones.
    pub reserved_usernames: Option<Vec<String>>,
    /// How many days a user name rests after a rename or a removal: only its former holder can take
    /// it. Default: 30.
    #[serde(deserialize_with = "bounded::<0, 36_500, _, _>")]
    pub username_rest_days: u32,
    /// The kinds of user that there are, in place of the built-in ones.
    pub user_types: Option<Vec<String>>,
    /// The names that profiles share.
    pub catalogue: CatalogueSettings,
    /// Résumés that users upload.
    pub resumes: ResumeSettings,
    /// How much of the storage each profile and account may take.
    pub quotas: Quotas,
    /// The settings of all token issuers.
    pub auth: AuthSettings,
    /// How the database is used.
    pub database: StoreSettings,
    /// Rules next to those that every dialect documents.
    pub policies: PolicySettings,
    /// How images and files are kept.
    pub media: MediaSettings,
    /// How much memory the large bodies of all requests may take together, in MiB. Default: 64.
    #[serde(deserialize_with = "bounded::<1, 1_048_576, _, _>")]
    pub body_memory_mib: NonZeroUsize,
    /// How much memory the large bodies of all responses may take together, in MiB. Default: 64.
    #[serde(deserialize_with = "bounded::<1, 1_048_576, _, _>")]
    pub response_memory_mib: NonZeroUsize,
    /// The time in which a client must read a part of its response, in seconds. Default: 60.
    #[serde(deserialize_with = "bounded::<1, 86_400, _, _>")]
    pub response_timeout_seconds: NonZeroU64,
    /// The bytes a second that a client must read in that time, on average. Default: 64.
    #[serde(deserialize_with = "bounded::<0, 1_000_000_000, _, _>")]
    pub response_min_bytes_per_second: u32,
    /// The dialects, by name.
    pub dialects: BTreeMap<String, DialectConfig>,
    /// Which dialects there are. It is the program that says so, no file and no variable.
    #[serde(skip)]
    pub dialect_registry: DialectRegistry,
}

/// The profile of a deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Creates a signing key and a demo user.
    #[default]
    Development,
    /// Takes tokens of configured issuers only, each with a name and an audience.
    Production,
}

/// The permitted clients of the development profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DevelopmentAccess {
    /// Programs on this machine: the server listens on a loopback address alone.
    #[default]
    Loopback,
    /// All who reach the address that is listened on.
    Network,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}

/// The names that profiles share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CatalogueSettings {
    /// Whether users may bring new names. Default: open.
    pub mode: Openness,
}

/// Résumés that users upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResumeSettings {
    /// The permitted readers. Default: the owner.
    pub readers: ResumeReaders,
}

/// The settings of all token issuers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// How many verified tokens are remembered.
    #[serde(deserialize_with = "bounded::<0, 10_000_000, _, _>")]
    pub cache_entries: usize,
    /// How old keys from a URL may get, in seconds.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_age_seconds: u32,
    /// How long keys are trusted that cannot be fetched again, in seconds.
    #[serde(deserialize_with = "bounded::<1, 31_536_000, _, _>")]
    pub keys_max_stale_seconds: u32,
    /// The least time between two fetches that unknown keys cause, in seconds.
    #[serde(deserialize_with = "bounded::<0, 86_400, _, _>")]
    pub refetch_cooldown_seconds: u32,
}

/// Rules next to those that every dialect documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySettings {
    /// The folder of Cedar policies. Default: none, and no policies.
    pub dir: Option<PathBuf>,
}

/// One dialect.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialectConfig {
    /// Whether it is served. Default: yes; in production, where it is configured at all.
    pub enabled: bool,
    /// The path it is served under. Default: the contract's.
    pub prefix: Option<String>,
    /// The accepted issuers. In development, none means the tokens of `manyface token`.
    pub issuers: Vec<IssuerConfig>,
    /// How many requests a minute each credential may send to each operation; 0 for any number.
    /// Default: in production what the contract allows, else 600; any number in development.
    #[serde(deserialize_with = "bounded_option::<0, 1_000_000_000, _, _>")]
    pub requests_per_minute: Option<u32>,
    /// How many requests a minute each client address may send to each operation without a
    /// credential, or with one that is rejected (401); 0 for any number. Default: 60 in production,
    /// any number in development.
    #[serde(deserialize_with = "bounded_option::<0, 1_000_000_000, _, _>")]
    pub anonymous_requests_per_minute: Option<u32>,
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
            log: None,
            log_format: LogFormat::default(),
            workers: None,
            shutdown_timeout_seconds: 30,
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
            dialects: BTreeMap::new(),
            dialect_registry: DialectRegistry::default(),
        }
    }
}

impl Default for AuthSettings {
    fn default() -> Self {
        let manyface_auth::AuthConfig {
            cache_entries,
            keys_max_age_seconds,
            keys_max_stale_seconds,
            refetch_cooldown_seconds,
            dialects: _,
        } = manyface_auth::AuthConfig::default();
        Self {
            cache_entries,
            keys_max_age_seconds,
            keys_max_stale_seconds,
            refetch_cooldown_seconds,
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
        self.log.as_deref().unwrap_or(default)
    }

    /// Rejects to let other machines reach the development profile, unless that is asked for: it
    /// accepts the tokens of `manyface token`.
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

    /// The database's URL, with the default where none is set.
    pub fn database_url(&self) -> DatabaseUrl {
        let default = || DatabaseUrl::sqlite(self.data_dir.join("manyface.sqlite"));
        self.database_url.clone().unwrap_or_else(default)
    }

    /// How long a user name is reserved for its former holder after a rename or removal.
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

    /// The folder of images and files, where they are in a folder.
    pub fn media_folder(&self) -> PathBuf {
        let folder = self.media.folder.clone();
        folder.unwrap_or_else(|| self.data_dir.join("media"))
    }

    /// Checks the texts whose types accept more than their settings do.
    fn check_texts(&self) -> Result<(), String> {
        self.media_urls().map_err(|error| error.to_string())?;
        logging::check(self.log()).map_err(|error| error.to_string())
    }

    /// Returns the URLs of images, if configured.
    pub fn media_urls(&self) -> Result<Option<MediaUrls>, Failure> {
        let urls = self.public_url.as_deref().map(MediaUrls::under).transpose();
        urls.map_err(|error| Failure::Usage(format!("public_url: {error}, without a query")))
    }

    /// The path under which clients reach the server: empty where they reach it directly.
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

    /// Returns the settings of the deployment for all its users.
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

    /// How long running requests may take to finish after SIGTERM.
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout_seconds)
    }
}
