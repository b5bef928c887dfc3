//! Tests of undoing changes.

use async_trait::async_trait;
use jiff::Timestamp;

use super::fixture::{
    bio, erase, masked_patch, now, provenance, reread, stored, tenant, unique, update,
};
use crate::{
    AdminContext, AdminError, AdminRepository, AuthProvider, Avatar, CatalogueId, CatalogueKind,
    CatalogueName, CatalogueStore, Creator, Edit, FIELDS, Field, FieldKind, Image, ImageId,
    ImageSize, Images, Json, MemoryBlobs, Operator, OverridePatch, OverrideUpdate, Overrides,
    Profile, ProfileOverride, ProfilePatch, ProfileRef, ReservedUsernames, Result, Undo,
    UndoRejection, UndoStores, UserFields, UserUpdate, last_writers,
};

/// The number of random changes of a profile.
const CHANGES: u64 = 36;
const ACCOUNTS: [&str; 2] = ["biz_1", "biz_2.x"];

/// Tests that changes of a store can be undone.
///
/// # Panics
///
/// If a store violates the behaviour.
pub async fn check_undo(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
    catalogue: &dyn CatalogueStore,
) {
    let test = Test {
        store,
        overrides,
        catalogue,
    };
    for seed in 1..=3 {
        test.undoing_the_newest_changes_first_restores_a_profile(seed)
            .await;
    }
    test.an_undo_is_a_change_of_the_operator().await;
    test.later_changes_are_overwritten_by_force_only().await;
    test.removed_images_and_taken_names_are_rejected().await;
    test.another_tenants_changes_do_not_exist().await;
    test.trimmed_and_erased_values_are_rejected().await;
}

/// Images that exist unless their id begins with `f`.
struct SomeImages;

#[async_trait]
impl Images for SomeImages {
    async fn put(&self, _: Vec<u8>, _: &Creator, _: Timestamp) -> Result<ImageId> {
        Ok(ImageId::of_digest([1; 32]))
    }

    async fn read(&self, _: &ImageId, _: ImageSize) -> Result<Option<Image>> {
        Ok(None)
    }

    async fn reuse(&self, id: &ImageId, _: Timestamp) -> Result<bool> {
        Ok(!id.as_str().starts_with('f'))
    }
}

struct Test<'a> {
    store: &'a dyn AdminRepository,
    overrides: &'a dyn Overrides,
    catalogue: &'a dyn CatalogueStore,
}

/// A profile with its overrides, without its revision.
type State = (Profile, Vec<(String, ProfileOverride)>);

impl Test<'_> {
    async fn state(&self, profile: &Profile) -> State {
        let mut now = reread(self.store, profile).await;
        (now.version, now.updated_at) = (1, profile.updated_at);
        let overrides = self.overrides.overrides_of(profile.id).await.unwrap();
        (now, overrides)
    }

    async fn undo_as(&self, operator: &Operator, undo: &Undo) -> Result<Profile, AdminError> {
        let provenance = operator.provenance(now(), "r-2");
        let context = self.context(operator, &provenance);
        let blobs = MemoryBlobs::default();
        let stores = UndoStores {
            overrides: self.overrides,
            images: &SomeImages,
            blobs: &blobs,
            files_of: &|_| Vec::new(),
        };
        context.undo(&stores, undo).await
    }

    fn context<'b>(
        &'b self,
        operator: &'b Operator,
        provenance: &'b crate::Provenance,
    ) -> AdminContext<'b> {
        static RESERVED: std::sync::LazyLock<ReservedUsernames> =
            std::sync::LazyLock::new(ReservedUsernames::default);
        AdminContext {
            repository: self.store,
            catalogue: self.catalogue,
            reserved: &RESERVED,
            operator,
            provenance,
        }
    }

    async fn undo(&self, undo: &Undo) -> Result<Profile, AdminError> {
        self.undo_as(&Operator::unlimited("ada"), undo).await
    }

    async fn last_seq(&self, profile: &Profile) -> i64 {
        self.store.history(profile.id, 1).await.unwrap()[0].seq
    }

    /// Returns the rejection of an undo.
    async fn rejection(&self, undo: &Undo) -> UndoRejection {
        match self.undo(undo).await {
            Err(AdminError::Undo(rejection)) => rejection,
            other => panic!("{other:?}"),
        }
    }

    async fn skills(&self) -> Vec<CatalogueId> {
        let tenant = Some(tenant(self.store).await);
        let names = [1, 2, 3].map(|_| {
            let name = format!("Skill {} {}", std::process::id(), unique());
            (CatalogueName::parse(&name).unwrap(), None)
        });
        let kind = CatalogueKind::Skill;
        self.catalogue.insert(tenant, kind, &names).await.unwrap();
        let keys = names.each_ref().map(|(name, _)| name.key());
        let found = self.catalogue.by_keys(tenant, kind, &keys).await.unwrap();
        found.into_iter().map(|(_, entry)| entry.id).collect()
    }

    async fn undoing_the_newest_changes_first_restores_a_profile(&self, seed: u64) {
        let mut random = Random(seed);
        let skills = self.skills().await;
        let badges = r#"{"b": [1.50, "\u00e9"], "a":1e3}"#;
        let profile = stored(self.store, |profile| {
            profile.auth_provider = AuthProvider::Oidc;
            profile.given_name = Some("Ada".to_owned());
            profile.skills = skills[..1].to_vec();
            let badges = Json::parse(badges.to_owned()).unwrap();
            profile.operator_data.insert("iam".to_owned(), badges);
        })
        .await;
        let mut states = vec![self.state(&profile).await];
        for _ in 0..CHANGES {
            self.change(&profile, &skills, &mut random).await;
            states.push(self.state(&profile).await);
        }
        let history = self.store.history(profile.id, 1_000).await.unwrap();
        let made = history.len() - 1;
        assert!(made > 20, "{made}");
        // A change without effect has no entry.
        states.dedup();
        assert_eq!(states.len(), made + 1);
        for change in &history[..made] {
            let undo = whole(change.seq);
            self.undo(&undo).await.unwrap_or_else(|error| {
                panic!("seed {seed}: {} {}: {error:?}", change.seq, change.patch)
            });
            states.pop();
            assert_eq!(
                Some(&self.state(&profile).await),
                states.last(),
                "seed {seed}: {}",
                change.patch
            );
        }
        let rejection = self.rejection(&whole(history[made].seq)).await;
        assert_eq!(rejection, UndoRejection::Creation(history[made].seq));
    }

    /// Makes a random change by the user, an account or an operator.
    async fn change(&self, profile: &Profile, skills: &[CatalogueId], random: &mut Random) {
        let salt = i32::try_from(random.below(1_000)).unwrap();
        match random.below(4) {
            0 | 1 => {
                let mut fields = u32::try_from(random.below(1 << 30)).unwrap();
                fields &= u32::try_from(random.below(1 << 30)).unwrap();
                for (index, row) in FIELDS.iter().enumerate() {
                    let is_managed = matches!(
                        row.field,
                        Field::FullName | Field::GivenName | Field::FamilyName
                    );
                    if is_managed || row.kind() == FieldKind::List {
                        fields &= !(1 << index);
                    }
                }
                let empty = u32::try_from(random.below(1 << 30)).unwrap();
                let mut patch = masked_patch(salt, fields, empty);
                if random.below(2) == 0 {
                    let from = usize::try_from(random.below(3)).unwrap();
                    patch.skills = Some(skills[from..].to_vec());
                }
                let written = self.store.update(update(profile, patch)).await;
                assert!(written.unwrap().is_some());
            }
            2 => {
                let text = (salt % 3 != 0).then(|| format!("{salt} \u{e9} \"\\"));
                let image = format!("{salt:064x}");
                let patch = OverridePatch {
                    display_name: text.map_or(Edit::Clear, Edit::Set),
                    bio: Edit::Keep,
                    avatar: match salt % 4 {
                        0 => Edit::Set(Avatar::Stored(ImageId::from_stored(image))),
                        1 => Edit::Clear,
                        _ => Edit::Keep,
                    },
                };
                let account = ACCOUNTS[usize::from(salt % 2 == 0)];
                let write = override_of(profile, account, patch);
                let written = self.overrides.update_override(write).await;
                assert!(written.unwrap().is_some());
            }
            _ => {
                let operator = Operator::unlimited("grace");
                let by = operator.provenance(now(), "");
                let data = Json::parse(format!("{{\"n\": {salt}.0}}")).unwrap();
                let dialect = ["iam", "movieknight"][usize::from(salt % 2 == 0)].to_owned();
                let set = |field: &str, value: String| {
                    let value = Json::parse(value).unwrap();
                    UserUpdate::SetFields(UserFields::from([(field.to_owned(), value)]))
                };
                let change = match salt % 5 {
                    0 => UserUpdate::SetOperatorData(dialect, None),
                    1 => set("email", format!("\"{salt}@example.com\"")),
                    2 => set("given_name", format!("\"Ada {salt}\"")),
                    3 => set("auth_provider", "\"saml\"".to_owned()),
                    _ => UserUpdate::SetOperatorData(dialect, Some(data)),
                };
                let who = ProfileRef::Id(profile.id);
                let context = self.context(&operator, &by);
                context.update_user(&who, None, &change).await.unwrap();
            }
        }
    }

    async fn an_undo_is_a_change_of_the_operator(&self) {
        let profile = stored(self.store, |profile| profile.bio = Some("a".to_owned())).await;
        let mut patch = bio("b");
        patch.phone = Edit::Set("1".to_owned());
        self.store.update(update(&profile, patch)).await.unwrap();
        let seq = self.last_seq(&profile).await;
        let mut undo = whole(seq);
        undo.field = Some("bio".to_owned());
        let undone = self.undo(&undo).await.unwrap();
        assert_eq!(undone.bio.as_deref(), Some("a"));
        assert_eq!(undone.phone.as_deref(), Some("1"));
        let history = self.store.history(profile.id, 1).await.unwrap();
        let change = &history[0];
        assert_eq!((change.version, &*change.actor), (3, "operator:ada"));
        assert_eq!((&*change.dialect, &*change.request_id), ("operator", "r-2"));
        let again = UndoRejection::AlreadyUndone {
            field: "bio".to_owned(),
            by: change.seq,
        };
        assert_eq!(self.rejection(&undo).await, again);
        let operator = Operator::unlimited("ada");
        let by = provenance();
        let context = self.context(&operator, &by);
        let changes = context.changes_of(profile.id).await.unwrap();
        let writers = last_writers(&changes);
        let writer = |field: &str| {
            let mut writers = writers.iter();
            let writer = writers.find(|writer| writer.field == field).unwrap();
            (writer.change.seq, writer.change.actor.clone())
        };
        assert_eq!(writer("bio"), (change.seq, "operator:ada".to_owned()));
        assert_eq!(writer("phone"), (seq, provenance().actor));
        assert_eq!(writer("email").0, changes[0].change.seq);
        // The undo can be undone.
        let redone = self.undo(&whole(change.seq)).await.unwrap();
        assert_eq!(redone.bio.as_deref(), Some("b"));
    }

    async fn later_changes_are_overwritten_by_force_only(&self) {
        let profile = stored(self.store, |_| {}).await;
        for text in ["b", "c"] {
            let written = self.store.update(update(&profile, bio(text))).await;
            written.unwrap();
        }
        let by = self.last_seq(&profile).await;
        let history = self.store.history(profile.id, 3).await.unwrap();
        let mut undo = whole(history[1].seq);
        let field = "bio".to_owned();
        let overwritten = UndoRejection::Overwritten { field, by };
        assert_eq!(self.rejection(&undo).await, overwritten);
        assert_eq!(reread(self.store, &profile).await.version, 3);
        undo.force = true;
        assert_eq!(self.undo(&undo).await.unwrap().bio, None);
        let again = self.undo(&undo).await.unwrap();
        assert_eq!(again.version, 4, "nothing is left to be undone");
    }

    async fn removed_images_and_taken_names_are_rejected(&self) {
        let image = Avatar::Stored(ImageId::from_stored("f".repeat(64)));
        let profile = stored(self.store, |profile| profile.avatar = Some(image.clone())).await;
        let mut patch = masked_patch(1, 1, 0);
        patch.avatar = Edit::Clear;
        self.store.update(update(&profile, patch)).await.unwrap();
        let undo = whole(self.last_seq(&profile).await);
        let removed = UndoRejection::FileRemoved("avatar".to_owned());
        assert_eq!(self.rejection(&undo).await, removed);
        let account = |avatar| OverridePatch {
            avatar,
            ..OverridePatch::default()
        };
        for avatar in [Edit::Set(image), Edit::Clear] {
            let write = override_of(&profile, "biz_1", account(avatar));
            self.overrides.update_override(write).await.unwrap();
        }
        let undo = whole(self.last_seq(&profile).await);
        assert_eq!(self.rejection(&undo).await, removed);
    }

    async fn another_tenants_changes_do_not_exist(&self) {
        let profile = stored(self.store, |_| {}).await;
        self.store.update(update(&profile, bio("b"))).await.unwrap();
        let seq = self.last_seq(&profile).await;
        let mut operator = Operator::unlimited("eve");
        operator.tenant = Some(crate::TenantId(profile.id.0));
        let rejected = self.undo_as(&operator, &whole(seq)).await;
        assert!(
            matches!(&rejected, Err(AdminError::Undo(UndoRejection::NoSuchChange(own))) if *own == seq),
            "{rejected:?}"
        );
        let missing = UndoRejection::NoSuchChange(i64::MAX);
        assert_eq!(self.rejection(&whole(i64::MAX)).await, missing);
    }

    async fn trimmed_and_erased_values_are_rejected(&self) {
        let profile = stored(self.store, |_| {}).await;
        self.store.update(update(&profile, bio("b"))).await.unwrap();
        let undo = whole(self.last_seq(&profile).await);
        let retention = crate::Retention {
            entries: 1,
            bytes: u64::MAX >> 1,
            since: Timestamp::UNIX_EPOCH,
        };
        let mut after = Some(0);
        while let Some(last) = after {
            let trimmed = self.store.trim_history(&retention, last).await;
            after = trimmed.unwrap().last;
        }
        let unknown = UndoRejection::Unknown("bio".to_owned());
        assert_eq!(self.rejection(&undo).await, unknown);
        assert!(erase(self.store, profile.id).await);
        let missing = UndoRejection::NoSuchChange(undo.seq);
        assert_eq!(self.rejection(&undo).await, missing);
    }
}

fn whole(seq: i64) -> Undo {
    Undo {
        seq,
        field: None,
        force: false,
    }
}

fn override_of(profile: &Profile, account: &str, patch: OverridePatch) -> OverrideUpdate {
    OverrideUpdate {
        who: ProfileRef::Id(profile.id),
        account: account.to_owned(),
        tenant: None,
        patch,
        expected: None,
        must_differ: false,
        upload: None,
        max_accounts: 100,
        provenance: update(profile, ProfilePatch::default()).provenance,
    }
}

/// A generator of pseudorandom numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
