//! `manyface user add`

use manyface_core::{Identity, Profile, Provenance, Registry, TenantId, Username, text};

use crate::{Config, Failure, Known, cli::AddArgs, system};

/// The longest name of a person that is kept.
const MAX_NAME: usize = 255;
/// The longest address that a mail server takes (RFC 5321 §4.5.3.1).
const MAX_EMAIL: usize = 254;

pub(super) async fn run(
    registry: &dyn Registry,
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
    name_in_every_dialect(&mut profile, config.known, external_id)?;
    let identities = identity.into_iter();
    let identities = identities.map(|(issuer, subject)| Identity { issuer, subject });
    let identities: Vec<_> = identities.collect();
    let provenance = Provenance::operator(now);
    registry.add(&profile, &identities, &provenance).await?;
    Ok(profile)
}

/// Gives the profile the ids it brings along, and one of its own in every other dialect.
fn name_in_every_dialect(
    profile: &mut Profile,
    known: Known,
    given: Vec<(String, String)>,
) -> Result<(), Failure> {
    let dialects = known.dialects();
    for (name, id) in given {
        let ids = known.find("--external-id", &name)?.external_ids;
        let ids = ids.ok_or_else(|| {
            let message = format!("--external-id: {name} has no ids but the canonical UUIDs");
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

/// One `@` with something on both sides, and no blanks: whether it works only a mail can tell.
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
