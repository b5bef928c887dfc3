//! The limits of an import by an operator of a tenant.
//!
//! Such an operator imports users into the tenant, with the values that the operator could also set
//! in single operations. Everything that could belong to another tenant is rejected without being
//! looked up: ids, external ids, identities, the content of files, histories, and records other
//! than users. A rejection does not depend on what other tenants have.

use std::collections::BTreeMap;

use crate::{
    Avatar, CatalogueStore, Profile, Record, RecordError, Result, TenantId, UserInput, UserRecord,
    admin::{catalogue_entries::unknown_entries, field_update::STORED_RESUME},
};

const GLOBAL: &str = "can only be imported with access to the whole deployment";

/// The tenant that an import is limited to.
#[derive(Clone, Copy)]
pub struct TenantLimit<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The catalogue, in which the entries of users must exist.
    pub catalogue: &'a dyn CatalogueStore,
}

impl TenantLimit<'_> {
    /// The maximum length of the line of a user, in bytes.
    pub const MAX_LINE: usize = 1024 * 1024;

    /// Checks the length of the line of a user.
    pub(super) fn check_length(text: &str) -> Result<(), RecordError> {
        if text.len() <= Self::MAX_LINE {
            return Ok(());
        }
        let message = format!("must be at most {} bytes", Self::MAX_LINE);
        Err(RecordError::new("line", message))
    }

    /// Rejects a record other than a user unless the store may have an equal one of the tenant.
    pub(super) fn check_record(&self, record: &Record) -> Result<(), RecordError> {
        let is_visible = match record {
            Record::Tenant(tenant) => tenant.id == self.tenant,
            Record::CatalogueEntry(entry) => entry.tenant_id.is_none_or(|id| id == self.tenant),
            Record::ApiKey(key) => key.key.tenant_id == self.tenant,
            Record::User(_)
            | Record::UsernameReservation(_)
            | Record::Change(_)
            | Record::Image(_)
            | Record::File(_) => false,
        };
        if is_visible { Ok(()) } else { Err(rejected()) }
    }

    /// Limits a user to the tenant: one without a tenant becomes one of the tenant, and the history
    /// begins with the import.
    pub(super) fn limit_user(&self, input: &mut UserInput) -> Result<(), RecordError> {
        let tenant = *input.tenant_id.get_or_insert(self.tenant);
        input.has_history = false;
        if tenant == self.tenant {
            Ok(())
        } else {
            let message = "is not the tenant of the operator";
            Err(RecordError::new("tenant_id", message))
        }
    }

    /// Returns `user` if it is one of the tenant.
    pub(super) fn own<'u>(&self, user: &'u UserRecord) -> Option<&'u UserRecord> {
        (user.profile.tenant_id == self.tenant).then_some(user)
    }

    /// Checks what a user may claim who is stored as `existing`.
    pub(super) fn check_claims(
        input: &UserInput,
        existing: Option<&UserRecord>,
    ) -> Vec<RecordError> {
        let mut errors = Vec::new();
        let mut check = |field: &str, is_allowed: bool| {
            if !is_allowed {
                errors.push(RecordError::new(field, "cannot be set for a tenant"));
            }
        };
        let after = existing.map(|existing| input.applied_to(existing));
        if let (Some(before), Some(after)) = (existing, &after) {
            let (old, new) = (&before.profile, &after.profile);
            check("external_ids", old.external_ids == new.external_ids);
            check("identities", before.identities == after.identities);
            check("created_at", old.created_at == new.created_at);
        } else {
            check("id", input.id.is_none());
            let ids = input.external_ids.as_ref();
            check("external_ids", ids.is_none_or(BTreeMap::is_empty));
            let identities = input.identities.as_ref();
            check("identities", identities.is_none_or(Vec::is_empty));
            check("version", input.version.is_none_or(|version| version == 1));
            check("updated_at", input.updated_at.is_none());
        }
        check("resume", !claims_resume(input, existing));
        check("avatar", !claims_image(input, existing));
        errors
    }

    /// Checks that the tenant sees the catalogue entries of `after` that `before` does not have.
    pub(super) async fn check_entries(
        &self,
        before: Option<&Profile>,
        after: &Profile,
    ) -> Result<Vec<RecordError>> {
        let unknown = unknown_entries(self.catalogue, self.tenant, before, after).await?;
        let errors = unknown.into_iter();
        Ok(errors
            .map(|(field, message)| RecordError::new(field, message))
            .collect())
    }
}

/// Returns the error of a record that an operator of a tenant cannot import.
pub(super) fn rejected() -> RecordError {
    RecordError::new("record", GLOBAL)
}

/// Returns whether the record names a stored résumé that is not the user's own.
fn claims_resume(input: &UserInput, existing: Option<&UserRecord>) -> bool {
    let own = existing.and_then(|existing| existing.profile.resume.as_deref());
    match &input.patch.resume {
        crate::Edit::Set(resume) => resume.starts_with(STORED_RESUME) && own != Some(resume),
        crate::Edit::Keep | crate::Edit::Clear => false,
    }
}

/// Returns whether the record names a stored image that is not in use at the same place.
fn claims_image(input: &UserInput, existing: Option<&UserRecord>) -> bool {
    let is_new =
        |new: &Avatar, own: Option<&Avatar>| matches!(new, Avatar::Stored(_)) && own != Some(new);
    let own = existing.and_then(|existing| existing.profile.avatar.as_ref());
    let claims_own = match &input.patch.avatar {
        crate::Edit::Set(avatar) => is_new(avatar, own),
        crate::Edit::Keep | crate::Edit::Clear => false,
    };
    let mut overrides = input.overrides.iter().flatten();
    claims_own
        || overrides.any(|(account, new)| {
            let own = existing.and_then(|existing| existing.overrides.get(account));
            let own = own.and_then(|own| own.avatar.as_ref());
            new.avatar.as_ref().is_some_and(|new| is_new(new, own))
        })
}
