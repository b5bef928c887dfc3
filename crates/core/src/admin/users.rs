//! Operations on users.

use crate::{
    AdminContext, Error, Field, FieldError, Identity, Json, Profile, ProfileId, ProfileRef,
    Replacement, Result, Revision, TenantId, Timestamp, UserFields, UserPage, UserQuery, Username,
    Violation, ports::REPLACE_ATTEMPTS,
};

use super::{field_update::set_fields, undo::UndoRejection};

/// A change of a user by an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum UserUpdate {
    /// Sets fields, including those that an identity provider owns.
    SetFields(UserFields),
    /// Suspends the user; a suspended user keeps the time of the suspension.
    Suspend,
    /// Resumes a suspended user.
    Resume,
    /// Moves the user to another tenant, with equal catalogue entries. The overrides of accounts
    /// are removed, because accounts belong to tenants.
    Move(TenantId),
    /// Sets the operator data for a dialect, which has checked it, or removes it.
    SetOperatorData(String, Option<Json>),
    /// Adds an identity.
    AddIdentity(Identity),
    /// Removes an identity.
    RemoveIdentity(Identity),
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Fields cannot be set to their values.
    #[error("invalid fields")]
    Fields(Vec<FieldError>),
    /// A change cannot be undone.
    #[error(transparent)]
    Undo(UndoRejection),
    /// An error of the store or the core.
    #[error(transparent)]
    Core(#[from] Error),
}

impl AdminContext<'_> {
    /// Searches for users, within the operator's tenant.
    pub async fn search_users(&self, mut query: UserQuery) -> Result<UserPage> {
        if let Some(own) = self.operator.tenant {
            if query.tenant.is_some_and(|tenant| tenant != own) {
                return Ok(UserPage::default());
            }
            query.tenant = Some(own);
        }
        self.repository.search(&query).await
    }

    /// Reads a user, suspended or not. [`Error::NotFound`] also for a user of a tenant that the
    /// operator may not know of.
    pub async fn find_user(&self, who: &ProfileRef) -> Result<Profile> {
        let found = self.repository.inspect(who).await?;
        let found = found.filter(|profile| self.operator.sees(profile.tenant_id));
        found.ok_or(Error::NotFound)
    }

    /// Creates the profile of a new user with these fields; the user name and the email address are
    /// required.
    pub async fn new_user(
        &self,
        id: ProfileId,
        tenant: TenantId,
        created_at: Timestamp,
        fields: &UserFields,
    ) -> Result<Profile, AdminError> {
        let mut errors = Vec::new();
        for field in ["username", "email"] {
            if !fields.contains_key(field) {
                errors.push(FieldError::new(field, "is required"));
            }
        }
        // The given one, which is required, replaces it.
        let username = Username::from_stored(String::new(), String::new());
        let blank = Profile::new(id, tenant, username, String::new(), created_at);
        let mut profile = blank.clone();
        if let Err(more) = set_fields(&mut profile, fields, self.reserved) {
            errors.extend(more);
        }
        if !errors.is_empty() {
            return Err(AdminError::Fields(errors));
        }
        self.check_entries(&blank, &profile).await?;
        Ok(profile)
    }

    /// Changes a user, and returns the profile. A change without effect writes nothing.
    ///
    /// [`Error::VersionMismatch`] if the user does not have the revision `expected`.
    pub async fn update_user(
        &self,
        who: &ProfileRef,
        expected: Option<Revision>,
        update: &UserUpdate,
    ) -> Result<Profile, AdminError> {
        for _ in 0..REPLACE_ATTEMPTS {
            let before = self.find_user(who).await?;
            if expected.is_some_and(|expected| expected != before.revision()) {
                return Err(Error::VersionMismatch.into());
            }
            let mut after = before.clone();
            let identities = self.apply(&mut after, update).await?;
            let replacement = Replacement::new(&before, after, identities, self.provenance.clone());
            let Some(replacement) = replacement else {
                return Ok(before);
            };
            if let Some(replaced) = self.repository.replace(&replacement).await? {
                return Ok(replaced);
            }
        }
        Err(Error::Unavailable(None).into())
    }

    /// Applies `update` to `profile`, and returns the identities to add and to remove.
    async fn apply(
        &self,
        profile: &mut Profile,
        update: &UserUpdate,
    ) -> Result<[Vec<Identity>; 2], AdminError> {
        let mut identities = [Vec::new(), Vec::new()];
        match update {
            UserUpdate::SetFields(fields) => {
                let before = profile.clone();
                set_fields(profile, fields, self.reserved).map_err(AdminError::Fields)?;
                self.check_entries(&before, profile).await?;
            }
            UserUpdate::Suspend => {
                let now = self.provenance.at();
                profile.suspended_at.get_or_insert(now);
            }
            UserUpdate::Resume => profile.suspended_at = None,
            UserUpdate::Move(tenant) => {
                // A tenant that the operator may not know of does not exist for them.
                if !self.operator.sees(*tenant) {
                    return Err(unknown_tenant());
                }
                if *tenant != profile.tenant_id {
                    if self.repository.tenant(*tenant).await?.is_none() {
                        return Err(unknown_tenant());
                    }
                    self.move_entries(profile, *tenant).await?;
                }
                profile.tenant_id = *tenant;
            }
            UserUpdate::SetOperatorData(dialect, data) => {
                match data {
                    Some(data) => profile.operator_data.insert(dialect.clone(), data.clone()),
                    None => profile.operator_data.remove(dialect),
                };
            }
            UserUpdate::AddIdentity(identity) => {
                if !self
                    .repository
                    .identities(profile.id)
                    .await?
                    .contains(identity)
                {
                    identities[0].push(identity.clone());
                }
            }
            UserUpdate::RemoveIdentity(identity) => {
                if !self
                    .repository
                    .identities(profile.id)
                    .await?
                    .contains(identity)
                {
                    return Err(Error::NotFound.into());
                }
                identities[1].push(identity.clone());
            }
        }
        Ok(identities)
    }
}

fn unknown_tenant() -> AdminError {
    let violation = Violation::new(Field::TenantId, "does not exist");
    Error::Invalid(vec![violation]).into()
}
