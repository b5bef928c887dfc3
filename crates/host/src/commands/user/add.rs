//! `manyface user add`

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use manyface_core::{
    AdminRepository, AuthProvider, Date, Identity, Profile, Provenance, TenantId, Username, text,
};

use crate::{Config, DialectRegistry, Failure, system};

/// The maximum length of a person's name, in characters.
const MAX_NAME: usize = 255;
/// The maximum length of an email address (RFC 5321 §4.5.3.1).
const MAX_EMAIL: usize = 254;

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The unique name
    #[arg(long)]
    pub(crate) username: String,
    /// The email address
    #[arg(long)]
    pub(crate) email: String,
    /// The display name
    #[arg(long)]
    pub(crate) display_name: Option<String>,
    /// The full name
    #[arg(long)]
    pub(crate) full_name: Option<String>,
    /// The given name
    #[arg(long)]
    pub(crate) given_name: Option<String>,
    /// The family name
    #[arg(long)]
    pub(crate) family_name: Option<String>,
    /// The date of birth
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) date_of_birth: Option<Date>,
    /// The tenant [default: the default tenant]
    #[arg(long, value_name = "UUID")]
    pub(crate) tenant: Option<TenantId>,
    /// The provider of the user: local, oidc or saml
    #[arg(long, default_value = "local", value_parser = auth_provider)]
    pub(crate) auth_provider: AuthProvider,
    /// The user's id in a dialect: DIALECT=ID [default: a new one]
    #[arg(long, value_name = "DIALECT=ID", value_parser = pair::<'='>)]
    pub(crate) external_id: Vec<(String, String)>,
    /// The user at an identity provider: ISSUER#SUBJECT
    #[arg(long, value_name = "ISSUER#SUBJECT", value_parser = pair::<'#'>)]
    pub(crate) identity: Vec<(String, String)>,
    /// The time of creation, for an imported user [default: now]
    #[arg(long, value_name = "RFC 3339", value_parser = created_at)]
    pub(crate) created_at: Option<Timestamp>,
}

pub(super) async fn run(
    repository: &dyn AdminRepository,
    args: AddArgs,
    default_tenant: TenantId,
    config: &Config,
) -> Result<Profile, Failure> {
    let AddArgs {
        username,
        email,
        display_name,
        full_name,
        given_name,
        family_name,
        date_of_birth,
        tenant,
        auth_provider,
        external_id,
        identity,
        created_at,
    } = args;
    let now = system::now();
    let created_at = created_at.unwrap_or(now);
    let username = Username::parse(&username).map_err(|e| finding("username", e))?;
    config
        .reserved_usernames()
        .check(&username)
        .map_err(|e| finding("username", e))?;
    let email = address(&email)?;
    let id = system::profile_id(created_at)?;
    let tenant = tenant.unwrap_or(default_tenant);
    let mut profile = Profile::new(id, tenant, username, email, created_at);
    profile.display_name = name("display_name", display_name)?;
    profile.full_name = name("full_name", full_name)?;
    profile.given_name = name("given_name", given_name)?;
    profile.family_name = name("family_name", family_name)?;
    profile.date_of_birth = date_of_birth;
    profile.auth_provider = auth_provider;
    set_external_ids(&mut profile, config.dialect_registry, external_id)?;
    let identities = identity.into_iter();
    let identities = identities.map(|(issuer, subject)| Identity { issuer, subject });
    let identities: Vec<_> = identities.collect();
    let provenance = Provenance::operator(now);
    repository.add(&profile, &identities, &provenance).await?;
    Ok(profile)
}

/// Sets the given ids, and new ones for the other dialects.
fn set_external_ids(
    profile: &mut Profile,
    dialect_registry: DialectRegistry,
    given: Vec<(String, String)>,
) -> Result<(), Failure> {
    let dialects = dialect_registry.dialects();
    for (name, id) in given {
        let ids = dialect_registry.find("--external-id", &name)?.external_ids;
        let ids = ids.ok_or_else(|| {
            let message = format!("--external-id: {name} uses canonical UUIDs only");
            Failure::Usage(message)
        })?;
        if !(ids.is_valid)(&id) {
            return Err(finding("external_id", format!("is not an id of {name}")));
        }
        profile.external_ids.insert(name, id);
    }
    for dialect in dialects {
        if let Some(ids) = dialect.external_ids {
            let minted = (ids.mint)(profile);
            let given = profile.external_ids.entry(dialect.name.to_owned());
            given.or_insert(minted);
        }
    }
    Ok(())
}

fn name(field: &str, value: Option<String>) -> Result<Option<String>, Failure> {
    let Some(value) = value else {
        return Ok(None);
    };
    let name = text::normalise(&value, MAX_NAME).map_err(|e| finding(field, e))?;
    Ok(Some(name).filter(|name| !name.is_empty()))
}

/// Accepts one `@` with characters on both sides and no white space. Only a message proves that the
/// address exists.
fn address(email: &str) -> Result<String, Failure> {
    let email = text::normalise(email, MAX_EMAIL).map_err(|e| finding("email", e))?;
    let is_address = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    if is_address && !email.contains(char::is_whitespace) {
        Ok(email)
    } else {
        Err(finding("email", "is not an address"))
    }
}

fn finding(field: &str, reason: impl std::fmt::Display) -> Failure {
    Failure::Finding(format!("{field} {reason}"))
}

fn auth_provider(text: &str) -> Result<AuthProvider, String> {
    AuthProvider::parse(text).ok_or_else(|| "must be local, oidc or saml".to_owned())
}

/// Parses a time that all dialects can represent, from year 1 to [`Timestamp::MAX`].
fn created_at(text: &str) -> Result<Timestamp, String> {
    const REASON: &str = "must be a time from 0001-01-01T00:00:00Z to 9999-12-30T22:00:00Z, such as 2026-06-25T10:30:00Z";
    let at = text.parse::<Timestamp>().ok();
    let at = at.filter(|at| at.to_zoned(TimeZone::UTC).year() >= 1);
    at.ok_or_else(|| REASON.to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    let form = "must be a date, such as 1999-05-20";
    text.parse().map_err(|_| form.to_owned())
}

fn pair<const SEPARATOR: char>(text: &str) -> Result<(String, String), String> {
    match text.split_once(SEPARATOR) {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        Some(_) | None => Err(format!("must be two strings separated by {SEPARATOR}")),
    }
}
