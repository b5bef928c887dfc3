//! Users in an import: a record of an export, or a part of one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::field_columns::{FieldColumns, OverrideInput, check_email, read_override};
use crate::{
    AuthProvider, DialectMap, Edit, FIELDS, Identity, Json, LineJson, Profile, ProfileId,
    ProfileOverride, ProfilePatch, RecordError, RecordObject, TenantId, UserRecord,
    model::to_micros,
};

/// The maximum version: the largest integer that all readers of JSON represent exactly.
const MAX_VERSION: i64 = (1 << 53) - 1;

/// A user to be imported. Members that the record does not have are `None`, and kept when an
/// existing user is updated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserInput {
    /// The canonical id; `None` for a new one.
    pub id: Option<ProfileId>,
    /// The tenant; `None` for the default tenant.
    pub tenant_id: Option<TenantId>,
    /// The email address.
    pub email: Option<String>,
    /// The fields that a patch may write.
    pub patch: ProfilePatch,
    /// The provider of the user.
    pub auth_provider: Option<AuthProvider>,
    /// The ids by dialect.
    pub external_ids: Option<DialectMap<String>>,
    /// The identities.
    pub identities: Option<Vec<Identity>>,
    /// The overrides by account.
    pub overrides: Option<BTreeMap<String, ProfileOverride>>,
    /// Operator data by dialect.
    pub operator_data: Option<DialectMap<Json>>,
    /// The time of the suspension; [`Edit::Clear`] resumes the user.
    pub suspended_at: Edit<Timestamp>,
    /// The creation time.
    pub created_at: Option<Timestamp>,
    /// The time of the last change; `None` for the creation time.
    pub updated_at: Option<Timestamp>,
    /// The version; `None` for 1.
    pub version: Option<i64>,
    /// Whether records of the user's changes follow.
    pub has_history: bool,
}

impl UserInput {
    /// Reads the members of a record. Returns all errors.
    pub fn read(mut object: RecordObject) -> Result<Self, Vec<RecordError>> {
        let mut errors = Vec::new();
        let members = &mut object;
        let mut input = Self {
            id: take(members, "id", &mut errors),
            tenant_id: take(members, "tenant_id", &mut errors),
            email: take(members, "email", &mut errors),
            patch: ProfilePatch::default(),
            auth_provider: take(members, "auth_provider", &mut errors),
            external_ids: take(members, "external_ids", &mut errors),
            identities: take(members, "identities", &mut errors),
            overrides: None,
            operator_data: None,
            suspended_at: take(members, "suspended_at", &mut errors).unwrap_or_default(),
            created_at: take(members, "created_at", &mut errors),
            updated_at: take(members, "updated_at", &mut errors),
            version: take(members, "version", &mut errors),
            has_history: take(members, "has_history", &mut errors).unwrap_or(false),
        };
        let data: Option<DialectMap<LineJson>> = take(members, "operator_data", &mut errors);
        input.operator_data = data.map(|data| data.into_iter().map(|(k, v)| (k, v.0)).collect());
        let overrides = take::<BTreeMap<String, OverrideInput>>(members, "overrides", &mut errors);
        if let Some(overrides) = overrides {
            match overrides.into_iter().map(read_override).collect() {
                Ok(overrides) => input.overrides = Some(overrides),
                Err(error) => errors.push(error),
            }
        }
        for row in &FIELDS {
            let name = row.field.as_str();
            let Some(value) = members.0.remove(name) else {
                continue;
            };
            let loaded = FieldColumns::read(row, &value);
            let loaded =
                loaded.and_then(|mut columns| row.load_edit(&mut input.patch, &mut columns));
            if let Err(error) = loaded {
                errors.push(RecordError::new(name, error));
            }
        }
        let unknown = members.0.keys();
        errors.extend(unknown.map(|name| RecordError::new(name, "is not a field")));
        input.check(&mut errors);
        if errors.is_empty() {
            Ok(input)
        } else {
            Err(errors)
        }
    }

    fn check(&mut self, errors: &mut Vec<RecordError>) {
        if let Some(email) = &self.email
            && let Err(error) = check_email(email)
        {
            errors.push(RecordError::new("email", error));
        }
        if let Some(version) = self.version
            && !(1..=MAX_VERSION).contains(&version)
        {
            let message = format!("must be from 1 to {MAX_VERSION}");
            errors.push(RecordError::new("version", message));
        }
        self.suspended_at = self.suspended_at.map(to_micros);
        for at in [&mut self.created_at, &mut self.updated_at]
            .into_iter()
            .flatten()
        {
            *at = to_micros(*at);
        }
        if let Some(identities) = &mut self.identities {
            identities.sort_unstable();
            let before = identities.len();
            identities.dedup();
            if identities.len() < before {
                errors.push(RecordError::new("identities", "must be different"));
            }
        }
        let ids = self.external_ids.iter().flatten();
        let ids = ids.flat_map(|(dialect, id)| [dialect, id]);
        let identities = self.identities.iter().flatten();
        let identities = identities.flat_map(|identity| [&identity.issuer, &identity.subject]);
        for (name, mut texts) in [
            ("external_ids", ids.collect::<Vec<_>>().into_iter()),
            ("identities", identities.collect::<Vec<_>>().into_iter()),
        ] {
            if texts.any(|text| text.is_empty() || text.contains('\0')) {
                errors.push(RecordError::new(name, "must be non-empty texts"));
            }
        }
    }

    /// Creates the user `id`. Without a tenant, `tenant` is used, and without a creation time `now`.
    pub fn into_new(
        self,
        id: ProfileId,
        tenant: TenantId,
        now: Timestamp,
    ) -> Result<UserRecord, Vec<RecordError>> {
        let missing = |name: &str| RecordError::new(name, "is required for a new user");
        let (username, email) = match (self.patch.username.clone(), self.email) {
            (Some(username), Some(email)) => (username, email),
            (username, email) => {
                let username = username.is_none().then(|| missing("username"));
                let email = email.is_none().then(|| missing("email"));
                return Err(username.into_iter().chain(email).collect());
            }
        };
        let created_at = self.created_at.unwrap_or(now);
        let tenant = self.tenant_id.unwrap_or(tenant);
        let mut profile = Profile::new(id, tenant, username, email, created_at);
        self.patch.apply(&mut profile);
        profile.auth_provider = self.auth_provider.unwrap_or_default();
        profile.external_ids = self.external_ids.unwrap_or_default();
        profile.operator_data = self.operator_data.unwrap_or_default();
        self.suspended_at.apply(&mut profile.suspended_at);
        profile.updated_at = self.updated_at.unwrap_or(profile.created_at);
        profile.version = self.version.unwrap_or(1);
        Ok(UserRecord {
            profile,
            identities: self.identities.unwrap_or_default(),
            overrides: self.overrides.unwrap_or_default(),
            has_history: self.has_history,
        })
    }

    /// Returns `user` with the members of the record, except id, tenant, version and the time of
    /// the last change. A record without an id keeps external ids and operator data of dialects
    /// that it does not name.
    pub fn applied_to(&self, user: &UserRecord) -> UserRecord {
        let mut after = user.clone();
        self.patch.clone().apply(&mut after.profile);
        let profile = &mut after.profile;
        replace(&mut profile.email, self.email.as_ref());
        replace(&mut profile.auth_provider, self.auth_provider.as_ref());
        let is_partial = self.id.is_none();
        replace_map(
            &mut profile.external_ids,
            self.external_ids.as_ref(),
            is_partial,
        );
        replace_map(
            &mut profile.operator_data,
            self.operator_data.as_ref(),
            is_partial,
        );
        self.suspended_at.apply(&mut profile.suspended_at);
        replace(&mut profile.created_at, self.created_at.as_ref());
        replace(&mut after.identities, self.identities.as_ref());
        replace(&mut after.overrides, self.overrides.as_ref());
        after
    }
}

fn replace<T: Clone>(value: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        value.clone_from(new);
    }
}

/// Replaces the values by dialect; those of other dialects too, unless the record `is_partial`.
fn replace_map<T: Clone>(map: &mut DialectMap<T>, new: Option<&DialectMap<T>>, is_partial: bool) {
    let Some(new) = new else {
        return;
    };
    if !is_partial {
        map.clear();
    }
    let new = new.iter();
    map.extend(new.map(|(dialect, value)| (dialect.clone(), value.clone())));
}

fn take<T: DeserializeOwned>(
    object: &mut RecordObject,
    name: &str,
    errors: &mut Vec<RecordError>,
) -> Option<T> {
    object.take(name).unwrap_or_else(|error| {
        errors.push(error);
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;

    fn read(line: &str) -> Result<UserInput, Vec<RecordError>> {
        UserInput::read(RecordObject::parse(line).unwrap())
    }

    fn user(line: &str) -> UserRecord {
        let at = Timestamp::UNIX_EPOCH;
        let id = ProfileId::mint(at, [1; 10]);
        let tenant = TenantId(ProfileId::mint(at, [2; 10]).0);
        read(line).unwrap().into_new(id, tenant, at).unwrap()
    }

    #[test]
    fn a_line_of_an_export_is_read_back() {
        let user = user(
            r#"{"username":"Ada","email":"a@b.example","bio":"x","country":"DE","skills":[3,1],
            "date_of_birth":"1999-05-20","address":{"b": 1.0},"activity_based_emails":true,
            "avatar":{"external":"https://a.example/b"},"external_ids":{"whop":"user_1"},
            "identities":[{"issuer":"i","subject":"s"}],"operator_data":{"iam":{"elo": 1}},
            "overrides":{"biz_1":{"bio":"y"}},"version":3,"auth_provider":"oidc"}"#,
        );
        assert_eq!(user.profile.version, 3);
        let line = Record::User(Box::new(user.clone())).to_line();
        let mut object = RecordObject::parse(&line).unwrap();
        assert_eq!(
            object.take::<String>("type").unwrap().as_deref(),
            Some("user")
        );
        let again = UserInput::read(object).unwrap();
        assert_eq!(again.applied_to(&user), user);
        let id = user.profile.id;
        let again = again.into_new(id, user.profile.tenant_id, Timestamp::MAX);
        assert_eq!(again.unwrap(), user);
    }

    #[test]
    fn absent_members_are_kept_and_null_clears() {
        let before = user(r#"{"username":"Ada","email":"a@b.example","bio":"x","phone":"1"}"#);
        let input = read(r#"{"bio":null,"email":"c@d.example"}"#).unwrap();
        assert_eq!(input.patch.bio, Edit::Clear);
        let after = input.applied_to(&before);
        assert_eq!(after.profile.bio, None);
        assert_eq!(after.profile.phone.as_deref(), Some("1"));
        assert_eq!(after.profile.email, "c@d.example");
    }

    #[test]
    fn all_errors_are_reported() {
        let errors = read(
            r#"{"username":"","email":"x","bio":"\u0000","country":"ZZ","version":0,"boi":1,
            "skills":"x","date_of_birth":"1","avatar":"x","activity_based_emails":null}"#,
        );
        let errors = errors.unwrap_err();
        let mut fields: Vec<_> = errors.iter().map(|error| &*error.field).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "activity_based_emails",
                "avatar",
                "bio",
                "boi",
                "country",
                "date_of_birth",
                "email",
                "skills",
                "username",
                "version"
            ]
        );
    }

    #[test]
    fn a_new_user_needs_a_name_and_an_address() {
        let input = read("{}").unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let id = ProfileId::mint(at, [1; 10]);
        let errors = input.into_new(id, TenantId(id.0), at).unwrap_err();
        assert_eq!(errors.len(), 2);
    }
}
