//! Erasures of users, and their receipts.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::{PatchDocument, ProfileId, ProfileRef, Provenance, Revision, TenantId};

/// The document of the history entry of an erasure.
const DOCUMENT: &str = r#"{"erased":true}"#;

/// An erasure of a user by an operator.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// The id of the receipt, a UUID of version 7.
    pub id: Uuid,
    /// The user.
    pub who: ProfileRef,
    /// The tenant of the user; `None` for any.
    pub tenant: Option<TenantId>,
    /// The revision of the user; `None` for any.
    pub expected: Option<Revision>,
    /// The number of images that are removed with the user.
    pub images: u32,
    /// The number of other files that are removed with the user.
    pub files: u32,
    /// The origin, for the receipt and the history.
    pub provenance: Provenance,
}

/// The receipt of an erasure, without personal data of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErasureReceipt {
    /// The id, in the order of the erasures of a host.
    pub id: Uuid,
    /// The former id of the user.
    pub user: ProfileId,
    /// The former tenant of the user.
    pub tenant_id: TenantId,
    /// The time.
    pub at: Timestamp,
    /// The operator.
    pub actor: String,
    /// The id of the request; empty for a command.
    pub request_id: String,
    /// What was removed besides the profile.
    pub removed: RemovedCounts,
}

/// The numbers of objects that an erasure removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RemovedCounts {
    /// Identities at providers.
    pub identities: u64,
    /// Ids in dialects.
    pub external_ids: u64,
    /// Overrides of accounts.
    pub overrides: u64,
    /// Entries of the history, which are without content since.
    pub changes: u64,
    /// Images.
    pub images: u64,
    /// Other files.
    pub files: u64,
}

impl Erasure {
    /// Creates an erasure of any revision of a user.
    pub fn new(id: Uuid, who: ProfileRef, provenance: Provenance) -> Self {
        Self {
            id,
            who,
            tenant: None,
            expected: None,
            images: 0,
            files: 0,
            provenance,
        }
    }

    /// Returns the document of the history entry.
    pub fn document() -> PatchDocument {
        PatchDocument::from_stored(DOCUMENT.to_owned())
    }
}
