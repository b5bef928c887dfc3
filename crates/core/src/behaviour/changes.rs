//! Tests of the entries of the history, and of their feed.

use super::fixture::{
    bio, erase, full_patch, new_profile, now, provenance, stored, tenant, update,
};
use crate::{
    AdminRepository, Before, Change, ChangeKind, Erasure, Json, Profile, ProfileRef, Tenant,
    TenantId, read_change, replay,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    a_creation_holds_all_values(store).await;
    entries_keep_the_bytes_of_values(store).await;
    the_feed_has_all_changes_in_one_order(store).await;
    the_feed_of_a_tenant_has_its_changes_only(store).await;
}

async fn a_creation_holds_all_values(store: &dyn AdminRepository) {
    let profile = stored(store, |profile| {
        let username = profile.username.clone();
        full_patch(3).apply(profile);
        profile.username = username;
        let data = Json::parse(r#"{"b": 1.50, "a":1}"#.to_owned()).unwrap();
        profile.operator_data.insert("iam".to_owned(), data);
    })
    .await;
    let history = store.history(profile.id, 1).await.unwrap();
    assert_eq!(history[0].profile_id, profile.id);
    let creation = read_change(history[0].clone()).unwrap();
    assert_eq!(creation.kind, ChangeKind::Creation);
    let value = |field: &str| {
        let change = creation.field(field).unwrap_or_else(|| panic!("{field}"));
        change.to.as_ref().unwrap().as_str().to_owned()
    };
    assert_eq!(value("email"), format!("{:?}", profile.email));
    assert_eq!(value("tenant_id"), format!("\"{}\"", profile.tenant_id));
    assert_eq!(value("address"), profile.address.as_ref().unwrap().as_str());
    assert_eq!(value("operator_data.iam"), r#"{"b": 1.50, "a":1}"#);
    let external = &profile.external_ids["movieknight"];
    assert_eq!(value("external_ids.movieknight"), format!("{external:?}"));
    assert!(creation.field("bio").is_some() && creation.field("skills").is_some());
    // What is not in the creation has its default value.
    let mut patch = bio("new");
    patch.activity_based_emails = Some(!profile.activity_based_emails);
    store.update(update(&profile, patch)).await.unwrap();
    let mut history = store.history(profile.id, 9).await.unwrap();
    history.reverse();
    let changes = replay(history).unwrap();
    let before = |field: &str| changes[1].field(field).unwrap().from.clone();
    let json = |text: String| Before::Known(Some(Json::parse(text).unwrap()));
    let flag = profile.activity_based_emails.to_string();
    assert_eq!(before("activity_based_emails"), json(flag));
    let bio = serde_json::to_string(&profile.bio).unwrap();
    assert_eq!(before("bio"), json(bio));
}

async fn entries_keep_the_bytes_of_values(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let text = r#"{"z": 1.10,  "a": 1e3, "a": "\u00e9", "n": 123456789012345678901234567890}"#;
    let data = Json::parse(text.to_owned()).unwrap();
    let who = ProfileRef::Id(profile.id);
    let by = provenance();
    let set = store.set_operator_data(&who, "iam", Some(&data), &by);
    set.await.unwrap();
    let history = store.history(profile.id, 1).await.unwrap();
    let expected = format!("{{\"operator_data\":{{\"iam\":{text}}}}}");
    assert_eq!(history[0].patch.as_str(), expected);
    let found = store.find_change(history[0].seq).await.unwrap();
    assert_eq!(found.as_ref(), Some(&history[0]));
    assert_eq!(store.find_change(i64::MAX).await.unwrap(), None);
}

/// Reads the feed to its end, after the entry `after`.
async fn feed(
    store: &dyn AdminRepository,
    mut after: i64,
    tenant: Option<TenantId>,
    limit: u32,
) -> Vec<Change> {
    let mut read = Vec::new();
    loop {
        let page = store.changes(after, tenant, limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        let Some(last) = page.last() else {
            return read;
        };
        after = last.seq;
        read.extend(page);
    }
}

async fn the_feed_has_all_changes_in_one_order(store: &dyn AdminRepository) {
    let start = feed(store, 0, None, 1_000).await;
    let start = start.last().map_or(0, |last| last.seq);
    let users = [stored(store, |_| {}).await, stored(store, |_| {}).await];
    for text in ["1", "2", "3"] {
        for user in &users {
            store.update(update(user, bio(text))).await.unwrap();
        }
    }
    let all = feed(store, start, None, 1_000).await;
    let order: Vec<_> = all.iter().map(|change| change.seq).collect();
    assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
    let of = |user: &Profile| {
        let own = all.iter().filter(|change| change.profile_id == user.id);
        own.cloned().collect::<Vec<_>>()
    };
    for user in &users {
        let mut history = store.history(user.id, 9).await.unwrap();
        history.reverse();
        assert_eq!(of(user), history);
    }
    assert_eq!(all.len(), 8);
    assert_eq!(feed(store, start, None, 3).await, all);
    assert_eq!(feed(store, order[4], None, 3).await, all[5..]);
    assert_eq!(feed(store, order[7], None, 3).await, []);

    assert!(erase(store, users[0].id).await);
    let removal = feed(store, order[7], None, 3).await;
    let [removal] = &removal[..] else {
        panic!("a removal adds one entry: {removal:?}");
    };
    assert_eq!(removal.profile_id, users[0].id);
    assert_eq!(removal.patch, Erasure::document());
    assert_eq!(store.history(users[0].id, 1).await.unwrap()[0], *removal);
}

async fn the_feed_of_a_tenant_has_its_changes_only(store: &dyn AdminRepository) {
    let id = TenantId(new_profile(tenant(store).await).id.0);
    let own = Tenant::new(id, "feed".to_owned(), now());
    store.add_tenant(&own).await.unwrap();
    let user = stored(store, |profile| profile.tenant_id = id).await;
    let other = stored(store, |_| {}).await;
    store.update(update(&other, bio("x"))).await.unwrap();
    store.update(update(&user, bio("x"))).await.unwrap();
    let changes = feed(store, 0, Some(id), 1).await;
    let versions = changes
        .iter()
        .map(|change| (change.profile_id, change.version));
    let versions: Vec<_> = versions.collect();
    assert_eq!(versions, [(user.id, 1), (user.id, 2)]);
}
