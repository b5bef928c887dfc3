//! New users.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use manyface_core::{FieldError, Identity, Profile, TenantId, Timestamp, UserFields};

use super::{check_identity, show};
use crate::{
    admin::{AdminProblem, AdminResponse, Call},
    dialect_registry::mint_external_ids,
    system,
};

/// The members of a new user that are not fields.
#[derive(Default)]
struct NewUser {
    tenant_id: Option<TenantId>,
    external_ids: BTreeMap<String, String>,
    identities: Vec<Identity>,
    created_at: Option<Timestamp>,
}

pub(super) async fn add(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let mut new = NewUser::default();
    let mut fields = UserFields::new();
    let mut errors = Vec::new();
    for (name, value) in call.members()? {
        let read = match name.as_str() {
            "tenant_id" => value.read().map(|id| new.tenant_id = id),
            "external_ids" => value.read().map(|ids| new.external_ids = ids),
            "identities" => value.read().map(|identities| new.identities = identities),
            "created_at" => value.read().map(|at| new.created_at = at),
            _ => {
                fields.insert(name, value);
                continue;
            }
        };
        if read.is_err() {
            errors.push(FieldError::new(&name, "has another form than documented"));
        }
    }
    if !errors.is_empty() {
        return Err(AdminProblem::invalid(errors));
    }
    // An identity or id that a provider issues could be taken from a user of another tenant.
    let has_ids = !new.identities.is_empty() || !new.external_ids.is_empty();
    if has_ids && call.operator.tenant.is_some() {
        let message = "only a token of the whole deployment may set identities and external ids";
        return Err(AdminProblem::forbidden(message));
    }
    new.identities.iter().try_for_each(check_identity)?;
    let created_at = new.created_at.unwrap_or_else(|| call.now());
    // All dialects can represent times from year 1 to the maximum.
    if created_at.to_zoned(TimeZone::UTC).year() < 1 {
        let message = "must be a time from 0001-01-01T00:00:00Z to 9999-12-30T22:00:00Z";
        return Err(AdminProblem::invalid_field("created_at", message));
    }
    let unrandom = |failure: crate::Failure| AdminProblem::internal(failure.to_string());
    let id = system::profile_id(created_at).map_err(unrandom)?;
    let tenant = call.tenant(new.tenant_id).await?;
    let context = call.context();
    let mut profile = context.new_user(id, tenant, created_at, &fields).await?;
    set_external_ids(&call, &mut profile, new.external_ids)?;
    let added = call
        .api
        .repository
        .add(&profile, &new.identities, &call.provenance);
    added.await?;
    show(&call, &profile).await
}

/// Sets the given ids, and new ones for the other dialects.
fn set_external_ids(
    call: &Call<'_>,
    profile: &mut Profile,
    given: BTreeMap<String, String>,
) -> Result<(), AdminProblem> {
    let error = |message: String| AdminProblem::invalid_field("external_ids", message);
    let dialects = call.api.dialects.dialects();
    for (name, id) in given {
        let mut known = dialects.iter();
        let Some(dialect) = known.find(|dialect| dialect.name == name) else {
            let known = call.api.dialects.names().join(", ");
            return Err(error(format!(
                "has the unknown dialect {name}; known are {known}"
            )));
        };
        let Some(ids) = dialect.external_ids else {
            return Err(error(format!(
                "has {name}, which uses canonical UUIDs only"
            )));
        };
        if !(ids.is_valid)(&id) {
            return Err(error(format!("has {id}, which is not an id of {name}")));
        }
        profile.external_ids.insert(name, id);
    }
    mint_external_ids(profile, &dialects);
    Ok(())
}
