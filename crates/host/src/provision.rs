//! Users who are created at their first sign-in.

use std::sync::Arc;

use async_trait::async_trait;
use manyface_core::{
    AdminContext, AdminError, AdminRepository, AuthProvider, Caller, CatalogueStore, Error, Field,
    FieldError, Identity, Json, Operator, Profile, ProfileRef, Provenance, ReservedUsernames,
    Result, SignIn, SignIns, TenantId, UserFields, UserUpdate, managed_fields,
};

use manyface_store::Store;

use crate::{
    Config, DialectRegistry, Failure, database::default_tenant,
    dialect_registry::mint_external_ids, system,
};

/// The number of user names that are tried: the claimed one, and others with a random suffix.
const NAME_ATTEMPTS: u32 = 4;

/// Creates users from the claims of their tokens, and keeps the fields that the provider owns in
/// step with the claims.
pub(crate) struct Provisioning {
    repository: Arc<dyn AdminRepository>,
    catalogue: Arc<dyn CatalogueStore>,
    reserved: ReservedUsernames,
    dialects: DialectRegistry,
}

#[async_trait]
impl SignIns for Provisioning {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<bool> {
        let changed = match self.repository.inspect(&sign_in.who).await? {
            Some(profile) if self.is_served(&profile, sign_in).await? => {
                self.update(&profile, sign_in).await
            }
            // The request is rejected.
            Some(_) => return Ok(false),
            None => self.create(sign_in).await,
        };
        match changed {
            Ok(()) => Ok(true),
            Err(AdminError::Core(error @ (Error::Unavailable(_) | Error::Storage(_)))) => {
                Err(error)
            }
            Err(error) => {
                let reason = match error {
                    AdminError::Fields(errors) => {
                        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                        errors.join("; ")
                    }
                    AdminError::Undo(rejection) => rejection.to_string(),
                    AdminError::Core(error) => error.to_string(),
                };
                let dialect = &sign_in.dialect;
                tracing::info!(dialect, reason, "cannot provision a user from the claims");
                Ok(false)
            }
        }
    }
}

impl Provisioning {
    pub(crate) fn new(config: &Config, store: &Store) -> Self {
        Self {
            repository: store.repository(),
            catalogue: store.catalogue(),
            reserved: config.reserved_usernames(),
            dialects: config.dialect_registry,
        }
    }

    fn provenance(sign_in: &SignIn) -> Provenance {
        let actor = Caller::user(sign_in.who.clone()).actor();
        Provenance::new(system::now(), actor, "claims", String::new())
    }

    fn context<'a>(
        &'a self,
        operator: &'a Operator,
        provenance: &'a Provenance,
    ) -> AdminContext<'a> {
        AdminContext {
            repository: &*self.repository,
            catalogue: &*self.catalogue,
            reserved: &self.reserved,
            operator,
            provenance,
        }
    }

    /// Returns whether the user and the tenant are active, and the claims name no other tenant.
    async fn is_served(&self, profile: &Profile, sign_in: &SignIn) -> Result<bool> {
        let own = profile.tenant_id;
        let is_own = sign_in.tenant.is_none_or(|claimed| claimed == own);
        let is_active = profile.suspended_at.is_none() && is_own;
        Ok(is_active && self.is_active(own).await?)
    }

    /// Returns whether a tenant exists and is not suspended.
    async fn is_active(&self, id: TenantId) -> Result<bool> {
        let found = self.repository.tenant(id).await?;
        Ok(found.is_some_and(|tenant| tenant.suspended_at.is_none()))
    }

    /// Sets the claimed fields that the provider owns.
    async fn update(&self, profile: &Profile, sign_in: &SignIn) -> Result<(), AdminError> {
        let owned = managed_fields(profile.auth_provider);
        let is_owned = |name: &str| owned.iter().any(|field| field.as_str() == name);
        let fields = sign_in.fields.iter().filter(|(name, _)| is_owned(name));
        let fields: UserFields = fields
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if fields.is_empty() {
            return Ok(());
        }
        let (operator, provenance) = (Operator::unlimited("claims"), Self::provenance(sign_in));
        let context = self.context(&operator, &provenance);
        let who = ProfileRef::Id(profile.id);
        let update = UserUpdate::SetFields(fields);
        context.update_user(&who, None, &update).await.map(drop)
    }

    async fn create(&self, sign_in: &SignIn) -> Result<(), AdminError> {
        let (operator, provenance) = (Operator::unlimited("claims"), Self::provenance(sign_in));
        let context = self.context(&operator, &provenance);
        let tenant = self.tenant(sign_in).await?;
        let mut fields = sign_in.fields.clone();
        let provider = Json::of(&AuthProvider::Oidc).map_err(|e| Error::Storage(e.into()))?;
        fields.entry("auth_provider".to_owned()).or_insert(provider);
        let identities = match &sign_in.who {
            ProfileRef::Identity { issuer, subject } => vec![Identity {
                issuer: issuer.to_string(),
                subject: subject.clone(),
            }],
            ProfileRef::External { .. } | ProfileRef::Id(_) | ProfileRef::Username(_) => Vec::new(),
        };
        for attempt in 0..NAME_ATTEMPTS {
            if attempt > 0 {
                add_suffix(&mut fields)?;
            }
            let id = system::profile_id(provenance.at()).map_err(unrandom)?;
            let mut profile = context
                .new_user(id, tenant, provenance.at(), &fields)
                .await?;
            if let ProfileRef::External { dialect, id } = &sign_in.who {
                self.check_external_id(dialect, id)?;
                profile.external_ids.insert(dialect.to_string(), id.clone());
            }
            mint_external_ids(&mut profile, &self.dialects.dialects());
            match self
                .repository
                .add(&profile, &identities, &provenance)
                .await
            {
                Err(Error::Taken(Field::Username)) => {}
                // Another request of the same user was first.
                Ok(()) | Err(Error::Taken(Field::Identity | Field::ExternalId)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            // The first request may have taken the name for the same user.
            if self.repository.inspect(&sign_in.who).await?.is_some() {
                return Ok(());
            }
        }
        Err(Error::Taken(Field::Username).into())
    }

    /// Rejects a subject that does not have the form of the dialect's ids.
    fn check_external_id(&self, dialect: &str, id: &str) -> Result<(), AdminError> {
        let dialects = self.dialects.dialects().into_iter();
        let mut ids = dialects.filter(|known| known.name == dialect);
        let ids = ids.find_map(|known| known.external_ids);
        if ids.is_some_and(|ids| (ids.is_valid)(id)) {
            return Ok(());
        }
        let error = FieldError::new("external_ids", format!("has no valid id of {dialect}"));
        Err(AdminError::Fields(vec![error]))
    }

    /// Returns the claimed tenant, or the default tenant without such a claim.
    async fn tenant(&self, sign_in: &SignIn) -> Result<TenantId> {
        let tenant = match sign_in.tenant {
            Some(tenant) => tenant,
            None => default_tenant(&*self.repository)
                .await
                .map_err(unavailable)?,
        };
        if self.is_active(tenant).await? {
            Ok(tenant)
        } else {
            Err(Error::NotFound)
        }
    }
}

fn unavailable(failure: Failure) -> Error {
    Error::Unavailable(Some(failure.into()))
}

fn unrandom(failure: Failure) -> AdminError {
    unavailable(failure).into()
}

/// Adds a random suffix to the user name.
fn add_suffix(fields: &mut UserFields) -> Result<(), AdminError> {
    let name = fields
        .get("username")
        .and_then(|name| name.read::<String>().ok());
    let [first, second] = system::random().map_err(unrandom)?;
    let name = format!("{}-{first:02x}{second:02x}", name.unwrap_or_default());
    let name = Json::of(&name).map_err(|e| Error::Storage(e.into()))?;
    fields.insert("username".to_owned(), name);
    Ok(())
}
