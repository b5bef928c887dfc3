//! Servers of which a part is wrong: the store, the authenticator, what is mounted.

#![expect(clippy::too_many_lines, reason = "lists of mutants are long")]

use std::sync::Arc;

use async_trait::async_trait;
use manyface_core::{
    AuthError, AuthProvider, Authenticator, Caller, Edit, Error, Field, Profile, ProfileRef,
    ProfileUpdate, Profiles, ReservedUsernames, Result, check_managed,
};
use manyface_dialect::{Dialect, Refusal};
use manyface_serve::Backend;

use super::mutant::{Fired, Mutant};

pub(crate) fn mutants() -> Vec<Mutant> {
    [stores(), others(), mounted()]
        .into_iter()
        .flatten()
        .collect()
}

/// What a store does with a write.
type Update = fn(&Profile, ProfileUpdate) -> Deed;

/// Whether a write is made, and what its answer becomes.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every one is `Make`, and is moved once"
)]
enum Deed {
    Make(ProfileUpdate),
    Pretend(Box<Profile>),
    Refuse(Error),
}

struct WrongStore {
    right: Arc<dyn Profiles>,
    update: Update,
    fired: Fired,
}

#[async_trait]
impl Profiles for WrongStore {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.right.find(who).await
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        let Some(profile) = self.right.find(&update.who).await? else {
            return self.right.update(update).await;
        };
        match (self.update)(&profile, update.clone()) {
            Deed::Make(changed) => {
                if changed != update {
                    self.fired.set();
                }
                self.right.update(changed).await
            }
            Deed::Pretend(profile) => {
                self.fired.set();
                Ok(Some(*profile))
            }
            Deed::Refuse(error) => {
                self.fired.set();
                Err(error)
            }
        }
    }
}

fn stand(backend: &mut Backend, fired: &Fired, update: Update) {
    backend.services.replace_profiles(|right| {
        Arc::new(WrongStore {
            right,
            update,
            fired: fired.clone(),
        })
    });
}

/// The profile as it would be if the write were made.
fn pretended(profile: &Profile, update: ProfileUpdate) -> Deed {
    let mut profile = profile.clone();
    update.patch.apply(&mut profile);
    profile.version += 1;
    Deed::Pretend(Box::new(profile))
}

fn keep_for_clear<T>(edit: &mut Edit<T>) {
    if matches!(edit, Edit::Clear) {
        *edit = Edit::Keep;
    }
}

fn stores() -> Vec<Mutant> {
    vec![
        Mutant::stands_on(
            "store-drops-the-guard",
            "keeps profiles in a store that looks at no revision",
            |backend, _, fired| {
                stand(backend, fired, |_, update| {
                    Deed::Make(ProfileUpdate {
                        expected: None,
                        ..update
                    })
                });
            },
        ),
        Mutant::stands_on(
            "store-clears-nothing",
            "keeps profiles in a store that clears nothing",
            |backend, _, fired| {
                stand(backend, fired, |_, mut update| {
                    let patch = &mut update.patch;
                    for edit in [
                        &mut patch.display_name,
                        &mut patch.full_name,
                        &mut patch.given_name,
                        &mut patch.bio,
                        &mut patch.phone,
                    ] {
                        keep_for_clear(edit);
                    }
                    keep_for_clear(&mut patch.avatar);
                    keep_for_clear(&mut patch.country);
                    Deed::Make(update)
                });
            },
        ),
        Mutant::stands_on(
            "store-forgets",
            "answers from memory what its store never got",
            |backend, _, fired| {
                stand(backend, fired, |profile, update| {
                    if update.patch.changed_fields(profile).is_empty()
                        || update.expected.is_some()
                        || check_managed(profile, &update.patch).is_err()
                    {
                        return Deed::Make(update);
                    }
                    pretended(profile, update)
                });
            },
        ),
        Mutant::stands_on(
            "managed-fields-are-written",
            "lets users write what their identity provider owns",
            |backend, _, fired| {
                stand(backend, fired, |profile, update| {
                    match check_managed(profile, &update.patch) {
                        Ok(()) => Deed::Make(update),
                        Err(_) => pretended(profile, update),
                    }
                });
            },
        )
        .only(&["tenant", "iam"]),
        Mutant::stands_on(
            "saml-manages-nothing",
            "knows one kind of identity provider only",
            |backend, _, fired| {
                stand(backend, fired, |profile, update| {
                    match check_managed(profile, &update.patch) {
                        Err(Error::Managed {
                            owner: AuthProvider::Saml,
                            ..
                        }) => pretended(profile, update),
                        _ => Deed::Make(update),
                    }
                });
            },
        )
        .only(&["tenant", "iam"]),
        Mutant::stands_on(
            "managed-fields-are-dropped",
            "drops what an identity provider owns, and writes the rest",
            |backend, _, fired| {
                stand(backend, fired, |profile, mut update| {
                    if check_managed(profile, &update.patch).is_err() {
                        update.patch.given_name = Edit::Keep;
                        update.patch.family_name = Edit::Keep;
                        update.patch.full_name = Edit::Keep;
                    }
                    Deed::Make(update)
                });
            },
        )
        .only(&["tenant", "iam"]),
        Mutant::stands_on(
            "managed-even-unchanged",
            "refuses what an identity provider owns even unchanged",
            |backend, _, fired| {
                stand(backend, fired, |profile, update| {
                    let named = [
                        (Field::GivenName, !update.patch.given_name.is_keep()),
                        (Field::FullName, !update.patch.full_name.is_keep()),
                    ];
                    let fields: Vec<_> = named
                        .into_iter()
                        .filter_map(|(field, is_named)| is_named.then_some(field))
                        .collect();
                    if profile.auth_provider == AuthProvider::Local || fields.is_empty() {
                        return Deed::Make(update);
                    }
                    Deed::Refuse(Error::Managed {
                        fields,
                        owner: profile.auth_provider,
                    })
                });
            },
        )
        .only(&["tenant", "iam"]),
        Mutant::stands_on(
            "everything-is-managed",
            "counts everything as an identity provider's",
            |backend, _, fired| {
                stand(backend, fired, |profile, update| {
                    let fields = update.patch.changed_fields(profile);
                    if profile.auth_provider == AuthProvider::Local
                        || fields.is_empty()
                        || check_managed(profile, &update.patch).is_err()
                    {
                        return Deed::Make(update);
                    }
                    Deed::Refuse(Error::Managed {
                        fields,
                        owner: profile.auth_provider,
                    })
                });
            },
        ),
    ]
}

struct AllScopes {
    right: Arc<dyn Authenticator>,
    scopes: Vec<String>,
    fired: Fired,
}

#[async_trait]
impl Authenticator for AllScopes {
    async fn authenticate(&self, dialect: &str, token: &str) -> Result<Arc<Caller>, AuthError> {
        let mut caller = (*self.right.authenticate(dialect, token).await?).clone();
        if caller.scopes != self.scopes {
            self.fired.set();
            caller.scopes.clone_from(&self.scopes);
        }
        Ok(Arc::new(caller))
    }
}

struct AllTenants {
    right: Arc<dyn Authenticator>,
    fired: Fired,
}

#[async_trait]
impl Authenticator for AllTenants {
    async fn authenticate(&self, dialect: &str, token: &str) -> Result<Arc<Caller>, AuthError> {
        let mut caller = (*self.right.authenticate(dialect, token).await?).clone();
        if caller.tenant.is_some() {
            self.fired.set();
            caller.tenant = None;
        }
        Ok(Arc::new(caller))
    }
}

fn others() -> Vec<Mutant> {
    vec![
        Mutant::stands_on(
            "no-scopes",
            "lets every token do everything",
            |backend, dialect, fired| {
                backend.authenticator = Arc::new(AllScopes {
                    right: Arc::clone(&backend.authenticator),
                    scopes: dialect.scopes().into_iter().map(str::to_owned).collect(),
                    fired: fired.clone(),
                });
            },
        )
        .only(&["whop"]),
        Mutant::stands_on(
            "no-claim",
            "does not read a token's tenant",
            |backend, _, fired| {
                backend.authenticator = Arc::new(AllTenants {
                    right: Arc::clone(&backend.authenticator),
                    fired: fired.clone(),
                });
            },
        )
        .only(&["tenant"]),
        Mutant::stands_on(
            "no-reserved-names",
            "reserves no user names",
            |backend, _, fired| {
                fired.set();
                backend.services.reserved = Arc::new(ReservedUsernames::new([]));
            },
        )
        .only(&["whop", "iam"]),
    ]
}

fn limits(dialect: &mut Dialect, change: fn(usize) -> usize) {
    let routes = dialect.routes.iter_mut();
    for route in routes.filter(|route| route.body_limit > 0) {
        route.body_limit = change(route.body_limit);
    }
}

fn mounted() -> Vec<Mutant> {
    vec![
        Mutant::mounts("no-body-limit", "takes bodies of any length", |dialect| {
            limits(dialect, |limit| limit * 4);
        })
        .only(&["movieknight", "whop", "tenant"]),
        Mutant::mounts(
            "body-limit-one-more",
            "takes one byte too many",
            |dialect| {
                limits(dialect, |limit| limit + 1);
            },
        )
        .only(&["movieknight", "whop", "tenant"]),
        Mutant::mounts("body-limit-one-less", "takes one byte too few", |dialect| {
            limits(dialect, |limit| limit - 1);
        })
        .only(&["movieknight", "whop", "tenant"]),
        Mutant::mounts("no-read", "has no GET", |dialect| {
            dialect.routes.retain(|route| route.method != "GET");
        }),
        Mutant::mounts(
            "other-voice",
            "is refused in another dialect's voice",
            |dialect| {
                dialect.refuse = |refusal| {
                    let mut reply = (manyface_movieknight::dialect().refuse)(Refusal::UnknownPath);
                    reply.status = refusal.status();
                    reply
                };
            },
        ),
        Mutant::mounts(
            "no-slash-appended",
            "moves no path to the one with a slash",
            |dialect| {
                dialect.habits.appends_slash = false;
            },
        )
        .only(&["iam"]),
        Mutant::mounts(
            "method-comes-first",
            "tells strangers of methods",
            |dialect| {
                dialect.habits.credentials_first = false;
            },
        )
        .only(&["iam"]),
        Mutant::mounts(
            "no-negotiation",
            "answers whatever is accepted",
            |dialect| {
                dialect.habits.negotiate = None;
            },
        )
        .only(&["iam"]),
        Mutant::mounts(
            "slash-appended",
            "moves paths to those with a slash",
            |dialect| {
                dialect.habits.appends_slash = true;
                for route in &mut dialect.routes {
                    if route.path == "/users/me" {
                        route.path = "/users/me/";
                    }
                }
            },
        )
        .only(&["movieknight"]),
    ]
}
