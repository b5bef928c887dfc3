//! The port through which operators keep the deployment.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    DialectMap, Json, PatchDocument, Profile, ProfileId, ProfileRef, ProfileRepository, Provenance,
    Result, TenantId, Tenants,
};

/// The identity of a user at an identity provider (OIDC `iss` and `sub`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The user at that provider.
    pub subject: String,
}

/// One entry of a profile's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The version that the change made.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// A pseudonym of who made it.
    pub actor: String,
    /// Through which dialect, or `operator`.
    pub dialect: String,
    /// The version of that dialect, where it has versions.
    pub api_version: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// The patch. Empty for a creation, and after the profile is removed.
    pub patch: PatchDocument,
}

/// The store of profiles, as operators use it.
#[async_trait]
pub trait AdminRepository: ProfileRepository + Tenants {
    /// Adds `profile` unchanged, with its external ids and with `identities`, and the first
    /// entry of its history.
    ///
    /// [`crate::Error::Taken`] names the user name, external id or identity that belongs to another
    /// profile; [`crate::Error::Invalid`] names a tenant that does not exist.
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()>;

    /// Reads one profile, also of a suspended tenant.
    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>>;

    /// Removes a profile with everything that names it; whether there was one.
    ///
    /// What is left are the entries of its history without what was written, and, for the time that
    /// a user name rests, a digest of its name. The catalogue entries that only it used are removed.
    async fn remove(&self, who: &ProfileRef) -> Result<bool>;

    /// Up to `limit` profiles in the order of their ids, from the first one after `after`.
    async fn list(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<Profile>>;

    /// Replaces what `dialect` shows about a profile, or takes it away: a change like any other,
    /// so that stating again what is stated already changes nothing.
    async fn set_operator_data(
        &self,
        who: &ProfileRef,
        dialect: &str,
        operator_data: Option<&Json>,
        provenance: &Provenance,
    ) -> Result<Option<Profile>>;

    /// The latest `limit` changes of a profile, the latest first.
    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>>;

    /// Removes history entries beyond the retention, the oldest of a profile first. Checks
    /// at some of the entries after the entry `after` (0 is before all), and at all entries of
    /// their profiles.
    ///
    /// Call it again with [`TrimmedHistory::last`] until that is `None`.
    async fn trim_history(&self, retention: &Retention, after: i64) -> Result<TrimmedHistory>;

    /// The deployment's default tenant: `candidate`, where there was none before.
    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId>;

    /// Whether storage can be reached and is laid out as this program expects.
    async fn check(&self) -> Result<()>;
}

/// Which entries of a profile's history are kept. The latest always is, while the profile is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The latest so many.
    pub entries: u32,
    /// Of those, the latest that together take so many bytes in storage. A history need not be
    /// measured if no new entry has more than 16 KiB and as many of that size as are kept fit.
    pub bytes: u64,
    /// Of those, what is not older than this.
    pub since: Timestamp,
}

/// The result of [`AdminRepository::trim_history`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrimmedHistory {
    /// How many entries were removed.
    pub removed: u64,
    /// The last entry that was checked; `None` at the end.
    pub last: Option<i64>,
    /// When that entry was made.
    pub at: Option<Timestamp>,
}

/// Returns the history document of a change of operator data.
///
/// # Panics
///
/// Never: maps of texts have a JSON form.
pub fn operator_data_document(operator_data: &DialectMap<Json>) -> PatchDocument {
    let text = serde_json::to_string(&BTreeMap::from([("operator_data", operator_data)]));
    PatchDocument::from_stored(text.expect("maps of texts have a JSON form"))
}
