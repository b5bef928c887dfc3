//! The catalogue entries of a user whom an operator changes.

use crate::{
    AdminContext, CatalogueId, CatalogueKind, CatalogueName, CatalogueStore, FieldError, Profile,
    Result, TenantId, admin::AdminError,
};

impl Profile {
    /// Returns the list of `kind`.
    pub(super) fn entries(&self, kind: CatalogueKind) -> &[CatalogueId] {
        match kind {
            CatalogueKind::Skill => &self.skills,
            CatalogueKind::InvestmentInterest => &self.investment_interests,
            CatalogueKind::TechnicalInterest => &self.technical_interests,
            CatalogueKind::Tag => &self.focus_area,
        }
    }

    fn entries_mut(&mut self, kind: CatalogueKind) -> &mut [CatalogueId] {
        match kind {
            CatalogueKind::Skill => &mut self.skills,
            CatalogueKind::InvestmentInterest => &mut self.investment_interests,
            CatalogueKind::TechnicalInterest => &mut self.technical_interests,
            CatalogueKind::Tag => &mut self.focus_area,
        }
    }
}

/// Checks that the tenant sees the entries of `after` that `before` does not have. Returns an error
/// for each list: the name of the field, and the rule as the predicate of a sentence.
pub(super) async fn unknown_entries(
    catalogue: &dyn CatalogueStore,
    tenant: TenantId,
    before: Option<&Profile>,
    after: &Profile,
) -> Result<Vec<(&'static str, String)>> {
    let mut errors = Vec::new();
    for kind in CatalogueKind::ALL {
        let known = before.map_or(&[][..], |before| before.entries(kind));
        let new = after.entries(kind).iter().filter(|id| !known.contains(id));
        let new: Vec<_> = new.copied().collect();
        if new.is_empty() {
            continue;
        }
        let found = catalogue.by_ids(tenant, &new).await?;
        let is_found = |id: &CatalogueId| {
            let mut found = found.iter();
            found.any(|(asked, entry)| asked == id && entry.kind == kind)
        };
        if let Some(unknown) = new.iter().find(|id| !is_found(id)) {
            let message = format!("has the unknown catalogue entry {}", unknown.0);
            errors.push((kind.field().as_str(), message));
        }
    }
    Ok(errors)
}

impl AdminContext<'_> {
    /// Rejects entries that the user's tenant does not see, except those that the user has already.
    pub(super) async fn check_entries(
        &self,
        before: &Profile,
        after: &Profile,
    ) -> Result<(), AdminError> {
        let tenant = after.tenant_id;
        let unknown = unknown_entries(self.catalogue, tenant, Some(before), after).await?;
        if unknown.is_empty() {
            return Ok(());
        }
        let errors = unknown.into_iter();
        let errors = errors.map(|(field, message)| FieldError::new(field, message));
        Err(AdminError::Fields(errors.collect()))
    }

    /// Replaces the entries of the profile's tenant with entries of the tenant `to` of the same
    /// names, which are added where they are missing. Shared entries stay.
    pub(super) async fn move_entries(&self, profile: &mut Profile, to: TenantId) -> Result<()> {
        let from = profile.tenant_id;
        for kind in CatalogueKind::ALL {
            let ids = profile.entries_mut(kind);
            let found = self.catalogue.by_ids(from, ids).await?;
            let names = found.iter().filter(|(_, entry)| entry.tenant_id.is_some());
            let names = names.filter_map(|(id, entry)| {
                let name = CatalogueName::parse(&entry.name).ok()?;
                Some((*id, name, entry.description.clone()))
            });
            let names: Vec<_> = names.collect();
            if names.is_empty() {
                continue;
            }
            let missing = names.iter();
            let missing = missing.map(|(_, name, description)| (name.clone(), description.clone()));
            let missing: Vec<_> = missing.collect();
            self.catalogue.insert(Some(to), kind, &missing).await?;
            let keys: Vec<_> = names.iter().map(|(_, name, _)| name.key()).collect();
            let entries = self.catalogue.by_keys(Some(to), kind, &keys).await?;
            for (id, name, _) in &names {
                let mut entries = entries.iter();
                let entry = entries.find(|(key, _)| key == name.key());
                if let Some((_, entry)) = entry {
                    let same = ids.iter_mut().filter(|own| **own == *id);
                    same.for_each(|own| *own = entry.id);
                }
            }
        }
        Ok(())
    }
}
