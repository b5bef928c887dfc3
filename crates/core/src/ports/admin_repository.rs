//! The port for the operations of operators.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Erasure, ErasureReceipt, Error, Json, PatchDocument, Profile, ProfileId, ProfileRef,
    ProfileRepository, Provenance, Replacement, Result, TenantId, Tenants, UserPage, UserQuery,
};

/// The number of attempts of a change whose profile other writes change at the same time.
pub(crate) const REPLACE_ATTEMPTS: u32 = 16;

/// The identity of a user at an identity provider (OIDC `iss` and `sub`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The user at that provider.
    pub subject: String,
}

/// One entry of a profile's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of the entry, which orders the entries of all profiles.
    pub seq: i64,
    /// The profile.
    pub profile_id: ProfileId,
    /// The version of the profile after the change.
    pub version: i64,
    /// The time of the change.
    pub at: Timestamp,
    /// A pseudonym of the actor.
    pub actor: String,
    /// The dialect of the request, or `operator`.
    pub dialect: String,
    /// The API version of the request, in dialects with versions.
    pub api_version: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The new values: for the creation, all values that are set. Empty after the erasure of the
    /// profile.
    pub patch: PatchDocument,
}

/// The store of profiles, with the operations of operators.
#[async_trait]
pub trait AdminRepository: ProfileRepository + Tenants {
    /// Adds `profile` unchanged, with its external ids, `identities` and the first entry of its
    /// history.
    ///
    /// [`crate::Error::Taken`] if the user name, an external id or an identity belongs to another
    /// profile; [`crate::Error::Invalid`] if the tenant does not exist.
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()>;

    /// Reads a profile, including a suspended one.
    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>>;

    /// Removes a profile with everything that refers to it, and returns whether it existed. Keeps a
    /// receipt, and adds an entry to the history that says that the profile was erased.
    ///
    /// Earlier history entries stay without patch and actor. A digest of its user name stays while
    /// the name is reserved. Catalogue entries that only this profile used are removed.
    ///
    /// [`crate::Error::VersionMismatch`] if the profile does not have the expected revision. Nothing
    /// is removed then.
    async fn erase(&self, erasure: &Erasure) -> Result<bool>;

    /// Returns up to `limit` receipts of erasures, or of those in a tenant, whose ids follow
    /// `after`, in the order of their ids.
    async fn erasures(
        &self,
        tenant: Option<TenantId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ErasureReceipt>>;

    /// Searches for users, suspended or not.
    async fn search(&self, query: &UserQuery) -> Result<UserPage>;

    /// Returns the identities of a profile, in the order of issuer and subject.
    async fn identities(&self, id: ProfileId) -> Result<Vec<Identity>>;

    /// Replaces a profile and its identities, with a history entry, and returns the new profile;
    /// `None` if the stored profile does not have the expected revision.
    ///
    /// [`crate::Error::Taken`] if the user name or an identity belongs to another profile;
    /// [`crate::Error::Invalid`] if the tenant does not exist.
    async fn replace(&self, replacement: &Replacement) -> Result<Option<Profile>>;

    /// Sets or removes the operator data of a profile for `dialect`, and returns the profile. Like
    /// any change, this has no effect if the value is the same.
    async fn set_operator_data(
        &self,
        who: &ProfileRef,
        dialect: &str,
        operator_data: Option<&Json>,
        provenance: &Provenance,
    ) -> Result<Option<Profile>> {
        for _ in 0..REPLACE_ATTEMPTS {
            let Some(before) = self.inspect(who).await? else {
                return Ok(None);
            };
            let mut after = before.clone();
            match operator_data {
                Some(data) => after.operator_data.insert(dialect.to_owned(), data.clone()),
                None => after.operator_data.remove(dialect),
            };
            let replacement =
                Replacement::new(&before, after, Default::default(), provenance.clone());
            let Some(replacement) = replacement else {
                return Ok(Some(before));
            };
            if let Some(replaced) = self.replace(&replacement).await? {
                return Ok(Some(replaced));
            }
        }
        Err(Error::Unavailable(None))
    }

    /// Returns the latest `limit` changes of a profile, the latest first.
    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>>;

    /// Reads an entry by its number.
    async fn find_change(&self, seq: i64) -> Result<Option<Change>>;

    /// Returns up to `limit` entries of all profiles, or of the profiles of a tenant and of erasures
    /// in it, after the entry `after` (0 for the first), in the order of their numbers.
    ///
    /// This is the feed of changes: all readers receive the entries in the same order, and none
    /// that is committed later precedes one that was returned. An entry may be returned with a
    /// delay, until the transactions that were open when it was written have ended.
    async fn changes(
        &self,
        after: i64,
        tenant: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<Change>>;

    /// Removes history entries that exceed the retention, the oldest entries of a profile first. A
    /// call checks a batch of entries after the entry `after` (0 for the first batch), and all
    /// entries of their profiles.
    ///
    /// Repeat the call with [`TrimmedHistory::last`] until that is `None`.
    async fn trim_history(&self, retention: &Retention, after: i64) -> Result<TrimmedHistory>;

    /// Returns the id of the default tenant, and creates it with the id `candidate` if it does not
    /// exist.
    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId>;

    /// Checks that storage is available and has the expected schema.
    async fn check(&self) -> Result<()>;
}

/// The retention of the history of each profile. The latest entry of an existing profile is always
/// kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The maximum number of entries.
    pub entries: u32,
    /// The maximum storage size of these entries in bytes. A store may skip the measurement of a
    /// history without new entries above 16 KiB if `entries` entries of 16 KiB are within the
    /// limit.
    pub bytes: u64,
    /// The earliest time of an entry that is kept.
    pub since: Timestamp,
}

/// The result of [`AdminRepository::trim_history`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrimmedHistory {
    /// The number of removed entries.
    pub removed: u64,
    /// The last entry that was checked; `None` at the end.
    pub last: Option<i64>,
    /// The time of that entry.
    pub at: Option<Timestamp>,
}
