//! Converts authorization requests of the core to Cedar requests.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request,
    RestrictedExpression as Value, Schema,
};
use manyface_core::{
    Access, AccessRequest, ApiKeyHolder, BoxError, Principal, Profile, TenantId, Timestamp,
};

/// A Cedar request and its entities.
pub(crate) struct CedarRequest {
    pub(crate) request: Request,
    pub(crate) entities: Entities,
}

impl CedarRequest {
    /// Converts `access_request`, and validates the result if a schema is given.
    pub(crate) fn of(
        access_request: &AccessRequest<'_>,
        schema: Option<&Schema>,
    ) -> Result<Self, BoxError> {
        let AccessRequest {
            principal,
            caller,
            profile,
            access,
            account,
            dialect,
            request_id: _,
            now,
        } = access_request;
        let owner = uid(&TYPES.user, &profile.id.to_string());
        let scopes = || Value::new_set(caller.scopes.iter().map(text));
        let mut entities = Vec::with_capacity(3);
        let actor = match principal {
            Principal::User(own) => {
                let groups = caller.groups.iter().map(|name| uid(&TYPES.group, name));
                let user = uid(&TYPES.user, &own.id.to_string());
                entities.push(user_entity(&user, own, scopes(), groups)?);
                user
            }
            Principal::ApiKey(key) => {
                let holder = uid(&TYPES.api_key, &key.id);
                entities.push(key_entity(&holder, key, scopes())?);
                holder
            }
        };
        if actor != owner {
            // Scopes and groups are the caller's, not the owner's.
            let none = Value::new_set([]);
            entities.push(user_entity(&owner, profile, none, [])?);
        }
        let resource = uid(&TYPES.profile, &profile.id.to_string());
        let mut attributes = attributes(profile);
        attributes.insert("owner".to_owned(), Value::new_entity_uid(owner));
        let tenant = HashSet::from([tenant(profile.tenant_id)]);
        entities.push(Entity::new(resource.clone(), attributes, tenant)?);

        let entity = |kind: &EntityTypeName, name: &str| Value::new_entity_uid(uid(kind, name));
        let mut context = vec![
            ("dialect".to_owned(), entity(&TYPES.dialect, dialect)),
            ("now".to_owned(), instant(*now)),
        ];
        context.extend(account.map(|id| ("account".to_owned(), text(id))));
        let action = match access {
            Access::Read => "read",
            Access::Update(fields) => {
                let fields = fields
                    .iter()
                    .map(|field| entity(&TYPES.field, field.as_str()));
                context.push(("fields".to_owned(), Value::new_set(fields)));
                "update"
            }
        };
        let context = Context::from_pairs(context)?;
        let action = uid(&TYPES.action, action);
        Ok(Self {
            request: Request::new(actor, action, resource, context, schema)?,
            entities: Entities::from_entities(entities, schema)?,
        })
    }
}

/// Creates the entity of a user, with the scopes and groups of the credential.
fn user_entity(
    user: &EntityUid,
    profile: &Profile,
    scopes: Value,
    groups: impl IntoIterator<Item = EntityUid>,
) -> Result<Entity, BoxError> {
    let mut known = attributes(profile);
    known.insert("scopes".to_owned(), scopes);
    let parents = groups.into_iter().chain([tenant(profile.tenant_id)]);
    Ok(Entity::new(user.clone(), known, parents.collect())?)
}

/// Creates the entity of an API key.
fn key_entity(holder: &EntityUid, key: &ApiKeyHolder, scopes: Value) -> Result<Entity, BoxError> {
    let own = tenant(key.tenant_id);
    let accounts = Value::new_set(key.accounts.iter().map(text));
    let mut known = HashMap::from([
        ("scopes".to_owned(), scopes),
        ("accounts".to_owned(), accounts),
        ("tenant".to_owned(), Value::new_entity_uid(own.clone())),
    ]);
    known.extend(key.app.iter().map(|id| ("app".to_owned(), text(id))));
    Ok(Entity::new(holder.clone(), known, HashSet::from([own]))?)
}

/// Returns the common attributes of a profile and its owner.
fn attributes(profile: &Profile) -> HashMap<String, Value> {
    let provider = uid(&TYPES.auth_provider, profile.auth_provider.as_str());
    HashMap::from([
        (
            "tenant".to_owned(),
            Value::new_entity_uid(tenant(profile.tenant_id)),
        ),
        ("auth_provider".to_owned(), Value::new_entity_uid(provider)),
        ("username".to_owned(), text(profile.username.as_str())),
        ("email".to_owned(), text(&profile.email)),
    ])
}

fn tenant(id: TenantId) -> EntityUid {
    uid(&TYPES.tenant, &id.to_string())
}

fn text(text: impl AsRef<str>) -> Value {
    Value::new_string(text.as_ref().to_owned())
}

/// Converts to Cedar's `datetime`, which has milliseconds.
fn instant(at: Timestamp) -> Value {
    Value::new_datetime(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn uid(kind: &EntityTypeName, name: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(name))
}

struct Types {
    action: EntityTypeName,
    api_key: EntityTypeName,
    auth_provider: EntityTypeName,
    dialect: EntityTypeName,
    field: EntityTypeName,
    group: EntityTypeName,
    profile: EntityTypeName,
    tenant: EntityTypeName,
    user: EntityTypeName,
}

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let named = |name: &str| name.parse().expect("entity type names are identifiers");
    Types {
        action: named("Action"),
        api_key: named("ApiKey"),
        auth_provider: named("AuthProvider"),
        dialect: named("Dialect"),
        field: named("Field"),
        group: named("Group"),
        profile: named("Profile"),
        tenant: named("Tenant"),
        user: named("User"),
    }
});

#[cfg(test)]
mod tests {
    use super::*;
    use manyface_core::{Caller, ProfileRef, behaviour};

    fn convert(
        principal: Principal<'_>,
        access: Access<'_>,
        account: Option<&str>,
    ) -> CedarRequest {
        let schema = crate::schema::parsed(&["tenant"]);
        let mut caller = Caller::user(ProfileRef::Username("ada".to_owned()));
        caller.groups = vec!["hr".to_owned(), "\"\u{1f600}".to_owned()];
        caller.scopes = vec!["a".to_owned()];
        let access_request = AccessRequest {
            principal,
            caller: &caller,
            profile: &profile(1),
            access,
            account,
            dialect: "tenant",
            request_id: "r",
            now: Timestamp::UNIX_EPOCH,
        };
        let request = CedarRequest::of(&access_request, Some(&schema));
        request.map_err(|e| e.to_string()).unwrap()
    }

    fn profile(number: u128) -> Profile {
        let mut profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        profile.id = manyface_core::ProfileId(uuid::Uuid::from_u128(number));
        profile
    }

    fn key(app: Option<&str>) -> ApiKeyHolder {
        ApiKeyHolder {
            id: "k\"1".to_owned(),
            tenant_id: TenantId(uuid::Uuid::nil()),
            app: app.map(str::to_owned),
            accounts: vec!["biz_1".to_owned()],
            api_version: None,
        }
    }

    #[test]
    fn requests_conform_to_the_schema() {
        let (own, other) = (profile(1), profile(2));
        let (key, app) = (key(None), key(Some("app_1")));
        let all = manyface_core::FIELDS.each_ref().map(|row| row.field);
        for principal in [
            Principal::User(&own),
            Principal::User(&other),
            Principal::ApiKey(&key),
            Principal::ApiKey(&app),
        ] {
            for access in [Access::Read, Access::Update(&[]), Access::Update(&all)] {
                for account in [None, Some("biz_1")] {
                    convert(principal, access, account);
                }
            }
        }
    }

    #[test]
    fn a_caller_who_is_not_the_owner_is_a_separate_entity() {
        let count = |principal: Principal<'_>| {
            let converted = convert(principal, Access::Read, None);
            let users = converted.entities.iter();
            let users = users.filter(|entity| *entity.uid().type_name() == TYPES.user);
            (
                users.count(),
                converted.request.principal().cloned().unwrap(),
            )
        };
        let (own, other, key) = (profile(1), profile(2), key(None));
        let user = |profile: &Profile| uid(&TYPES.user, &profile.id.to_string());
        assert_eq!(count(Principal::User(&own)), (1, user(&own)));
        assert_eq!(count(Principal::User(&other)), (2, user(&other)));
        let holder = uid(&TYPES.api_key, &key.id);
        assert_eq!(count(Principal::ApiKey(&key)), (1, holder));
    }
}
