//! The port through which profiles are kept.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    AdminRepository, Caller, Error, Field, Profile, ProfileId, ProfilePatch, ProfileRef, Result,
    Revision, TenantId, Username, check_managed, model::to_micros,
};

/// The store of profiles: all that an embedder must implement.
///
/// Every implementation must pass `behaviour` (feature `behaviour`).
#[async_trait]
pub trait ProfileRepository: Send + Sync {
    /// Reads one profile; returns `None` if it does not exist or is not served: profiles of a suspended
    /// tenant are not.
    ///
    /// [`Error::Unavailable`] when storage cannot be reached, [`Error::Storage`] when it fails.
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>>;

    /// Like [`ProfileRepository::find`], among the profiles of `tenant` only.
    ///
    /// The default implementation reads first and checks the tenant then. A store that keeps
    /// several tenants asks for both in one statement.
    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        let found = self.find(who).await?;
        Ok(found.filter(|profile| profile.tenant_id == tenant))
    }

    /// Returns the profiles that `name` belongs to: of any tenant, served or not, those whose name
    /// has the same key or looks the same, and those that gave up such a name recently. Only
    /// these profiles can take the name; if there are none, it is free.
    ///
    /// Unless it is implemented, this finds a served profile with the same key.
    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        let holder = ProfileRef::Username(name.key().to_owned());
        let holder = self.find(&holder).await?;
        Ok(holder.into_iter().map(|profile| profile.id).collect())
    }

    /// Applies one patch atomically and returns the updated profile; `None`
    /// if there is no such profile (in the update's tenant).
    ///
    /// The write, the profile's next version and the history entry are durable together before
    /// this returns. A patch that changes nothing writes nothing and moves no version. Columns
    /// that the patch does not name are not touched, so that writers of different fields never
    /// undo each other.
    ///
    /// The new entries of the patch are added to the catalogue in the same transaction, and only if
    /// the profile changes. A name that the tenant sees by then is not added: the lists refer to
    /// the existing entry. Stores without a catalogue get no new entries, because theirs is closed
    /// ([`crate::Openness`]).
    ///
    /// [`Error::QuotaExceeded`] when the profile would add more entries than it may
    /// ([`ProfileUpdate::most_new_entries`]).
    /// [`Error::VersionMismatch`] when the profile is not in the expected state,
    /// [`Error::Managed`] when an identity provider owns a field that would change,
    /// [`Error::Taken`] when the user name belongs to another profile
    /// ([`ProfileRepository::username_holders`]). [`Error::Unavailable`] may mean that
    /// the write happened and its result was lost.
    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>>;

    /// Explains why no profile of `who` was found in the tenant that a credential claims, for the
    /// log: `None` if one is found now.
    ///
    /// A store without suspended tenants needs no other implementation.
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
    /// There is no such user.
    #[error("there is no such user")]
    NoUser,
    /// The user's tenant is suspended.
    #[error("the user's tenant {0} is suspended")]
    SuspendedTenant(TenantId),
    /// The credential claims another tenant than the user's.
    #[error("the credential claims tenant {claimed}, and the user's is {own}")]
    OtherTenant {
        /// The credential's.
        claimed: TenantId,
        /// The user's.
        own: TenantId,
    },
}

impl ProfileAbsence {
    /// A stable identifier of the reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoUser => "no_user",
            Self::SuspendedTenant(_) => "suspended_tenant",
            Self::OtherTenant { .. } => "other_tenant",
        }
    }

    fn of_tenant(profile: &Profile, claimed: Option<TenantId>) -> Option<Self> {
        let own = profile.tenant_id;
        let claimed = claimed.filter(|claimed| *claimed != own)?;
        Some(Self::OtherTenant { claimed, own })
    }

    /// Why a credential's user is not served, as operators see the store.
    pub async fn explain(
        repository: &dyn AdminRepository,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<Self>> {
        let Some(profile) = repository.inspect(who).await? else {
            return Ok(Some(Self::NoUser));
        };
        let tenant = repository.tenant(profile.tenant_id).await?;
        if tenant.is_some_and(|tenant| tenant.suspended_at.is_some()) {
            return Ok(Some(Self::SuspendedTenant(profile.tenant_id)));
        }
        Ok(Self::of_tenant(&profile, claimed))
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileUpdate {
    /// Which profile.
    pub who: ProfileRef,
    /// The tenant that the profile must belong to, if that matters.
    pub tenant: Option<TenantId>,
    /// The changes.
    pub patch: ProfilePatch,
    /// The state that the profile must be in, if that matters.
    pub expected: Option<Revision>,
    /// Names that must have a value already if the patch sets them; otherwise the update fails with
    /// [`Error::VersionMismatch`]. Only [`ProfilePatch::NAMES`] are checked.
    pub existing_names: Vec<Field>,
    /// The upload that the patch makes the avatar. It is marked as used with the write, and a write
    /// with one that is used already fails.
    pub upload: Option<Box<str>>,
    /// How many entries the profile may add to the catalogue within
    /// [`Quota::NEW_NAMES_WINDOW`](crate::Quota::NEW_NAMES_WINDOW), those of the patch included.
    pub most_new_entries: u32,
    /// When, by whom and through what.
    pub provenance: Provenance,
}

/// When a change is made, by whom and through what, for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    at: Timestamp,
    /// A pseudonym of who makes it ([`Caller::actor`]).
    pub actor: String,
    /// The dialect it came through, or `operator`.
    pub dialect: String,
    /// The version of that dialect, where it has versions.
    pub api_version: Option<String>,
    /// The id of the request, as the response carries it.
    pub request_id: String,
}

impl Provenance {
    /// A change made at `at`, kept in whole microseconds.
    pub fn new(at: Timestamp, actor: String, dialect: &str, request_id: String) -> Self {
        Self {
            at: to_micros(at),
            actor,
            dialect: dialect.to_owned(),
            api_version: None,
            request_id,
        }
    }

    /// A change that `caller` makes through `dialect`.
    pub fn of(caller: &Caller, dialect: &str, request_id: &str, at: Timestamp) -> Self {
        Self::new(at, caller.actor(), dialect, request_id.to_owned())
    }

    /// A change that an operator makes.
    pub fn operator(at: Timestamp) -> Self {
        Self::new(at, "operator".to_owned(), "operator", String::new())
    }

    /// When, in whole microseconds.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// Whether `update` may be made to `profile`, and whether it would change anything.
///
/// Stores decide this in the statement that writes; where that wrote nothing, this says why.
pub fn check_update(profile: &Profile, update: &ProfileUpdate) -> Result<bool> {
    check_target(profile, update.tenant, update.expected)?;
    if update.patch.adds_name(profile, &update.existing_names) {
        return Err(Error::VersionMismatch);
    }
    check_managed(profile, &update.patch)?;
    Ok(!update.patch.changed_fields(profile).is_empty())
}

/// Checks that a write of a profile of `tenant`, in the state `expected`, is meant for `profile`.
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
