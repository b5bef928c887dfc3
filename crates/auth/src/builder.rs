//! Construction of a [`TokenAuthenticator`] from its configuration.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use manyface_core::{Claim, SignIns};

use crate::{
    Algorithm, AuthConfig, DevelopmentIssuer, FetchKeys, HttpKeys, IssuerConfig, Problem,
    SetupError, SubjectKind, TokenAuthenticator,
    algorithm::KeyKind,
    cache::VerifiedTokens,
    claims::Rules,
    fetch_keys,
    issuer::{Issuer, Origin},
    key::Key,
    key_ring::KeyRing,
    local_keys::{self, LocalKeys},
    remote_keys::{RemoteKeys, Source},
    skipped_key,
};

/// The maximum leeway, in seconds.
const MAX_LEEWAY_SECONDS: u32 = 300;

/// All optional claims.
const ALL_CLAIMS: [Claim; 4] = [Claim::Scopes, Claim::Tenant, Claim::Account, Claim::Groups];

/// A builder of a [`TokenAuthenticator`].
pub struct Builder {
    config: AuthConfig,
    clock: fn() -> Timestamp,
    strict: bool,
    environment: fn(&str) -> Option<String>,
    fetch: Option<Arc<dyn FetchKeys>>,
    /// The dialect, the meaning of `sub`, and the keys.
    development: Vec<(String, IssuerConfig, Result<Vec<Key>, Problem>)>,
    /// The optional claims that are read in a dialect; all of them for other dialects.
    reads: HashMap<String, Vec<Claim>>,
    sign_ins: Option<Arc<dyn SignIns>>,
}

/// The configured source of an issuer's keys.
enum KeySource<'a> {
    Local(LocalKeys),
    Url(&'a str),
}

impl TokenAuthenticator {
    /// Returns a builder with this configuration and clock.
    pub fn builder(config: AuthConfig, clock: fn() -> Timestamp) -> Builder {
        Builder {
            config,
            clock,
            strict: false,
            environment: |name| std::env::var(name).ok().filter(|value| !value.is_empty()),
            fetch: None,
            development: Vec::new(),
            reads: HashMap::new(),
            sign_ins: None,
        }
    }
}

impl Builder {
    /// Sets whether to apply the rules for production: each issuer has a name and an audience, and
    /// there is no development issuer. Default: `false`.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Accepts development tokens of `issuer` for `dialect`, with `subject` as the meaning of
    /// `sub`.
    #[must_use]
    pub fn development(
        mut self,
        dialect: &str,
        subject: SubjectKind,
        issuer: &DevelopmentIssuer,
    ) -> Self {
        let config = issuer.config(dialect, subject);
        self.development
            .push((dialect.to_owned(), config, issuer.keys()));
        self
    }

    /// Sets the optional claims that operations of `dialect`, or policies, read. A malformed value
    /// of another claim does not reject a token. Default: all.
    #[must_use]
    pub fn reads(mut self, dialect: &str, claims: &[Claim]) -> Self {
        self.reads.insert(dialect.to_owned(), claims.to_vec());
        self
    }

    /// Reads environment variables through `environment` instead of from the process.
    #[must_use]
    pub fn environment(mut self, environment: fn(&str) -> Option<String>) -> Self {
        self.environment = environment;
        self
    }

    /// Fetches key sets through `fetch` instead of [`HttpKeys`].
    #[must_use]
    pub fn fetch(mut self, fetch: Arc<dyn FetchKeys>) -> Self {
        self.fetch = Some(fetch);
        self
    }

    /// Reports the first use of each token of issuers that provision users to `sign_ins`.
    #[must_use]
    pub fn sign_ins(mut self, sign_ins: Arc<dyn SignIns>) -> Self {
        self.sign_ins = Some(sign_ins);
        self
    }

    /// Builds the authenticator. Loads local keys and blocks the thread meanwhile. Keys from URLs
    /// are fetched on first use or by [`TokenAuthenticator::warm_up`].
    pub fn build(mut self) -> Result<TokenAuthenticator, SetupError> {
        if self.config.keys_max_age_seconds == 0 {
            return Err(Problem::KeysMaxAge.of("any", ""));
        }
        if self.config.keys_max_stale_seconds < self.config.keys_max_age_seconds {
            return Err(Problem::KeysMaxStale.of("any", ""));
        }
        let development = std::mem::take(&mut self.development);
        let dialects = std::mem::take(&mut self.config.dialects);
        let mut issuers: HashMap<String, Vec<Arc<Issuer>>> = HashMap::new();
        for (dialect, configs) in dialects {
            if configs.is_empty() {
                return Err(Problem::NoIssuer.of(&dialect, ""));
            }
            for config in configs {
                let issuer = self
                    .issuer(&dialect, &config)
                    .map_err(|problem| problem.of(&dialect, &config.issuer))?;
                add(&mut issuers, issuer)?;
            }
        }
        for (dialect, config, keys) in development {
            let keys = if self.strict {
                Err(Problem::Development)
            } else {
                keys
            }
            .map_err(|problem| problem.of(&dialect, &config.issuer))?;
            let ring = KeyRing::new();
            ring.replace(keys);
            let issuer = self.with_keys(&dialect, &config, ring.into(), Origin::Given);
            add(&mut issuers, issuer)?;
        }
        if issuers.is_empty() {
            return Err(Problem::NoIssuer.of("any", ""));
        }
        Ok(TokenAuthenticator {
            clock: self.clock,
            issuers,
            verified: VerifiedTokens::new(self.config.cache_entries),
            sign_ins: self.sign_ins,
        })
    }

    fn issuer(&mut self, dialect: &str, config: &IssuerConfig) -> Result<Issuer, Problem> {
        self.check_names(config)?;
        check_texts(config)?;
        check_limits(config)?;
        check_algorithms(&config.algorithms)?;
        let ring = Arc::new(KeyRing::new());
        let origin = match key_source(config, self.environment)? {
            KeySource::Local(local) => {
                let read = local.load(&config.algorithms)?;
                skipped_key::log(&read.skipped, dialect, &config.issuer, &local.to_string());
                ring.replace(read.keys);
                Origin::Local(local)
            }
            KeySource::Url(url) => {
                local_keys::reject_secret_algorithms(&config.algorithms)?;
                if !fetch_keys::is_trustworthy_url(url) {
                    return Err(Problem::Url);
                }
                let source = self.source(url, dialect, config);
                Origin::Remote(Arc::new(RemoteKeys::new(source, Arc::clone(&ring))))
            }
        };
        Ok(self.with_keys(dialect, config, ring, origin))
    }

    fn check_names(&self, config: &IssuerConfig) -> Result<(), Problem> {
        if config.issuer.is_empty() && config.subject == SubjectKind::Identity {
            return Err(Problem::IdentityWithoutIssuer);
        }
        let is_provisioned = !config.provision.is_empty();
        let has_names = ["username", "email"]
            .iter()
            .all(|field| config.provision.contains_key(*field));
        if is_provisioned && !has_names {
            return Err(Problem::ProvisionWithoutNames);
        }
        if is_provisioned && config.subject == SubjectKind::ProfileId {
            return Err(Problem::ProvisionOfProfileIds);
        }
        if config.issuer.is_empty() && self.strict {
            return Err(Problem::MissingIssuer);
        }
        if config.audience.is_empty() && config.client_ids.is_empty() && self.strict {
            return Err(Problem::MissingAudience);
        }
        Ok(())
    }

    fn with_keys(
        &self,
        dialect: &str,
        config: &IssuerConfig,
        ring: Arc<KeyRing>,
        origin: Origin,
    ) -> Issuer {
        let reads = self.reads.get(dialect);
        let subject_claim = config.subject_claim.as_deref();
        Issuer {
            rules: Rules {
                dialect: dialect.into(),
                issuer: config.issuer.as_str().into(),
                audience: config.audience.clone(),
                client_ids: config.client_ids.clone(),
                client_claims: config.client_claims.clone(),
                subject: config.subject,
                subject_claim: subject_claim.unwrap_or("sub").to_owned(),
                allows_integers: subject_claim.is_some(),
                leeway: SignedDuration::from_secs(config.leeway_seconds.into()),
                max_lifetime: SignedDuration::from_secs(config.max_lifetime_seconds.into()),
                token_types: config.token_types.clone(),
                required_claims: config.required_claims.clone(),
                scope_claims: config.scope_claims.clone(),
                tenant_claim: config.tenant_claim.clone(),
                account_claim: config.account_claim.clone(),
                groups_claim: config.groups_claim.clone(),
                provision: config.provision.clone(),
                reads: reads.map_or_else(|| ALL_CLAIMS.to_vec(), Clone::clone),
            },
            algorithms: config.algorithms.clone(),
            ring,
            origin,
        }
    }

    fn source(&mut self, url: &str, dialect: &str, config: &IssuerConfig) -> Source {
        let fetch = self.fetch.get_or_insert_with(|| Arc::new(HttpKeys::new()));
        Source {
            url: url.to_owned(),
            dialect: dialect.to_owned(),
            issuer: config.issuer.clone(),
            algorithms: config.algorithms.clone(),
            fetch: Arc::clone(fetch),
            clock: self.clock,
            max_age: Duration::from_secs(self.config.keys_max_age_seconds.into()),
            max_stale: Duration::from_secs(self.config.keys_max_stale_seconds.into()),
            cooldown: Duration::from_secs(self.config.refetch_cooldown_seconds.into()),
        }
    }
}

fn add(issuers: &mut HashMap<String, Vec<Arc<Issuer>>>, issuer: Issuer) -> Result<(), SetupError> {
    let Rules {
        dialect,
        issuer: name,
        ..
    } = &issuer.rules;
    let others = issuers.entry(dialect.as_ref().to_owned()).or_default();
    if others.iter().any(|other| other.rules.issuer == *name) {
        return Err(Problem::Twice.of(dialect, name));
    }
    others.push(Arc::new(issuer));
    Ok(())
}

/// Checks the settings that are compared with values of tokens, which are never empty and have no
/// surrounding white space.
fn check_texts(config: &IssuerConfig) -> Result<(), Problem> {
    let lists = [
        ("audience", &config.audience),
        ("client_ids", &config.client_ids),
        ("client_claims", &config.client_claims),
        ("scope_claims", &config.scope_claims),
    ];
    let names = [
        ("subject_claim", config.subject_claim.as_ref()),
        ("tenant_claim", Some(&config.tenant_claim)),
        ("account_claim", Some(&config.account_claim)),
        ("groups_claim", Some(&config.groups_claim)),
    ];
    for (setting, text) in lists
        .iter()
        .flat_map(|(setting, texts)| texts.iter().map(move |text| (*setting, text)))
        .chain(
            names
                .iter()
                .filter_map(|(setting, text)| Some((*setting, (*text)?))),
        )
    {
        if text.is_empty() {
            return Err(Problem::EmptyEntry(setting));
        }
        check_white_space(setting, text)?;
    }
    check_white_space("issuer", &config.issuer)?;
    if config.token_types.is_empty() {
        return Err(Problem::Empty("token_types"));
    }
    if config.client_claims.is_empty() && !config.client_ids.is_empty() {
        return Err(Problem::Empty("client_claims"));
    }
    Ok(())
}

fn check_white_space(setting: &'static str, text: &str) -> Result<(), Problem> {
    if text.trim() == text {
        Ok(())
    } else {
        Err(Problem::WhiteSpace(setting))
    }
}

fn check_limits(config: &IssuerConfig) -> Result<(), Problem> {
    if config.leeway_seconds > MAX_LEEWAY_SECONDS {
        return Err(Problem::Leeway);
    }
    if config.max_lifetime_seconds == 0 {
        return Err(Problem::MaxLifetime);
    }
    Ok(())
}

fn check_algorithms(algorithms: &[Algorithm]) -> Result<(), Problem> {
    let secrets = algorithms
        .iter()
        .filter(|algorithm| algorithm.key_kind() == KeyKind::Secret)
        .count();
    if algorithms.is_empty() {
        return Err(Problem::NoAlgorithm);
    }
    if secrets > 0 && secrets < algorithms.len() {
        return Err(Problem::MixedAlgorithms);
    }
    Ok(())
}

fn key_source(
    config: &IssuerConfig,
    environment: fn(&str) -> Option<String>,
) -> Result<KeySource<'_>, Problem> {
    let IssuerConfig {
        secret_file,
        secret_env,
        pem_file,
        jwks_file,
        jwks_url,
        ..
    } = config;
    let variable = |name: &String| LocalKeys::SecretVariable {
        name: name.clone(),
        environment,
    };
    let local = |keys: LocalKeys| Some(KeySource::Local(keys));
    let sources = [
        secret_file
            .clone()
            .map(LocalKeys::SecretFile)
            .and_then(local),
        secret_env.as_ref().map(variable).and_then(local),
        pem_file.clone().map(LocalKeys::Pem).and_then(local),
        jwks_file.clone().map(LocalKeys::Jwks).and_then(local),
        jwks_url.as_deref().map(KeySource::Url),
    ];
    let mut sources = sources.into_iter().flatten();
    match (sources.next(), sources.next()) {
        (Some(source), None) => Ok(source),
        (Some(_), Some(_)) => Err(Problem::ManyKeySources),
        (None, _) => Err(Problem::NoKeySource),
    }
}
