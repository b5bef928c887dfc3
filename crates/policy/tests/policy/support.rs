//! Policy folders and requests for tests.

use std::{fs, path::PathBuf};

use manyface_core::{
    Access, AccessRequest, ApiKeyHolder, Caller, Decision, Field, Policies, Principal, Profile,
    ProfileRef, TenantId, Timestamp, behaviour,
};
use manyface_policy::{Explanation, PolicyError, PolicyFolder};
use tempfile::TempDir;

pub(crate) const DIALECTS: [&str; 4] = ["iam", "movieknight", "tenant", "whop"];

/// Permits everything.
pub(crate) const BASE: &str = "permit (principal, action, resource);";

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.0.path().join(name)).unwrap();
    }

    pub(crate) fn open(&self) -> Result<PolicyFolder, PolicyError> {
        PolicyFolder::open(self.0.path(), &DIALECTS)
    }

    /// Returns the error of opening the folder, with the folder's path as `FOLDER`.
    pub(crate) fn rejection(&self) -> String {
        let rejected = self.open().err().expect("the policies are rejected");
        let path = self.0.path().display().to_string();
        rejected.to_string().replace(&path, "FOLDER")
    }
}

/// A request to the policies.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) caller: Caller,
    /// The caller if it is another user; `None` for the owner.
    pub(crate) other: Option<Profile>,
    /// The API key that is the caller in place of a user.
    pub(crate) key: Option<ApiKeyHolder>,
    pub(crate) profile: Profile,
    /// The fields to change; `None` to read.
    pub(crate) fields: Option<Vec<Field>>,
    pub(crate) account: Option<String>,
    pub(crate) dialect: &'static str,
    pub(crate) now: Timestamp,
}

impl Ask {
    /// Creates a read by a user of tenant 1.
    pub(crate) fn read() -> Self {
        let profile = behaviour::new_profile(tenant(1));
        Self {
            caller: Caller::user(ProfileRef::Id(profile.id)),
            other: None,
            key: None,
            profile,
            fields: None,
            account: None,
            dialect: "tenant",
            now: "2026-11-24T12:00:00Z".parse().unwrap(),
        }
    }

    /// Creates an update by a user of tenant 1.
    pub(crate) fn update(fields: &[Field]) -> Self {
        Self {
            fields: Some(fields.to_vec()),
            ..Self::read()
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn in_group(self, group: &str) -> Self {
        self.with(|ask| ask.caller.groups.push(group.to_owned()))
    }

    pub(crate) fn with_key(self, id: &str) -> Self {
        self.with(|ask| {
            ask.key = Some(ApiKeyHolder {
                id: id.to_owned(),
                tenant_id: ask.profile.tenant_id,
                app: None,
                accounts: vec!["biz_1".to_owned()],
                api_version: None,
            });
        })
    }

    pub(crate) fn principal(&self) -> Principal<'_> {
        match &self.key {
            Some(key) => Principal::ApiKey(key),
            None => Principal::User(self.other.as_ref().unwrap_or(&self.profile)),
        }
    }

    pub(crate) fn access_request<'a>(&'a self, principal: Principal<'a>) -> AccessRequest<'a> {
        AccessRequest {
            principal,
            caller: &self.caller,
            profile: &self.profile,
            access: match &self.fields {
                None => Access::Read,
                Some(fields) => Access::Update(fields),
            },
            account: self.account.as_deref(),
            dialect: self.dialect,
            request_id: "r",
            now: self.now,
        }
    }

    pub(crate) fn explained(&self, policies: &PolicyFolder) -> Explanation {
        policies.explain(&self.access_request(self.principal()))
    }

    pub(crate) fn of(&self, policies: &PolicyFolder) -> Decision {
        policies.decide(&self.access_request(self.principal()))
    }
}

pub(crate) fn tenant(number: u128) -> TenantId {
    TenantId(uuid::Uuid::from_u128(number))
}

pub(crate) fn forbidden(notices: &[&str]) -> Decision {
    Decision::Forbid(notices.iter().map(ToString::to_string).collect())
}
