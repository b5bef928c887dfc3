//! Transactions that commit while another one waits. PostgreSQL only, because SQLite has one
//! writer.

use manyface_core::{
    CatalogueChange, CatalogueId, CatalogueKind, CatalogueName, CatalogueOwner, Creator, Edit,
    Error, ImageId, ImageQuota, ImageUpload, Lease, NewEntry, OverridePatch, OverrideUpdate,
    Profile, ProfilePatch, ProfileRef, Provenance, SignedDuration, TenantId, Upload, UploadState,
    Username, behaviour,
};
use manyface_store::{Store, StoreSettings};

use crate::{
    catalogue_races::blocked,
    postgres::hold,
    support::{Database, added, bio, now, reread, update},
};

const SKILL: CatalogueKind = CatalogueKind::Skill;

async fn open(database: &Database) -> Store {
    let store = database.open(&StoreSettings::default());
    store.migrate().await.unwrap();
    store
}

fn name() -> CatalogueName {
    CatalogueName::parse("Welding").unwrap()
}

/// Returns a patch that adds an entry.
fn skill() -> ProfilePatch {
    let id = CatalogueId::random();
    ProfilePatch {
        skills: Some(vec![id]),
        new_entries: vec![NewEntry {
            id,
            kind: SKILL,
            name: name(),
        }],
        ..ProfilePatch::default()
    }
}

fn insert_entry(id: u32, owner: Option<TenantId>) -> String {
    let owner = owner.map_or("NULL".to_owned(), |owner| format!("'{owner}'"));
    format!(
        "INSERT INTO catalogue (id, tenant_id, kind, name, name_key) \
         VALUES ({id}, {owner}, 'skill', 'welding', 'welding')"
    )
}

async fn insert_shared(store: &Store) -> u64 {
    let names = [(name(), None)];
    let added = store.catalogue().insert(None, SKILL, &names).await;
    added.unwrap()
}

/// Checks that the tenant of `profile` sees only the shared entry, and returns its id.
async fn only_shared_entry(store: &Store, profile: &Profile) -> CatalogueId {
    let catalogue = store.catalogue();
    let list = async |owner| catalogue.list(owner, None, None, 10).await.unwrap();
    let own = list(CatalogueOwner::Tenant(profile.tenant_id)).await;
    assert_eq!(own, []);
    let shared = list(CatalogueOwner::Shared).await;
    assert_eq!(shared.len(), 1, "{shared:?}");
    shared[0].id
}

#[tokio::test]
async fn adding_a_shared_entry_merges_a_concurrently_added_one() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let entry = insert_entry(7, Some(user.tenant_id));
    let holding = hold(&database, &entry, 1).await;
    assert_eq!(insert_shared(&store).await, 1);
    holding.await.unwrap();
    let shared = only_shared_entry(&store, &user).await;
    let ids = [CatalogueId(7)];
    let seen = store
        .catalogue()
        .by_ids(user.tenant_id, &ids)
        .await
        .unwrap();
    assert_eq!(seen[0].1.id, shared);
}

#[tokio::test]
async fn a_write_uses_a_concurrently_added_shared_entry() {
    let database = Database::postgres();
    let store = open(&database).await;
    let repository = store.repository();
    let user = added(&*repository).await;
    let holding = hold(&database, "LOCK TABLE catalogue IN ROW EXCLUSIVE MODE", 2).await;
    let adding = tokio::spawn({
        let store = store.clone();
        async move { insert_shared(&store).await }
    });
    blocked(&database, 1).await;
    let written = repository.update(update(&user, skill())).await.unwrap();
    assert_eq!(adding.await.unwrap(), 1);
    holding.await.unwrap();
    let shared = only_shared_entry(&store, &user).await;
    assert_eq!(written.unwrap().skills, [shared]);
    assert_eq!(reread(&*repository, &user).await.skills, [shared]);
}

#[tokio::test]
async fn an_entry_is_not_renamed_to_a_concurrently_added_name() {
    for owner in [true, false] {
        let database = Database::postgres();
        let store = open(&database).await;
        let user = added(&*store.repository()).await;
        let catalogue = store.catalogue();
        let other = CatalogueName::parse("Soldering").unwrap();
        let own = Some(user.tenant_id);
        let names = [(other, None)];
        catalogue.insert(own, SKILL, &names).await.unwrap();
        let listed = catalogue.list(CatalogueOwner::Any, None, None, 1).await;
        let entry = listed.unwrap().remove(0);
        let adding = insert_entry(7, own.filter(|_| owner));
        let holding = hold(&database, &adding, 1).await;
        let renamed = catalogue.rename(entry.id, &name()).await.unwrap();
        assert_eq!(renamed, CatalogueChange::NameTaken);
        holding.await.unwrap();
    }
}

/// Returns the statements of a write that blocks only on the profile's row.
fn profile_write(user: &Profile) -> String {
    let (id, tenant) = (user.id, user.tenant_id);
    format!(
        "UPDATE profiles SET username = 'other' WHERE id = '{id}'; \
         INSERT INTO usernames (username_key, profile_id) VALUES ('other', '{id}'); \
         INSERT INTO external_ids (dialect, external_id, profile_id) VALUES ('other', '1', '{id}'); \
         INSERT INTO identities (issuer, subject, profile_id) VALUES ('other', '1', '{id}'); \
         INSERT INTO profile_changes (profile_id, version, at, actor, dialect, request_id, patch) \
         VALUES ('{id}', 2, 'epoch', 'Secret', 'other', '1', '{{\"bio\": \"Secret\"}}'); \
         INSERT INTO username_reservations (digest, profile_id) VALUES ('00', '{id}'); \
         INSERT INTO catalogue (id, tenant_id, kind, name, name_key, created_by, created_at) \
         VALUES (7, '{tenant}', 'skill', 'Secret', 'secret', '{id}', 'epoch'); \
         INSERT INTO images (id, reserved_at) VALUES ('aa', 'epoch'); \
         INSERT INTO image_uploads (owner, image, bytes) VALUES ('profile {id}', 'aa', 1)"
    )
}

#[tokio::test]
async fn a_removal_removes_rows_written_while_it_waited() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let holding = hold(&database, &profile_write(&user), 1).await;
    assert!(behaviour::erase(&*store.repository(), user.id).await);
    holding.await.unwrap();
    for left in [
        "SELECT count(*) FROM username_reservations WHERE released_at IS NULL",
        "SELECT count(*) FROM usernames",
        "SELECT count(*) FROM external_ids",
        "SELECT count(*) FROM identities",
        "SELECT count(*) FROM profile_changes WHERE patch::text <> '{\"erased\":true}' \
         AND (patch::text <> '{}' OR actor <> '')",
        "SELECT count(*) FROM catalogue",
        "SELECT count(*) FROM image_uploads",
    ] {
        assert_eq!(database.query(left), "0", "{left}");
    }
}

#[tokio::test]
async fn an_upload_is_not_recorded_for_a_user_who_is_being_removed() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let holding = hold(&database, "DELETE FROM profiles", 1).await;
    let upload = ImageUpload {
        owner: &Creator::Profile(user.id),
        bytes: 1,
        quota: ImageQuota::default(),
    };
    let image = ImageId::from_stored("aa".to_owned());
    assert!(
        store
            .images()
            .reserve_upload(&image, &upload)
            .await
            .unwrap()
    );
    holding.await.unwrap();
    assert_eq!(database.query("SELECT count(*) FROM image_uploads"), "0");
}

#[tokio::test]
async fn an_upload_is_not_added_for_a_user_who_is_being_removed() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let holding = hold(&database, "DELETE FROM profiles", 1).await;
    let upload = Upload {
        id: "file_1".to_owned(),
        creator: Creator::Profile(user.id),
        filename: "a.png".to_owned(),
        media_type: "image/png".to_owned(),
        announced_size: None,
        is_public: true,
        state: UploadState::Pending,
        created_at: now(),
        expires_at: now() + SignedDuration::from_hours(1),
        is_used: false,
    };
    let rejected = store.uploads().add(&upload, 9).await;
    assert!(matches!(rejected, Err(Error::NotFound)), "{rejected:?}");
    holding.await.unwrap();
}

fn override_update(user: &Profile, bio: Edit<String>) -> OverrideUpdate {
    let patch = OverridePatch {
        bio,
        ..OverridePatch::default()
    };
    OverrideUpdate {
        who: ProfileRef::Id(user.id),
        tenant: None,
        account: "biz_1".to_owned(),
        patch,
        expected: None,
        upload: None,
        max_accounts: 1,
        must_differ: false,
        provenance: Provenance::operator(now()),
    }
}

/// Returns the statements of a transaction that adds an override of `account` and, as all of them
/// do, changes the profile.
fn adds_override(user: &Profile, account: &str) -> String {
    let id = user.id;
    format!(
        "UPDATE profiles SET version = version + 1 WHERE id = '{id}'; \
         INSERT INTO profile_overrides (profile_id, account, bio) VALUES ('{id}', '{account}', 'x')"
    )
}

#[tokio::test]
async fn a_concurrently_replaced_override_is_cleared() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let set = override_update(&user, Edit::Set("a".to_owned()));
    store.overrides().update_override(set).await.unwrap();
    // The statement does not see the row that replaces the deleted one.
    let replace = format!(
        "DELETE FROM profile_overrides; {}",
        adds_override(&user, "biz_1")
    );
    let holding = hold(&database, &replace, 1).await;
    let cleared = override_update(&user, Edit::Clear);
    let written = store.overrides().update_override(cleared).await;
    let (profile, shown) = written.unwrap().unwrap();
    assert_eq!((profile.version, shown.is_empty()), (4, true));
    holding.await.unwrap();
    let left = store.overrides().overrides_of(user.id).await.unwrap();
    assert_eq!(left, []);
    // A row without values does not count.
    assert_eq!(
        database.query("SELECT count(*) FROM profile_overrides"),
        "1"
    );
    let mut other = override_update(&user, Edit::Set("y".to_owned()));
    other.account = "biz_2".to_owned();
    let written = store.overrides().update_override(other).await;
    assert_eq!(written.unwrap().unwrap().0.version, 5);
}

#[tokio::test]
async fn concurrently_added_overrides_count_toward_the_quota() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let holding = hold(&database, &adds_override(&user, "biz_2"), 1).await;
    let set = override_update(&user, Edit::Set("y".to_owned()));
    let rejected = store.overrides().update_override(set).await;
    assert!(
        matches!(rejected, Err(Error::QuotaExceeded { .. })),
        "{rejected:?}"
    );
    holding.await.unwrap();
    let left = store.overrides().overrides_of(user.id).await.unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_concurrent_write_of_the_same_override_is_not_repeated() {
    let database = Database::postgres();
    let store = open(&database).await;
    let user = added(&*store.repository()).await;
    let holding = hold(&database, &adds_override(&user, "biz_1"), 1).await;
    let same = override_update(&user, Edit::Set("x".to_owned()));
    let written = store.overrides().update_override(same).await;
    assert_eq!(written.unwrap().unwrap().0.version, 2);
    holding.await.unwrap();
    assert_eq!(database.query("SELECT count(*) FROM profile_changes"), "1");
}

#[tokio::test]
async fn an_erasure_spares_an_image_that_another_user_is_uploading() {
    let database = Database::postgres();
    let store = open(&database).await;
    let image = ImageId::from_stored("aa".to_owned());
    store
        .images()
        .import(std::slice::from_ref(&image))
        .await
        .unwrap();
    let upload = "UPDATE images SET reserved_at = 'epoch'; \
                  INSERT INTO image_uploads (owner, image, bytes) VALUES ('program', 'aa', 1)";
    let holding = hold(&database, upload, 1).await;
    let lease = Lease::of_random([1; 16]);
    let hour = SignedDuration::from_hours(1);
    let marked = store.images().mark_erased(&lease, hour, &[image]).await;
    assert_eq!(marked.unwrap(), []);
    holding.await.unwrap();
}

/// Returns the statements of a transaction that renames a profile.
fn renames(user: &Profile, to: &str) -> String {
    let (id, key) = (user.id, user.username.key());
    format!(
        "UPDATE profiles SET username = '{to}', username_key = '{to}', version = version + 1 \
         WHERE id = '{id}'; DELETE FROM usernames WHERE username_key = '{key}'; \
         INSERT INTO usernames (username_key, profile_id) VALUES ('{to}', '{id}'); \
         UPDATE username_reservations SET released_at = clock_timestamp() \
         WHERE profile_id = '{id}'; \
         INSERT INTO username_reservations (digest, profile_id) VALUES ('{to}', '{id}')"
    )
}

#[tokio::test]
async fn concurrent_renames_leave_only_the_last_name() {
    let database = Database::postgres();
    let store = open(&database).await;
    let repository = store.repository();
    let user = added(&*repository).await;
    let original = user.username.as_str().to_owned();
    // To a third name, and back to the name from before the write.
    for (last, other) in [("carl", "bob"), (&original, "carla")] {
        let now = reread(&*repository, &user).await;
        let holding = hold(&database, &renames(&now, other), 1).await;
        let patch = ProfilePatch {
            username: Some(Username::parse(last).unwrap()),
            ..bio(last)
        };
        let written = repository.update(update(&user, patch)).await.unwrap();
        holding.await.unwrap();
        assert_eq!(written.unwrap().username.as_str(), last);
        let rows = "SELECT string_agg(username_key, ' ') FROM usernames";
        let key = Username::parse(last).unwrap();
        assert_eq!(database.query(rows), key.key());
        let held = "SELECT count(*) FROM username_reservations \
                    WHERE released_at IS NULL AND length(digest) < 64";
        assert_eq!(database.query(held), "0", "{other} is reserved");
    }
}
