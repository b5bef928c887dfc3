//! `manyface user add`

use clap::Args;
use jiff::tz::TimeZone;
use manyface_core::{AuthProvider, Date, Identity, TenantId, Timestamp};
use serde_json::{Map, Value, json};

use super::identity;
use crate::Failure;

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
    #[arg(long, value_name = "DIALECT=ID", value_parser = pair)]
    pub(crate) external_id: Vec<(String, String)>,
    /// The user at an identity provider: ISSUER#SUBJECT
    #[arg(long, value_name = "ISSUER#SUBJECT", value_parser = identity)]
    pub(crate) identity: Vec<(String, String)>,
    /// The time of creation, for an imported user [default: now]
    #[arg(long, value_name = "RFC 3339", value_parser = created_at)]
    pub(crate) created_at: Option<Timestamp>,
}

impl AddArgs {
    /// Returns the body of the request.
    pub(super) fn into_body(self) -> Result<Value, Failure> {
        let Self {
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
        } = self;
        let mut external_ids = Map::new();
        for (dialect, id) in external_id {
            if external_ids.insert(dialect.clone(), id.into()).is_some() {
                let message = format!("--external-id: {dialect} is given twice");
                return Err(Failure::Usage(message));
            }
        }
        let identities = identity.into_iter();
        let identities = identities.map(|(issuer, subject)| Identity { issuer, subject });
        let members = [
            ("username", json!(username)),
            ("email", json!(email)),
            ("display_name", json!(display_name)),
            ("full_name", json!(full_name)),
            ("given_name", json!(given_name)),
            ("family_name", json!(family_name)),
            ("date_of_birth", json!(date_of_birth)),
            ("tenant_id", json!(tenant)),
            ("auth_provider", json!(auth_provider)),
            ("external_ids", external_ids.into()),
            ("identities", json!(identities.collect::<Vec<_>>())),
            ("created_at", json!(created_at)),
        ];
        let given = members.into_iter().filter(|(_, value)| !value.is_null());
        Ok(given
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }
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

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        Some(_) | None => Err("must be two strings separated by =".to_owned()),
    }
}
