//! The catalogue entries of a user whom an operator changes.

use crate::{
    AdminContext, CatalogueId, CatalogueKind, CatalogueName, FieldError, Profile, Result, TenantId,
    admin::AdminError,
};

fn list(profile: &mut Profile, kind: CatalogueKind) -> &mut Vec<CatalogueId> {
    match kind {
        CatalogueKind::Skill => &mut profile.skills,
        CatalogueKind::InvestmentInterest => &mut profile.investment_interests,
        CatalogueKind::TechnicalInterest => &mut profile.technical_interests,
        CatalogueKind::Tag => &mut profile.focus_area,
    }
}

impl AdminContext<'_> {
    /// Rejects entries that the user's tenant does not see, except those that the user has already.
    pub(super) async fn check_entries(
        &self,
        before: &Profile,
        after: &mut Profile,
    ) -> Result<(), AdminError> {
        let tenant = after.tenant_id;
        let mut errors = Vec::new();
        for kind in CatalogueKind::ALL {
            let mut before = before.clone();
            let ids = list(after, kind);
            if *ids == *list(&mut before, kind) {
                continue;
            }
            let found = self.catalogue.by_ids(tenant, ids).await?;
            let is_known = |id: &CatalogueId| {
                let mut found = found.iter();
                found.any(|(asked, entry)| asked == id && entry.kind == kind)
                    || list(&mut before, kind).contains(id)
            };
            let mut is_known = is_known;
            if let Some(unknown) = ids.iter().find(|id| !is_known(id)) {
                let message = format!("has the unknown catalogue entry {}", unknown.0);
                errors.push(FieldError::new(kind.field().as_str(), message));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(AdminError::Fields(errors))
        }
    }

    /// Replaces the entries of the profile's tenant with entries of the tenant `to` of the same
    /// names, which are added where they are missing. Shared entries stay.
    pub(super) async fn move_entries(&self, profile: &mut Profile, to: TenantId) -> Result<()> {
        let from = profile.tenant_id;
        for kind in CatalogueKind::ALL {
            let ids = list(profile, kind);
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
