//! Wrong repositories, authenticators and configurations.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most dependencies change one thing"
)]

use std::sync::Arc;

use async_trait::async_trait;
use manyface_core::{
    AuthError, AuthProvider, Authenticator, Caller, Edit, Error, Field, Profile, ProfileRef,
    ProfileRepository, ProfileUpdate, ReservedUsernames, Result, check_managed,
};
use manyface_dialect::{Dialect, Problem, Step};
use manyface_serve::Backend;
use serde::Deserialize;

use super::server::Fired;

/// The replacement of a dependency of the server.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dependency {
    // Repositories of profiles.
    IgnoreRevision,
    ClearNothing,
    WriteNothing,
    WriteManaged,
    WriteManagedBySaml,
    DropManaged,
    RejectUnchangedManaged,
    RejectAllOfManaged,
    // Authenticators.
    GrantAllScopes,
    ForgetTenant,
    // Reserved user names.
    ReserveNothing,
}

impl Dependency {
    pub(crate) fn replace(self, backend: &mut Backend, dialect: &Dialect, fired: &Fired) {
        let fired = fired.clone();
        match self {
            Self::GrantAllScopes | Self::ForgetTenant => {
                backend.authenticator = Arc::new(WrongAuthenticator {
                    right: Arc::clone(&backend.authenticator),
                    scopes: dialect.scopes().into_iter().map(str::to_owned).collect(),
                    dependency: self,
                    fired,
                });
            }
            Self::ReserveNothing => {
                fired.set();
                backend.services.reserved = Arc::new(ReservedUsernames::new([]));
            }
            dependency => backend.services.replace_profiles(|right| {
                Arc::new(WrongRepository {
                    right,
                    dependency,
                    fired,
                })
            }),
        }
    }

    /// Returns the decision of a repository about an update of `profile`.
    fn decide(self, profile: &Profile, mut update: ProfileUpdate) -> Decision {
        let managed = check_managed(profile, &update.patch);
        let changed = update.patch.changed_fields(profile);
        let is_local = profile.auth_provider == AuthProvider::Local;
        let reject = |fields| {
            Decision::Reject(Error::Managed {
                fields,
                owner: profile.auth_provider,
            })
        };
        match self {
            Self::IgnoreRevision => update.expected = None,
            Self::ClearNothing => clear_nothing(&mut update),
            Self::WriteNothing
                if !changed.is_empty() && update.expected.is_none() && managed.is_ok() =>
            {
                return pretend(profile, update);
            }
            Self::WriteManaged if managed.is_err() => return pretend(profile, update),
            Self::WriteManagedBySaml => {
                if let (Err(_), AuthProvider::Saml) = (managed, profile.auth_provider) {
                    return pretend(profile, update);
                }
            }
            Self::DropManaged if managed.is_err() => {
                update.patch.given_name = Edit::Keep;
                update.patch.family_name = Edit::Keep;
                update.patch.full_name = Edit::Keep;
            }
            Self::RejectUnchangedManaged if !is_local => {
                let named = [
                    (Field::GivenName, !update.patch.given_name.is_keep()),
                    (Field::FullName, !update.patch.full_name.is_keep()),
                ];
                let fields = named.into_iter().filter(|(_, is_named)| *is_named);
                let fields: Vec<_> = fields.map(|(field, _)| field).collect();
                if !fields.is_empty() {
                    return reject(fields);
                }
            }
            Self::RejectAllOfManaged if !is_local && !changed.is_empty() && managed.is_ok() => {
                return reject(changed);
            }
            _ => {}
        }
        Decision::Write(update)
    }
}

#[expect(clippy::large_enum_variant, reason = "nearly all are `Write`")]
enum Decision {
    Write(ProfileUpdate),
    Pretend(Box<Profile>),
    Reject(Error),
}

/// Returns the profile as it would be after the update.
fn pretend(profile: &Profile, update: ProfileUpdate) -> Decision {
    let mut profile = profile.clone();
    update.patch.apply(&mut profile);
    profile.version += 1;
    Decision::Pretend(Box::new(profile))
}

fn clear_nothing(update: &mut ProfileUpdate) {
    fn keep<T>(edit: &mut Edit<T>) {
        if matches!(edit, Edit::Clear) {
            *edit = Edit::Keep;
        }
    }
    let patch = &mut update.patch;
    keep(&mut patch.display_name);
    keep(&mut patch.full_name);
    keep(&mut patch.given_name);
    keep(&mut patch.bio);
    keep(&mut patch.phone);
    keep(&mut patch.avatar);
    keep(&mut patch.country);
}

struct WrongRepository {
    right: Arc<dyn ProfileRepository>,
    dependency: Dependency,
    fired: Fired,
}

#[async_trait]
impl ProfileRepository for WrongRepository {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.right.find(who).await
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        let Some(profile) = self.right.find(&update.who).await? else {
            return self.right.update(update).await;
        };
        match self.dependency.decide(&profile, update.clone()) {
            Decision::Write(changed) => {
                if changed != update {
                    self.fired.set();
                }
                self.right.update(changed).await
            }
            Decision::Pretend(profile) => {
                self.fired.set();
                Ok(Some(*profile))
            }
            Decision::Reject(error) => {
                self.fired.set();
                Err(error)
            }
        }
    }
}

struct WrongAuthenticator {
    right: Arc<dyn Authenticator>,
    scopes: Vec<String>,
    dependency: Dependency,
    fired: Fired,
}

#[async_trait]
impl Authenticator for WrongAuthenticator {
    async fn authenticate(&self, dialect: &str, token: &str) -> Result<Arc<Caller>, AuthError> {
        let right = self.right.authenticate(dialect, token).await?;
        let mut caller = (*right).clone();
        match self.dependency {
            Dependency::GrantAllScopes => caller.scopes.clone_from(&self.scopes),
            _ => caller.tenant = None,
        }
        if caller.scopes != right.scopes || caller.tenant != right.tenant {
            self.fired.set();
        }
        Ok(Arc::new(caller))
    }
}

/// How a dialect is configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Config {
    AddToBodyLimit(isize),
    RemoveMethod(String),
    RenderErrorsOfMovieknight,
    AppendSlash(bool),
    /// Before the method is checked.
    AuthenticateFirst(bool),
    IgnoreAccept,
}

impl Config {
    pub(crate) fn apply(&self, dialect: &mut Dialect) {
        match self {
            Self::AddToBodyLimit(bytes) => {
                let routes = dialect.routes.iter_mut();
                for route in routes.filter(|route| route.body_limit > 0) {
                    route.body_limit = route.body_limit.saturating_add_signed(*bytes);
                }
            }
            Self::RemoveMethod(method) => dialect
                .routes
                .retain(|route| route.method.as_str() != method),
            Self::RenderErrorsOfMovieknight => {
                dialect.render = |problem| {
                    let mut reply = (manyface_movieknight::dialect().render)(Problem::UnknownPath);
                    reply.status = problem.status();
                    reply
                };
            }
            Self::AppendSlash(appends_slash) => {
                let is_slash = |step: &Step| matches!(step, Step::AppendSlash);
                dialect.steps.retain(|step| !is_slash(step));
                if *appends_slash {
                    dialect.steps.insert(0, Step::AppendSlash);
                }
                for route in &mut dialect.routes {
                    if *appends_slash && route.path == "/users/me" {
                        route.path = "/users/me/";
                    }
                }
            }
            Self::AuthenticateFirst(is_first) => {
                let is_other = |step: &Step| matches!(step, Step::Authenticate) == *is_first;
                dialect.steps.sort_by_key(|step| match step {
                    Step::Authenticate | Step::CheckMethod => 1 + u8::from(!is_other(step)),
                    Step::AppendSlash | Step::CheckAccept(_) | Step::RespondToOptions => 0,
                });
            }
            Self::IgnoreAccept => {
                let is_check = |step: &Step| matches!(step, Step::CheckAccept(_));
                dialect.steps.retain(|step| !is_check(step));
            }
        }
    }
}
