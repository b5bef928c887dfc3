//! A store of profiles in memory, for tests and embedders, and as the reference for other stores.

mod api_keys;
mod bulk;
mod erasures;
mod images;
mod operator_tokens;
mod overrides;
mod replace;
mod search;
mod tenants;
mod uploads;
mod usage;
mod usernames;
mod webhooks;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    AdminRepository, ApiKey, CatalogueId, Change, Creator, Erasure, ErasureReceipt, Error, Field,
    Identity, ImageId, MemoryCatalogue, OperatorToken, PatchDocument, Profile, ProfileId,
    ProfileOverride, ProfileRef, ProfileRepository, ProfileUpdate, Provenance, Replacement, Result,
    ResumeRecords, Retention, Tenant, TenantId, TrimmedHistory, Upload, UsageCount, UsageKey,
    UserPage, UserQuery, Username, Violation, check_update, creation_document,
};

/// A store of profiles in memory.
#[derive(Debug)]
pub struct MemoryProfiles {
    state: Mutex<State>,
    catalogue: Arc<MemoryCatalogue>,
    username_rest: SignedDuration,
}

#[derive(Debug, Default)]
struct State {
    profiles: BTreeMap<ProfileId, Profile>,
    usernames: HashMap<String, ProfileId>,
    claims: HashMap<String, usernames::Claim>,
    /// The time of the latest change: the clock of reserved former names.
    latest: Timestamp,
    external_ids: HashMap<(String, String), ProfileId>,
    identities: HashMap<(String, String), ProfileId>,
    changes: HashMap<ProfileId, Vec<Change>>,
    /// The profile of each change.
    order_of_changes: Vec<ProfileId>,
    tenants: BTreeMap<TenantId, Tenant>,
    images: BTreeMap<ImageId, images::Record>,
    image_uploads: HashMap<(Creator, ImageId), u64>,
    removed_images: BTreeMap<ImageId, Instant>,
    overrides: BTreeMap<(ProfileId, String), ProfileOverride>,
    uploads: BTreeMap<String, Upload>,
    api_keys: Vec<([u8; 32], ApiKey)>,
    operator_tokens: Vec<([u8; 32], OperatorToken)>,
    usage: BTreeMap<UsageKey, UsageCount>,
    erasures: BTreeMap<Uuid, ErasureReceipt>,
    webhooks: Vec<webhooks::Record>,
}

impl MemoryProfiles {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic leaves no partial change: every check precedes the first write.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the catalogue to which these profiles add names.
    pub fn catalogue(&self) -> Arc<MemoryCatalogue> {
        Arc::clone(&self.catalogue)
    }
}

impl State {
    fn id(&self, who: &ProfileRef) -> Option<ProfileId> {
        match who {
            ProfileRef::Id(id) => Some(*id),
            ProfileRef::External { dialect, id } => {
                let key = (dialect.to_string(), id.clone());
                self.external_ids.get(&key).copied()
            }
            ProfileRef::Identity { issuer, subject } => {
                let key = (issuer.to_string(), subject.clone());
                self.identities.get(&key).copied()
            }
            ProfileRef::Username(key) => self.usernames.get(key).copied(),
        }
    }

    /// Returns a profile, including a suspended one.
    fn inspect(&self, who: &ProfileRef) -> Option<&Profile> {
        self.profiles.get(&self.id(who)?)
    }

    /// Returns an active profile of an active tenant.
    fn find(&self, who: &ProfileRef) -> Option<&Profile> {
        let profile = self.inspect(who)?;
        let is_suspended = profile.suspended_at.is_some() || self.is_suspended(profile.tenant_id);
        (!is_suspended).then_some(profile)
    }

    /// Stores `profile` as the next version, with an entry in its history.
    fn commit(
        &mut self,
        mut profile: Profile,
        patch: PatchDocument,
        provenance: &Provenance,
    ) -> Profile {
        profile.version += 1;
        profile.updated_at = provenance.at();
        self.record(&profile, patch, provenance);
        self.profiles.insert(profile.id, profile.clone());
        profile
    }

    fn record(&mut self, profile: &Profile, patch: PatchDocument, provenance: &Provenance) {
        self.latest = self.latest.max(provenance.at());
        let seq = self.next_seq(profile.id);
        self.changes.entry(profile.id).or_default().push(Change {
            seq,
            profile_id: profile.id,
            version: profile.version,
            at: provenance.at(),
            actor: provenance.actor.clone(),
            dialect: provenance.dialect.clone(),
            api_version: provenance.api_version.clone(),
            request_id: provenance.request_id.clone(),
            patch,
        });
    }
}

/// Returns the catalogue entries that a profile refers to.
fn entries_of(profile: &Profile) -> impl Iterator<Item = CatalogueId> {
    let lists = [
        &profile.skills,
        &profile.investment_interests,
        &profile.technical_interests,
        &profile.focus_area,
    ];
    lists.into_iter().flatten().copied()
}

#[async_trait]
impl ProfileRepository for MemoryProfiles {
    async fn find(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        Ok(self.state().find(who).cloned())
    }

    async fn find_in(&self, tenant: TenantId, who: &ProfileRef) -> Result<Option<Profile>> {
        let state = self.state();
        let found = state.find(who);
        Ok(found.filter(|profile| profile.tenant_id == tenant).cloned())
    }

    async fn username_holders(&self, name: &Username) -> Result<Vec<ProfileId>> {
        Ok(self.state().username_holders(name, self.username_rest))
    }

    async fn update(&self, mut update: ProfileUpdate) -> Result<Option<Profile>> {
        let mut state = self.state();
        let Some(profile) = state.find(&update.who).cloned() else {
            return Ok(None);
        };
        let tenant = profile.tenant_id;
        self.catalogue.settle(tenant, &mut update.patch);
        match check_update(&profile, &update) {
            Ok(true) => {}
            Ok(false) => return Ok(Some(profile)),
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        }
        state.check_upload(update.upload.as_deref(), profile.avatar.as_ref())?;
        self.catalogue.check_quota(profile.id, &update)?;
        let document = PatchDocument::from(&update.patch);
        if let Some(username) = &update.patch.username {
            state.rename(&profile, username, self.username_rest)?;
        }
        state.use_upload(update.upload.as_deref());
        let mut patched = profile;
        self.catalogue.add_new(&patched, &update);
        update.patch.apply(&mut patched);
        Ok(Some(state.commit(patched, document, &update.provenance)))
    }
}

#[async_trait]
impl AdminRepository for MemoryProfiles {
    async fn add(
        &self,
        profile: &Profile,
        identities: &[Identity],
        provenance: &Provenance,
    ) -> Result<()> {
        let document = creation_document(profile, identities, &BTreeMap::new());
        let mut state = self.state();
        let pair = |(a, b): (&String, &String)| (a.clone(), b.clone());
        let externals: Vec<_> = profile.external_ids.iter().map(pair).collect();
        let identities = identities.iter().map(|i| pair((&i.issuer, &i.subject)));
        let identities: Vec<_> = identities.collect();
        if !state.tenants.contains_key(&profile.tenant_id) {
            let violation = Violation::new(Field::TenantId, "does not exist");
            return Err(Error::Invalid(vec![violation]));
        }
        let holders = state.username_holders(&profile.username, self.username_rest);
        if holders.into_iter().any(|holder| holder != profile.id) {
            return Err(Error::Taken(Field::Username));
        }
        if externals
            .iter()
            .any(|key| state.external_ids.contains_key(key))
        {
            return Err(Error::Taken(Field::ExternalId));
        }
        if identities
            .iter()
            .any(|key| state.identities.contains_key(key))
        {
            return Err(Error::Taken(Field::Identity));
        }
        let id = profile.id;
        state.claim(id, &profile.username);
        let links = externals.into_iter().map(|key| (key, id));
        state.external_ids.extend(links);
        let links = identities.into_iter().map(|key| (key, id));
        state.identities.extend(links);
        state.record(profile, document, provenance);
        state.profiles.insert(id, profile.clone());
        Ok(())
    }

    async fn inspect(&self, who: &ProfileRef) -> Result<Option<Profile>> {
        Ok(self.state().inspect(who).cloned())
    }

    async fn erase(&self, erasure: &Erasure) -> Result<bool> {
        let mut state = self.state();
        let Some(id) = state.id(&erasure.who) else {
            return Ok(false);
        };
        if !state.keep_receipt(id, erasure)? {
            return Ok(false);
        }
        let removed = state.profiles.remove(&id);
        if let Some(profile) = &removed {
            let tenant = profile.tenant_id;
            let others = state.profiles.values();
            let others = others.filter(|other| other.tenant_id == tenant);
            let used: Vec<CatalogueId> = others.flat_map(entries_of).collect();
            let own: Vec<CatalogueId> = entries_of(profile).collect();
            let is_used = |id| used.contains(&id);
            self.catalogue.remove_unused(tenant, id, &own, is_used);
        }
        state.release(id, None);
        state.external_ids.retain(|_, holder| *holder != id);
        state.identities.retain(|_, holder| *holder != id);
        state.overrides.retain(|(holder, _), _| *holder != id);
        let creator = Creator::Profile(id);
        state.uploads.retain(|_, upload| upload.creator != creator);
        state
            .image_uploads
            .retain(|(owner, _), _| *owner != creator);
        if let Some(profile) = removed {
            state.erase_history(profile, erasure);
        }
        Ok(true)
    }

    async fn erasures(
        &self,
        tenant: Option<TenantId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ErasureReceipt>> {
        Ok(self.state().receipts(tenant, after, limit))
    }

    async fn search(&self, query: &UserQuery) -> Result<UserPage> {
        Ok(self.state().search(query))
    }

    async fn identities(&self, id: ProfileId) -> Result<Vec<Identity>> {
        let state = self.state();
        let identities = state.identities.iter();
        let identities = identities.filter(|(_, holder)| **holder == id);
        let mut identities: Vec<_> = identities
            .map(|((issuer, subject), _)| Identity {
                issuer: issuer.clone(),
                subject: subject.clone(),
            })
            .collect();
        identities.sort_unstable();
        Ok(identities)
    }

    async fn replace(&self, replacement: &Replacement) -> Result<Option<Profile>> {
        self.state().replace(replacement, self.username_rest)
    }

    async fn history(&self, id: ProfileId, limit: u32) -> Result<Vec<Change>> {
        let state = self.state();
        let changes = state.changes.get(&id).map_or(&[][..], Vec::as_slice);
        let latest = changes.iter().rev().take(limit as usize);
        Ok(latest.cloned().collect())
    }

    async fn find_change(&self, seq: i64) -> Result<Option<Change>> {
        let state = self.state();
        let mut changes = state.changes.values().flatten();
        Ok(changes.find(|change| change.seq == seq).cloned())
    }

    async fn changes(
        &self,
        after: i64,
        tenant: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<Change>> {
        let state = self.state();
        let is_wanted = |change: &&Change| {
            let own = state.profiles.get(&change.profile_id);
            let own = own.map(|profile| profile.tenant_id);
            change.seq > after
                && (tenant.is_none() || own == tenant || state.is_erasure_in(tenant, change))
        };
        let changes = state.changes.values().flatten().filter(is_wanted);
        let mut changes: Vec<_> = changes.cloned().collect();
        changes.sort_unstable_by_key(|change| change.seq);
        changes.truncate(limit as usize);
        Ok(changes)
    }

    async fn trim_history(&self, retention: &Retention, _: i64) -> Result<TrimmedHistory> {
        let mut state = self.state();
        let mut removed = 0;
        let State {
            changes, profiles, ..
        } = &mut *state;
        for (id, changes) in changes {
            // The latest entry of an existing profile is kept.
            let latest = usize::from(profiles.contains_key(id));
            let old = changes
                .iter()
                .take_while(|change| change.at < retention.since)
                .count();
            let mut bytes = 0;
            let fitting = changes.iter().rev().take(retention.entries as usize);
            let fitting = fitting.take_while(|change| {
                bytes += change.patch.as_str().len() as u64;
                bytes <= retention.bytes
            });
            let surplus = match latest {
                0 => 0,
                _ => changes.len() - fitting.count(),
            };
            let removable = old.max(surplus).min(changes.len() - latest);
            changes.drain(..removable);
            removed += removable as u64;
        }
        Ok(TrimmedHistory {
            removed,
            ..TrimmedHistory::default()
        })
    }

    async fn default_tenant(&self, candidate: TenantId, at: Timestamp) -> Result<TenantId> {
        let mut state = self.state();
        if let Some(tenant) = state.tenants.values().find(|tenant| tenant.is_default) {
            return Ok(tenant.id);
        }
        let mut tenant = Tenant::new(candidate, "default".to_owned(), at);
        tenant.is_default = true;
        state.tenants.insert(candidate, tenant);
        Ok(candidate)
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl ResumeRecords for MemoryProfiles {
    async fn in_use(&self, resumes: &[String]) -> Result<Vec<String>> {
        let state = self.state();
        let named = state.profiles.values();
        let named = named.filter_map(|profile| profile.resume.as_ref());
        let named = named.filter(|resume| resumes.contains(resume));
        Ok(named.cloned().collect())
    }
}
