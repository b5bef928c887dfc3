//! The history of a SQLite database that was made before its entries named each other.

use manyface_core::{Profile, ProfileRef};
use manyface_store::StoreSettings;

use crate::support::{Database, added, bio, update};

#[tokio::test]
async fn history_survives_the_change_of_layout() {
    let database = Database::sqlite();
    let store = database.store().await;
    let (kept, gone): (Profile, Profile) = (added(&*store).await, added(&*store).await);
    for text in ["one", "two"] {
        for profile in [&kept, &gone] {
            store.update(update(profile, bio(text))).await.unwrap();
        }
    }
    assert!(store.remove(&ProfileRef::Id(gone.id)).await.unwrap());
    let mut before = Vec::new();
    for profile in [&kept, &gone] {
        let history = store.history(profile.id, 10).await.unwrap();
        assert_eq!(history.len(), 3);
        before.push(history);
    }
    drop(store);
    let second = database.migrations().swap_remove(1);
    database.revert(&second[0]);
    let store = database.open(&StoreSettings::default());
    store.migrate().await.unwrap();
    let store = store.registry();
    for (profile, history) in [&kept, &gone].into_iter().zip(before) {
        assert_eq!(store.history(profile.id, 10).await.unwrap(), history);
    }
    store.update(update(&kept, bio("three"))).await.unwrap();
    let history = store.history(kept.id, 2).await.unwrap();
    let versions: Vec<_> = history.iter().map(|change| change.version).collect();
    assert_eq!(versions, [4, 3]);
}
