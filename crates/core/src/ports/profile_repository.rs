//! The port of the store of profiles.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    AdminRepository, Caller, Error, Field, Profile, ProfileId, ProfilePatch, ProfileRef, Result,
    Revision, TenantId, Username, check_managed, model::to_micros,
};

/// The store of profiles, the only port that an embedder must implement.
///
/// Every implementation must pass the tests in `behaviour` (feature `behaviour`).
#[async_trait]
pub trait ProfileRepository: Send + Sync {
    /// Reads a profile; returns `None` if it does not exist, is suspended or belongs to a
    /// suspended tenant.
    ///
    /// [`Error::Unavailable`] if storage is unavailable, [`Error::Storage`] if it fails.
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>>;

    /// Reads a profile of `tenant`, like [`ProfileRepository::find`].
    ///
    /// The default implementation reads the profile and then checks its tenant. A store with
    /// several tenants should check both in one statement.
    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        let found = self.find(who).await?;
        Ok(found.filter(|profile| profile.tenant_id == tenant))
    }

    /// Returns the profiles that hold `name`. A profile of any tenant, suspended or not, holds its
    /// name and its reserved former names, and every name with the same key or a similar look.
    /// Other profiles cannot take the name.
    ///
    /// The default implementation finds only a served profile with the same key.
    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        let holder = ProfileRef::Username(name.key().to_owned());
        let holder = self.find(&holder).await?;
        Ok(holder.into_iter().map(|profile| profile.id).collect())
    }

    /// Applies one patch atomically and returns the updated profile; `None` if the profile does not
    /// exist in the update's tenant.
    ///
    /// The changed columns, the next version of the profile and the history entry are committed in
    /// one durable transaction. A patch that changes nothing writes nothing and keeps the version.
    /// Columns that the patch does not name are not written, so that concurrent writes of different
    /// fields do not undo each other.
    ///
    /// If the profile changes, the new entries of the patch are added to the catalogue in the same
    /// transaction. If the tenant already sees an entry with the name, the lists refer to that
    /// entry instead. A store without a catalogue receives no new entries, because its catalogue is
    /// closed ([`crate::Openness`]).
    ///
    /// [`Error::QuotaExceeded`] if the profile would add too many entries
    /// ([`ProfileUpdate::max_new_entries`]), [`Error::VersionMismatch`] if the profile is not in
    /// the expected state, [`Error::Managed`] if an identity provider owns a field that would
    /// change, [`Error::Taken`] if another profile holds the user name
    /// ([`ProfileRepository::username_holders`]). After [`Error::Unavailable`], the write may have
    /// been committed.
    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>>;

    /// Returns why `who` was not found in the tenant that a credential claims, for the log; `None`
    /// if the profile is found now.
    ///
    /// The default implementation suffices for stores without suspended tenants.
    async fn explain_absence(
        &self,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<ProfileAbsence>> {
        let found = self.find(who).await?;
        Ok(found.map_or(Some(ProfileAbsence::NoUser), |profile| {
            ProfileAbsence::of_tenant(&profile, claimed)
        }))
    }
}

/// Why a credential's user is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileAbsence {
    /// The user does not exist.
    #[error("there is no such user")]
    NoUser,
    /// The user is suspended.
    #[error("the user is suspended")]
    SuspendedUser,
    /// The user's tenant is suspended.
    #[error("the user's tenant {0} is suspended")]
    SuspendedTenant(TenantId),
    /// The credential claims another tenant.
    #[error("the credential claims tenant {claimed}, and the user's is {own}")]
    OtherTenant {
        /// The tenant that the credential claims.
        claimed: TenantId,
        /// The tenant of the user.
        own: TenantId,
    },
}

impl ProfileAbsence {
    /// Returns a stable identifier of the reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoUser => "no_user",
            Self::SuspendedUser => "suspended_user",
            Self::SuspendedTenant(_) => "suspended_tenant",
            Self::OtherTenant { .. } => "other_tenant",
        }
    }

    fn of_tenant(profile: &Profile, claimed: Option<TenantId>) -> Option<Self> {
        let own = profile.tenant_id;
        let claimed = claimed.filter(|claimed| *claimed != own)?;
        Some(Self::OtherTenant { claimed, own })
    }

    /// Implements [`ProfileRepository::explain_absence`] for an [`AdminRepository`].
    pub async fn explain(
        repository: &dyn AdminRepository,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<Self>> {
        let Some(profile) = repository.inspect(who).await? else {
            return Ok(Some(Self::NoUser));
        };
        if profile.suspended_at.is_some() {
            return Ok(Some(Self::SuspendedUser));
        }
        let tenant = repository.tenant(profile.tenant_id).await?;
        if tenant.is_some_and(|tenant| tenant.suspended_at.is_some()) {
            return Ok(Some(Self::SuspendedTenant(profile.tenant_id)));
        }
        Ok(Self::of_tenant(&profile, claimed))
    }
}

/// An update of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileUpdate {
    /// The profile.
    pub who: ProfileRef,
    /// The tenant that the profile must belong to; `None` for any.
    pub tenant: Option<TenantId>,
    /// The changes.
    pub patch: ProfilePatch,
    /// The expected revision of the profile; `None` for any.
    pub expected: Option<Revision>,
    /// The names that must already have a value if the patch sets them; otherwise the update fails
    /// with [`Error::VersionMismatch`]. Fields other than [`ProfilePatch::NAMES`] are ignored.
    pub existing_names: Vec<Field>,
    /// The upload that the patch uses as the avatar. The write marks it as used, and fails if it is
    /// used already.
    pub upload: Option<Box<str>>,
    /// The maximum number of entries that the profile may add to the catalogue within
    /// [`Quota::NEW_NAMES_WINDOW`](crate::Quota::NEW_NAMES_WINDOW), including those of the patch.
    pub max_new_entries: u32,
    /// The origin of the change, for the history.
    pub provenance: Provenance,
}

/// The origin of a change, for the history: time, actor, dialect and request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    at: Timestamp,
    /// A pseudonym of the actor ([`Caller::actor`]).
    pub actor: String,
    /// The dialect of the request, or `operator`.
    pub dialect: String,
    /// The API version of the request, in dialects with versions.
    pub api_version: Option<String>,
    /// The id of the request, as sent in the response.
    pub request_id: String,
    /// The version of the profile after the change that this one undoes.
    pub undoes: Option<i64>,
}

impl Provenance {
    /// Creates the origin of a change at `at`, truncated to microseconds.
    pub fn new(at: Timestamp, actor: String, dialect: &str, request_id: String) -> Self {
        Self {
            at: to_micros(at),
            actor,
            dialect: dialect.to_owned(),
            api_version: None,
            request_id,
            undoes: None,
        }
    }

    /// Creates the origin of a change by `caller` through `dialect`.
    pub fn of(caller: &Caller, dialect: &str, request_id: &str, at: Timestamp) -> Self {
        Self::new(at, caller.actor(), dialect, request_id.to_owned())
    }

    /// Creates the origin of a change by an operator.
    pub fn operator(at: Timestamp) -> Self {
        Self::new(at, "operator".to_owned(), "operator", String::new())
    }

    /// Returns the time, in microseconds.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// Checks that `update` may be applied to `profile`, and returns whether it would change anything.
///
/// Stores perform these checks in the writing statement, and call this function to find out why it
/// wrote nothing.
pub fn check_update(profile: &Profile, update: &ProfileUpdate) -> Result<bool> {
    check_target(profile, update.tenant, update.expected)?;
    if update.patch.adds_name(profile, &update.existing_names) {
        return Err(Error::VersionMismatch);
    }
    check_managed(profile, &update.patch)?;
    Ok(!update.patch.changed_fields(profile).is_empty())
}

/// Checks that `profile` belongs to `tenant` and has the revision `expected`.
pub(crate) fn check_target(
    profile: &Profile,
    tenant: Option<TenantId>,
    expected: Option<Revision>,
) -> Result<()> {
    if tenant.is_some_and(|tenant| tenant != profile.tenant_id) {
        return Err(Error::NotFound);
    }
    if expected.is_some_and(|expected| expected != profile.revision()) {
        return Err(Error::VersionMismatch);
    }
    Ok(())
}
