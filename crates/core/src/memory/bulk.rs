//! Export and import in memory.

use async_trait::async_trait;

use super::{
    MemoryProfiles, State,
    usernames::{Claim, from_digest, from_hex, to_digest},
};
use crate::{
    ApiKeyRecord, BulkRepository, CatalogueId, CatalogueName, Change, ChangeRecord, Error, Field,
    Identity, ImageId, Json, LineJson, PatchDocument, Presence, Profile, ProfileId, Provenance,
    Record, RecordPage, ReservationRecord, Result, Section, TenantId, UserClaims, UserRecord,
    UserWrites,
};

impl State {
    fn user(&self, profile: &Profile) -> UserRecord {
        let own = |id: &ProfileId| *id == profile.id;
        let identities = self.identities.iter().filter(|(_, id)| own(id));
        let identities = identities.map(|((issuer, subject), _)| Identity {
            issuer: issuer.clone(),
            subject: subject.clone(),
        });
        let mut identities: Vec<_> = identities.collect();
        identities.sort_unstable();
        let overrides = self.overrides.iter().filter(|((id, _), _)| own(id));
        let overrides = overrides.map(|((_, account), shown)| (account.clone(), shown.clone()));
        UserRecord {
            profile: profile.clone(),
            identities,
            overrides: overrides.collect(),
            has_history: false,
        }
    }

    fn holders(&self, claims: &UserClaims, rest: jiff::SignedDuration) -> Vec<(Field, ProfileId)> {
        let names = claims.username.iter();
        let names = names.flat_map(|name| self.username_holders(name, rest));
        let names = names.map(|id| (Field::Username, id));
        let ids = claims
            .external_ids
            .iter()
            .filter_map(|id| self.external_ids.get(id));
        let ids = ids.map(|id| (Field::ExternalId, *id));
        let identities = claims.identities.iter().filter_map(|identity| {
            let key = (identity.issuer.clone(), identity.subject.clone());
            self.identities.get(&key)
        });
        names
            .chain(ids)
            .chain(identities.map(|id| (Field::Identity, *id)))
            .collect()
    }

    /// Returns an error if a unique value of `user` belongs to another profile.
    fn check_free(&self, user: &UserRecord, rest: jiff::SignedDuration) -> Result<()> {
        let holders = self.holders(&claims(user), rest);
        let mut others = holders.iter().filter(|(_, id)| *id != user.profile.id);
        others
            .next()
            .map_or(Ok(()), |(field, _)| Err(Error::Taken(*field)))
    }

    fn put(&mut self, user: &UserRecord, patch: Option<PatchDocument>, provenance: &Provenance) {
        let profile = &user.profile;
        let id = profile.id;
        self.release(id, Some(&profile.username));
        self.claim(id, &profile.username);
        self.external_ids.retain(|_, holder| *holder != id);
        self.identities.retain(|_, holder| *holder != id);
        self.overrides.retain(|(holder, _), _| *holder != id);
        let pairs = profile.external_ids.iter();
        let pairs = pairs.map(|(dialect, value)| ((dialect.clone(), value.clone()), id));
        self.external_ids.extend(pairs);
        let pairs = user.identities.iter();
        let pairs = pairs.map(|i| ((i.issuer.clone(), i.subject.clone()), id));
        self.identities.extend(pairs);
        let overrides = user.overrides.iter();
        let overrides = overrides.map(|(account, shown)| ((id, account.clone()), shown.clone()));
        self.overrides.extend(overrides);
        if let Some(patch) = patch {
            self.record(profile, patch, provenance);
        }
        self.profiles.insert(id, profile.clone());
    }

    /// Returns all changes, each with its position, in the order of their times.
    fn all_changes(&self) -> Vec<ChangeRecord> {
        let changes = self.changes.iter().flat_map(|(id, changes)| {
            changes.iter().map(|change| ChangeRecord {
                profile_id: *id,
                version: change.version,
                at: change.at,
                actor: change.actor.clone(),
                dialect: change.dialect.clone(),
                api_version: change.api_version.clone(),
                request_id: change.request_id.clone(),
                patch: LineJson(json(&change.patch)),
            })
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by_key(|change| (change.at, change.profile_id, change.version));
        changes
    }

    fn add_change(&mut self, record: &ChangeRecord) -> bool {
        let id = record.profile_id;
        let last = self.changes.get(&id).and_then(|changes| changes.last());
        let follows = last.is_none_or(|last| last.version < record.version);
        let is_allowed = match self.profiles.get(&id) {
            Some(profile) => record.version <= profile.version,
            None => record.is_erased(),
        };
        if follows && is_allowed {
            self.latest = self.latest.max(record.at);
            let seq = self.next_seq(id);
            self.changes.entry(id).or_default().push(Change {
                seq,
                profile_id: id,
                version: record.version,
                at: record.at,
                actor: record.actor.clone(),
                dialect: record.dialect.clone(),
                api_version: record.api_version.clone(),
                request_id: record.request_id.clone(),
                patch: PatchDocument::from_stored(record.patch.0.as_str().to_owned()),
            });
        }
        follows && is_allowed
    }

    fn remove_unused_default(&mut self, new: TenantId) {
        let default = self.tenants.values().find(|tenant| tenant.is_default);
        let Some(id) = default.map(|tenant| tenant.id).filter(|id| *id != new) else {
            return;
        };
        let is_used = self
            .profiles
            .values()
            .any(|profile| profile.tenant_id == id)
            || self.api_keys.iter().any(|(_, key)| key.tenant_id == id);
        if !is_used {
            self.tenants.remove(&id);
        }
    }
}

fn claims(user: &UserRecord) -> UserClaims {
    let ids = user.profile.external_ids.iter();
    UserClaims {
        username: Some(user.profile.username.clone()),
        external_ids: ids
            .map(|(dialect, id)| (dialect.clone(), id.clone()))
            .collect(),
        identities: user.identities.clone(),
    }
}

fn json(patch: &PatchDocument) -> Json {
    Json::parse(patch.as_str().to_owned()).expect("a stored patch is JSON")
}

#[async_trait]
impl BulkRepository for MemoryProfiles {
    async fn page(&self, section: Section, after: Option<&str>, limit: u32) -> Result<RecordPage> {
        let state = self.state();
        let entries = |is_merged: bool| {
            let after = after.and_then(|after| after.parse().ok()).map(CatalogueId);
            let records = self.catalogue.records(is_merged, after, limit as usize);
            records.into_iter().map(Record::CatalogueEntry).collect()
        };
        let is_after = |key: &str| after.is_none_or(|after| key > after);
        let records: Vec<Record> = match section {
            Section::Tenants => {
                let tenants = state.tenants.values().cloned().map(Record::Tenant);
                tenants.filter(|record| is_after(&record.key())).collect()
            }
            Section::Files => Vec::new(),
            Section::Entries => entries(false),
            Section::MergedEntries => entries(true),
            Section::Users => {
                let profiles = state.profiles.values();
                let profiles = profiles.filter(|profile| is_after(&profile.id.to_string()));
                let users = profiles
                    .take(limit as usize)
                    .map(|profile| state.user(profile));
                users.map(|user| Record::User(Box::new(user))).collect()
            }
            Section::Reservations => {
                let claims = state.claims.iter().filter_map(|(skeleton, claim)| {
                    Some(Record::UsernameReservation(ReservationRecord {
                        digest: to_digest(skeleton),
                        profile_id: claim.profile,
                        released_at: claim.released_at?,
                    }))
                });
                let mut claims: Vec<_> = claims.filter(|record| is_after(&record.key())).collect();
                claims.sort_by_key(Record::key);
                claims
            }
            Section::ApiKeys => {
                let keys = state.api_keys.iter().map(|(digest, key)| {
                    let digest = ImageId::of_digest(*digest).as_str().to_owned();
                    let key = key.clone();
                    Record::ApiKey(ApiKeyRecord { digest, key })
                });
                let mut keys: Vec<_> = keys.filter(|record| is_after(&record.key())).collect();
                keys.sort_by_key(Record::key);
                keys
            }
            Section::Changes => {
                let first = after.and_then(|after| after.parse().ok()).unwrap_or(0);
                let changes = state.all_changes().into_iter().skip(first);
                let records: Vec<_> = changes.take(limit as usize).map(Record::Change).collect();
                let next =
                    (records.len() == limit as usize).then(|| (first + records.len()).to_string());
                return Ok(RecordPage { records, next });
            }
        };
        let records: Vec<_> = records.into_iter().take(limit as usize).collect();
        let last = records.last().map(|record| match record {
            Record::User(user) => user.profile.id.to_string(),
            Record::Tenant(_)
            | Record::CatalogueEntry(_)
            | Record::UsernameReservation(_)
            | Record::ApiKey(_)
            | Record::Change(_)
            | Record::Image(_)
            | Record::File(_) => record.key(),
        });
        let next = last.filter(|_| records.len() == limit as usize);
        Ok(RecordPage { records, next })
    }

    async fn users(&self, ids: &[ProfileId]) -> Result<Vec<UserRecord>> {
        let state = self.state();
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let profiles = ids.iter().filter_map(|id| state.profiles.get(id));
        Ok(profiles.map(|profile| state.user(profile)).collect())
    }

    async fn holders(&self, claims: &[UserClaims]) -> Result<Vec<Vec<(Field, ProfileId)>>> {
        let state = self.state();
        let holders = claims
            .iter()
            .map(|claims| state.holders(claims, self.username_rest));
        Ok(holders.collect())
    }

    async fn default_tenant_id(&self) -> Result<Option<TenantId>> {
        let state = self.state();
        let default = state.tenants.values().find(|tenant| tenant.is_default);
        Ok(default.map(|tenant| tenant.id))
    }

    async fn existing_tenants(&self, ids: &[TenantId]) -> Result<Vec<TenantId>> {
        let state = self.state();
        let ids = ids.iter().filter(|id| state.tenants.contains_key(id));
        Ok(ids.copied().collect())
    }

    async fn write_users(&self, writes: &UserWrites) -> Result<Vec<ProfileId>> {
        let mut state = self.state();
        let is_current = |state: &State, before: &UserRecord| {
            let stored = state.profiles.get(&before.profile.id);
            stored.is_some_and(|stored| stored.revision() == before.profile.revision())
        };
        let replaced = writes.replaced.iter();
        let replaced: Vec<_> = replaced
            .filter(|replacement| is_current(&state, &replacement.before))
            .collect();
        let users = replaced.iter().map(|replacement| &replacement.after);
        for user in users.chain(&writes.added) {
            state.check_free(user, self.username_rest)?;
        }
        for user in &writes.added {
            let patch = (!user.has_history).then(|| user.creation_document());
            state.put(user, patch, &writes.provenance);
        }
        for replacement in &replaced {
            let patch = Some(replacement.document.clone());
            state.put(&replacement.after, patch, &writes.provenance);
        }
        let written = replaced.into_iter();
        Ok(written
            .map(|replacement| replacement.after.profile.id)
            .collect())
    }

    async fn presence(&self, records: &[Record]) -> Result<Vec<Presence>> {
        let state = self.state();
        let compare = |is_equal: Option<bool>| match is_equal {
            None => Presence::Absent,
            Some(true) => Presence::Equal,
            Some(false) => Presence::Different,
        };
        let presence = records.iter().map(|record| match record {
            Record::Tenant(tenant) => compare(state.tenants.get(&tenant.id).map(|stored| {
                let is_default = tenant.is_default;
                crate::Tenant {
                    is_default,
                    ..stored.clone()
                } == *tenant
            })),
            Record::CatalogueEntry(entry) => compare(
                self.catalogue
                    .record(entry.id)
                    .map(|stored| stored == *entry),
            ),
            Record::UsernameReservation(reservation) => {
                let skeleton = from_digest(&reservation.digest).unwrap_or_default();
                let own = (reservation.profile_id, Some(reservation.released_at));
                let claim = state.claims.get(&skeleton);
                compare(claim.map(|claim| (claim.profile, claim.released_at) == own))
            }
            Record::ApiKey(key) => {
                let mut keys = state.api_keys.iter();
                compare(
                    keys.find(|(_, stored)| stored.id == key.key.id)
                        .map(|(digest, stored)| {
                            *stored == key.key && ImageId::of_digest(*digest).as_str() == key.digest
                        }),
                )
            }
            Record::User(_) | Record::Change(_) | Record::Image(_) | Record::File(_) => {
                Presence::Absent
            }
        });
        Ok(presence.collect())
    }

    async fn insert(&self, records: &[Record]) -> Result<Vec<bool>> {
        let mut state = self.state();
        let mut added = Vec::with_capacity(records.len());
        for record in records {
            added.push(match record {
                Record::Tenant(tenant) => {
                    if tenant.is_default {
                        state.remove_unused_default(tenant.id);
                    }
                    let has_default = state.tenants.values().any(|tenant| tenant.is_default);
                    let is_new = !state.tenants.contains_key(&tenant.id);
                    let is_default = tenant.is_default && !has_default;
                    let new = crate::Tenant {
                        is_default,
                        ..tenant.clone()
                    };
                    state.tenants.entry(tenant.id).or_insert(new);
                    is_new
                }
                Record::CatalogueEntry(entry) => {
                    let name = CatalogueName::parse(&entry.name);
                    name.is_ok_and(|name| self.catalogue.insert_record(entry, name.key()))
                }
                Record::UsernameReservation(reservation) => {
                    let claim = Claim {
                        profile: reservation.profile_id,
                        released_at: Some(reservation.released_at),
                    };
                    match from_digest(&reservation.digest) {
                        Some(skeleton) if !state.claims.contains_key(&skeleton) => {
                            state.claims.insert(skeleton, claim);
                            true
                        }
                        Some(_) | None => false,
                    }
                }
                Record::ApiKey(key) => {
                    let is_taken = state.api_keys.iter().any(|(digest, stored)| {
                        stored.id == key.key.id
                            || ImageId::of_digest(*digest).as_str() == key.digest
                    });
                    let digest = from_hex(&key.digest);
                    let digest = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok());
                    match digest {
                        Some(digest) if !is_taken => {
                            state.api_keys.push((digest, key.key.clone()));
                            true
                        }
                        Some(_) | None => false,
                    }
                }
                Record::Change(change) => state.add_change(change),
                Record::User(_) | Record::Image(_) | Record::File(_) => false,
            });
        }
        Ok(added)
    }
}
