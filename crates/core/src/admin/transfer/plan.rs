//! What an import does with each user.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::{
    report::{changed_fields, document},
    settings::{ImportSettings, OnConflict},
    tenant_limit::TenantLimit,
    user_input::UserInput,
};
use crate::{
    Avatar, Edit, Error, Field, ImageId, ProfileId, RecordError, TenantId, UserClaims, UserRecord,
    UserReplacement,
};

/// What to do with a user.
pub(super) enum Decision {
    Add(Box<UserRecord>),
    Replace(Box<UserReplacement>),
    Keep,
    Skip,
    Reject(Vec<RecordError>),
}

/// What the store knows of the users of a batch.
#[derive(Default)]
pub(super) struct Known {
    pub(super) users: HashMap<ProfileId, UserRecord>,
    pub(super) tenants: HashMap<TenantId, bool>,
    pub(super) default_tenant: Option<TenantId>,
    /// Whether an image exists, by its id.
    pub(super) images: HashMap<String, bool>,
}

/// Returns the values of a record that must be unique.
pub(super) fn claims(input: &UserInput) -> UserClaims {
    let ids = input.external_ids.iter().flatten();
    UserClaims {
        username: input.patch.username.clone(),
        external_ids: ids
            .map(|(dialect, id)| (dialect.clone(), id.clone()))
            .collect(),
        identities: input.identities.clone().unwrap_or_default(),
    }
}

/// The unique values of the users of a batch, as hashes.
#[derive(Default)]
pub(super) struct ClaimSet {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl ClaimSet {
    /// Adds the values of a record. Returns false, and adds nothing, if one is there already.
    pub(super) fn add(&mut self, input: &UserInput) -> bool {
        let claims = claims(input);
        let mut values: Vec<(&str, String, String)> = Vec::new();
        let id = input.id.map(|id| id.to_string());
        values.extend(id.map(|id| ("id", id, String::new())));
        if let Some(name) = claims.username {
            let skeletons = name.skeletons().into_iter();
            values.extend(skeletons.map(|skeleton| ("skeleton", skeleton, String::new())));
            values.push(("username", name.key().to_owned(), String::new()));
        }
        let ids = claims.external_ids.into_iter();
        values.extend(ids.map(|(dialect, id)| ("external id", dialect, id)));
        let identities = claims.identities.into_iter();
        values.extend(identities.map(|i| ("identity", i.issuer, i.subject)));
        let hashes = values.iter().map(|value| self.hasher.hash_one(value));
        let hashes: Vec<_> = hashes.collect();
        if hashes.iter().any(|hash| self.hashes.contains(hash)) {
            return false;
        }
        self.hashes.extend(hashes);
        true
    }
}

/// Decides what to do with a record whose unique values `holders` have.
pub(super) fn decide(
    input: &UserInput,
    holders: &[(Field, ProfileId)],
    known: &Known,
    settings: &ImportSettings<'_>,
) -> Decision {
    let mut matched = matched(input, holders, known);
    if let Some(limit) = settings.limit {
        matched = matched.and_then(|user| limit.own(user));
        let errors = TenantLimit::check_claims(input, matched);
        if !errors.is_empty() {
            return Decision::Reject(errors);
        }
    }
    let Some(existing) = matched else {
        return add(input, holders, known, settings);
    };
    let id = existing.profile.id;
    let others = holders.iter().filter(|(_, holder)| *holder != id);
    let mut errors: Vec<_> = others.map(|(field, _)| taken(*field)).collect();
    if let Some(tenant) = input.tenant_id
        && tenant != existing.profile.tenant_id
    {
        errors.push(RecordError::new(
            "tenant_id",
            "is not the tenant of the stored user",
        ));
    }
    let mut after = input.applied_to(existing);
    if errors.is_empty() && after == *existing {
        return Decision::Keep;
    }
    if settings.on_conflict == OnConflict::Skip {
        return Decision::Skip;
    }
    errors.extend(missing_images(input, known));
    if settings.limit.is_some()
        && after.profile.username != existing.profile.username
        && let Err(error) = settings.reserved.check(&after.profile.username)
    {
        errors.push(RecordError::new("username", error));
    }
    errors.extend((settings.complete)(&mut after, false));
    if !errors.is_empty() {
        return Decision::Reject(errors);
    }
    if settings.on_conflict == OnConflict::Fail {
        let fields = changed_fields(Some(existing), &after);
        let exists = |field: String| RecordError::new(field, "differs from the stored user");
        return Decision::Reject(
            fields
                .into_iter()
                .map(|field| exists(field.field))
                .collect(),
        );
    }
    after.profile.version += 1;
    after.profile.updated_at = settings.provenance.at();
    Decision::Replace(Box::new(UserReplacement {
        document: document(existing, &after),
        before: existing.clone(),
        after,
    }))
}

/// Returns the stored user that a record is about: the one with its id or, if it has none, the one
/// that holds its external ids, identities or user name.
fn matched<'a>(
    input: &UserInput,
    holders: &[(Field, ProfileId)],
    known: &'a Known,
) -> Option<&'a UserRecord> {
    if let Some(id) = input.id {
        return known.users.get(&id);
    }
    let is_named = |id: &ProfileId| {
        let holder = known.users.get(id);
        let key = input.patch.username.as_ref().map(crate::Username::key);
        holder.is_some_and(|holder| Some(holder.profile.username.key()) == key)
    };
    // A former or similar user name does not make a record one of its holder.
    let mut own = holders
        .iter()
        .filter(|(field, id)| *field != Field::Username || is_named(id));
    let (_, first) = own.next()?;
    known.users.get(first)
}

fn add(
    input: &UserInput,
    holders: &[(Field, ProfileId)],
    known: &Known,
    settings: &ImportSettings<'_>,
) -> Decision {
    if !holders.is_empty() {
        return match settings.on_conflict {
            OnConflict::Skip => Decision::Skip,
            OnConflict::Update | OnConflict::Fail => {
                Decision::Reject(holders.iter().map(|(field, _)| taken(*field)).collect())
            }
        };
    }
    let mut errors = Vec::new();
    let tenant = input.tenant_id.or(known.default_tenant);
    let exists = |id: &TenantId| known.tenants.get(id) == Some(&true);
    if input.tenant_id.is_some_and(|id| !exists(&id)) || tenant.is_none() {
        errors.push(RecordError::new("tenant_id", "does not exist"));
    }
    errors.extend(missing_images(input, known));
    // A record with an id was a user before.
    if input.id.is_none()
        && let Some(username) = &input.patch.username
        && let Err(error) = settings.reserved.check(username)
    {
        errors.push(RecordError::new("username", error));
    }
    let is_partial = input.id.is_none() || input.external_ids.is_none();
    let tenant = tenant.unwrap_or(TenantId(uuid::Uuid::nil()));
    let now = settings.provenance.at();
    let id = input
        .id
        .map_or_else(|| (settings.new_id)(input.created_at.unwrap_or(now)), Ok);
    let new = id.map_err(|error| vec![error]);
    match new.and_then(|id| input.clone().into_new(id, tenant, now)) {
        Ok(mut user) => {
            errors.extend((settings.complete)(&mut user, is_partial));
            if errors.is_empty() {
                return Decision::Add(Box::new(user));
            }
        }
        Err(missing) => errors.extend(missing),
    }
    Decision::Reject(errors)
}

/// Returns an error for each stored image that does not exist.
fn missing_images(input: &UserInput, known: &Known) -> Vec<RecordError> {
    let is_missing = |image: &&ImageId| known.images.get(image.as_str()) != Some(&true);
    let missing = images_of(input).filter(is_missing);
    let error = |image| {
        RecordError::new(
            "avatar",
            format!("is the image {image}, which is not stored"),
        )
    };
    missing.map(error).collect()
}

fn taken(field: Field) -> RecordError {
    let error = Error::Taken(field);
    RecordError::new(
        field.as_str(),
        error.to_string().trim_start_matches(field.as_str()).trim(),
    )
}

/// Returns the stored images that a user refers to.
pub(super) fn images_of(input: &UserInput) -> impl Iterator<Item = &ImageId> {
    let own = match &input.patch.avatar {
        Edit::Set(avatar) => Some(avatar),
        Edit::Keep | Edit::Clear => None,
    };
    let overrides = input
        .overrides
        .iter()
        .flat_map(|overrides| overrides.values());
    let overrides = overrides.filter_map(|shown| shown.avatar.as_ref());
    own.into_iter()
        .chain(overrides)
        .filter_map(|avatar| match avatar {
            Avatar::Stored(image) => Some(image),
            Avatar::External(_) => None,
        })
}
