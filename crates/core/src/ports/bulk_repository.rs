//! The port for reading and writing a whole store: export and import.

mod line_json;
mod record;

use async_trait::async_trait;

use crate::{Field, Identity, PatchDocument, ProfileId, Provenance, Result, TenantId, Username};

pub use line_json::LineJson;
pub use record::{
    ApiKeyRecord, ChangeRecord, EntryRecord, Record, RecordError, RecordObject, ReservationRecord,
    UserRecord,
};

/// The parts of a store, in the order in which an import must write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// Tenants.
    Tenants,
    /// Catalogue entries that are not merged.
    Entries,
    /// Catalogue entries that were merged into others.
    MergedEntries,
    /// Users with their external ids, identities, operator data and overrides.
    Users,
    /// Former user names that are reserved.
    Reservations,
    /// API keys, by their digests.
    ApiKeys,
    /// The histories of all profiles, in the order of the changes.
    Changes,
    /// Images and other files. They are in no store, and are exported with the users that refer to
    /// them.
    Files,
}

impl Section {
    /// All sections of a store, in order.
    pub const ALL: [Self; 7] = [
        Self::Tenants,
        Self::Entries,
        Self::MergedEntries,
        Self::Users,
        Self::Reservations,
        Self::ApiKeys,
        Self::Changes,
    ];
}

/// A page of records.
#[derive(Clone, Debug, Default)]
pub struct RecordPage {
    /// The records, in the order of their keys.
    pub records: Vec<Record>,
    /// The key of the last record; `None` if there are no more records.
    pub next: Option<String>,
}

/// The values of a user that must be unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserClaims {
    /// The user name; `None` if it is not written.
    pub username: Option<Username>,
    /// Pairs of a dialect and an id.
    pub external_ids: Vec<(String, String)>,
    /// The identities.
    pub identities: Vec<Identity>,
}

/// A user whose profile, ids, identities and overrides replace the stored ones.
#[derive(Clone, Debug, PartialEq)]
pub struct UserReplacement {
    /// The stored user.
    pub before: UserRecord,
    /// The user to be stored, with the next version and the time of the change.
    pub after: UserRecord,
    /// The history entry.
    pub document: PatchDocument,
}

/// Users to be written in one transaction.
#[derive(Clone, Debug)]
pub struct UserWrites {
    /// The new users.
    pub added: Vec<UserRecord>,
    /// The changed users.
    pub replaced: Vec<UserReplacement>,
    /// The origin of the changes, for the history.
    pub provenance: Provenance,
}

/// Whether a store has a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has none with this key.
    Absent,
    /// It has an equal one.
    Equal,
    /// It has another one with this key.
    Different,
}

/// A store that can be exported and imported as a whole.
///
/// Every implementation must pass `behaviour::check_transfer` (feature `behaviour`).
#[async_trait]
pub trait BulkRepository: Send + Sync {
    /// Returns up to `limit` records of a section whose keys follow `after`, the key that
    /// [`RecordPage::next`] returned.
    async fn page(&self, section: Section, after: Option<&str>, limit: u32) -> Result<RecordPage>;

    /// Returns the users among `ids` that exist, including suspended ones, in the order of ids.
    async fn users(&self, ids: &[ProfileId]) -> Result<Vec<UserRecord>>;

    /// Returns for each of `claims` the profiles that hold one of its values, with the field.
    async fn holders(&self, claims: &[UserClaims]) -> Result<Vec<Vec<(Field, ProfileId)>>>;

    /// Returns the id of the default tenant, if there is one.
    async fn default_tenant_id(&self) -> Result<Option<TenantId>>;

    /// Returns those of `ids` that exist.
    async fn existing_tenants(&self, ids: &[TenantId]) -> Result<Vec<TenantId>>;

    /// Writes users in one transaction and returns the ids of the changed users that were written:
    /// those whose stored revision is still that of [`UserReplacement::before`]. The store writes a
    /// history entry for each change, and for each new user without [`UserRecord::has_history`].
    ///
    /// [`crate::Error::Taken`] if a unique value belongs to another profile. Nothing is written
    /// then.
    async fn write_users(&self, writes: &UserWrites) -> Result<Vec<ProfileId>>;

    /// Returns for each of `records` whether the store has it. The records are of one section,
    /// other than users. Changes are always reported as absent.
    async fn presence(&self, records: &[Record]) -> Result<Vec<Presence>>;

    /// Adds `records`, which are of one section other than users, and returns for each whether it
    /// was added. Existing records are kept.
    ///
    /// A default tenant becomes the default tenant of the store if the store's own one has no
    /// users, API keys and catalogue entries; that one is then removed. A change is added if it
    /// follows the latest one of its profile, or if its profile does not exist and the change was
    /// erased.
    async fn insert(&self, records: &[Record]) -> Result<Vec<bool>>;
}
