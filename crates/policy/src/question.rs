//! The core's questions as Cedar's.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request,
    RestrictedExpression as Value, Schema,
};
use manyface_core::{Access, BoxError, Profile, Question, Subject, Timestamp};

/// A question, and the entities it is about.
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) entities: Entities,
}

impl Asked {
    /// `question` as Cedar has it. With a schema, it is held to that.
    pub(crate) fn of(question: &Question<'_>, schema: Option<&Schema>) -> Result<Self, BoxError> {
        let Question {
            caller,
            profile,
            access,
            account,
            dialect,
            request_id: _,
            now,
        } = question;
        let tenant = &profile.tenant_id.to_string();
        let owner = uid(&TYPES.user, &profile.id.to_string());
        let scopes = Value::new_set(caller.scopes.iter().map(text));
        let own_tenant = || uid(&TYPES.tenant, tenant);
        let groups = caller.groups.iter().map(|name| uid(&TYPES.group, name));
        let mut user = attributes(profile, tenant);
        let (principal, is_key) = match &caller.subject {
            // The only profile that a user may ask for is their own.
            Subject::User(_) => (owner.clone(), false),
            Subject::ApiKey(key) => (uid(&TYPES.api_key, &key.id), true),
            // Nobody sees or changes a profile; a key without a name is held by nobody.
            Subject::Nobody => (uid(&TYPES.api_key, ""), true),
        };
        user.insert("scopes".to_owned(), scopes.clone());
        let mut parents: HashSet<_> = HashSet::from([own_tenant()]);
        if !is_key {
            parents.extend(groups);
        }
        let mut entities = vec![Entity::new(owner.clone(), user, parents)?];
        if is_key {
            let mut key = HashMap::from([("scopes".to_owned(), scopes)]);
            key.extend(
                caller
                    .account
                    .iter()
                    .map(|id| ("account".to_owned(), text(id))),
            );
            entities.push(Entity::new(principal.clone(), key, HashSet::new())?);
        }
        let resource = uid(&TYPES.profile, &profile.id.to_string());
        let mut shown = attributes(profile, tenant);
        shown.insert("owner".to_owned(), Value::new_entity_uid(owner));
        entities.push(Entity::new(
            resource.clone(),
            shown,
            HashSet::from([own_tenant()]),
        )?);

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
            request: Request::new(principal, action, resource, context, schema)?,
            entities: Entities::from_entities(entities, schema)?,
        })
    }
}

/// What policies may know of a profile, and of whose it is.
fn attributes(profile: &Profile, tenant: &str) -> HashMap<String, Value> {
    let provider = uid(&TYPES.auth_provider, profile.auth_provider.as_str());
    HashMap::from([
        (
            "tenant".to_owned(),
            Value::new_entity_uid(uid(&TYPES.tenant, tenant)),
        ),
        ("auth_provider".to_owned(), Value::new_entity_uid(provider)),
        ("username".to_owned(), text(profile.username.as_str())),
        ("email".to_owned(), text(&profile.email)),
    ])
}

fn text(text: impl AsRef<str>) -> Value {
    Value::new_string(text.as_ref().to_owned())
}

/// Cedar counts in milliseconds.
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
    let named = |name: &str| name.parse().expect("is an identifier");
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
    use manyface_core::{ApiKeyHolder, Caller, ProfileRef, TenantId, behaviour};

    #[test]
    fn what_is_asked_fits_the_schema() {
        let schema = crate::schema::parsed(&["tenant"]);
        let profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
        let mut user = Caller::user(ProfileRef::Id(profile.id));
        user.groups = vec!["hr".to_owned(), "\"\u{1f600}".to_owned()];
        user.scopes = vec!["a".to_owned()];
        let key = Caller {
            subject: Subject::ApiKey(ApiKeyHolder {
                id: "k\"1".to_owned(),
                api_version: None,
            }),
            account: Some("biz_1".to_owned()),
            ..user.clone()
        };
        for caller in [&user, &key] {
            for access in [
                Access::Read,
                Access::Update(&[]),
                Access::Update(&crate::FIELDS),
            ] {
                for account in [None, Some("biz_1")] {
                    let question = Question {
                        caller,
                        profile: &profile,
                        access,
                        account,
                        dialect: "tenant",
                        request_id: "r",
                        now: Timestamp::UNIX_EPOCH,
                    };
                    Asked::of(&question, Some(&schema))
                        .map_err(|e| e.to_string())
                        .unwrap();
                }
            }
        }
    }
}
