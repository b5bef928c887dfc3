//! The door to a store that may not be ready yet.

mod accounts;
mod catalogue;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use manyface_core::{
    Absence, CatalogueStore, Error, Profile, ProfileId, ProfileRef, ProfileUpdate, Profiles,
    Registry, Result, TenantId, Username,
};

pub(crate) use catalogue::GatedCatalogue;

pub(crate) use accounts::AccountsGate;

/// A store that is unavailable until it is told that its tables are there: a server may come up
/// before its database does.
pub(crate) struct Gate {
    store: Arc<dyn Registry>,
    is_open: Arc<AtomicBool>,
}

impl Gate {
    pub(crate) fn new(store: Arc<dyn Registry>) -> Self {
        Self {
            store,
            is_open: Arc::default(),
        }
    }

    /// The same door to another handle of the same store.
    pub(crate) fn to(&self, store: Arc<dyn Registry>) -> Self {
        Self {
            store,
            is_open: Arc::clone(&self.is_open),
        }
    }

    /// The same door to the catalogue.
    pub(crate) fn to_catalogue(&self, store: Arc<dyn CatalogueStore>) -> GatedCatalogue {
        GatedCatalogue::new(store, Arc::clone(&self.is_open))
    }

    pub(crate) fn open(&self) {
        self.is_open.store(true, Ordering::Release);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    fn check(&self) -> Result<()> {
        check(&self.is_open)
    }
}

fn check(is_open: &AtomicBool) -> Result<()> {
    if is_open.load(Ordering::Acquire) {
        Ok(())
    } else {
        Err(Error::Unavailable(Some(
            "the database is not ready yet".into(),
        )))
    }
}

#[async_trait]
impl Profiles for Gate {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        self.check()?;
        self.store.find(who).await
    }

    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        self.check()?;
        self.store.find_in(tenant, who).await
    }

    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        self.check()?;
        self.store.username_holders(name).await
    }

    async fn update(&self, update: ProfileUpdate) -> Result<Option<Profile>> {
        self.check()?;
        self.store.update(update).await
    }

    async fn explain_absence(
        &self,
        who: &ProfileRef,
        claimed: Option<TenantId>,
    ) -> Result<Option<Absence>> {
        self.check()?;
        Absence::explain(&*self.store, who, claimed).await
    }
}
