//! Tests of operator data.

use super::fixture::{bio, new_profile, provenance, reread, stored, update};
use crate::{AdminRepository, Json, ProfileRef, TenantId};

pub(super) async fn check(store: &dyn AdminRepository) {
    operator_data_is_stored_by_dialect(store).await;
    an_unknown_user_has_no_operator_data(store).await;
}

async fn operator_data_is_stored_by_dialect(store: &dyn AdminRepository) {
    let profile = stored(store, |_| {}).await;
    let who = ProfileRef::Id(profile.id);
    let badges = Json::parse(r#"{"badges": [1.50, "x"]}"#.to_owned()).unwrap();
    let elo = Json::parse(r#"{"elo":1}"#.to_owned()).unwrap();
    for (dialect, operator_data) in [("movieknight", &badges), ("iam", &elo)] {
        let by = provenance();
        let set = store
            .set_operator_data(&who, dialect, Some(operator_data), &by)
            .await;
        assert!(set.unwrap().is_some());
    }
    let after = reread(store, &profile).await;
    assert_eq!(after.operator_data.get("movieknight"), Some(&badges));
    assert_eq!(after.operator_data.get("iam"), Some(&elo));
    assert_eq!(after.version, 3);

    let by = provenance();
    let again = store.set_operator_data(&who, "iam", Some(&elo), &by).await;
    assert_eq!(again.unwrap(), Some(after));

    let after = store.update(update(&profile, bio("x"))).await.unwrap();
    assert_eq!(after.unwrap().operator_data.len(), 2);

    let by = provenance();
    let gone = store
        .set_operator_data(&who, "movieknight", None, &by)
        .await;
    let after = gone.unwrap().unwrap();
    assert_eq!(after.operator_data.get("movieknight"), None);
    assert_eq!(after.operator_data.get("iam"), Some(&elo));
    assert_eq!(after, reread(store, &profile).await);
    assert_eq!(store.history(profile.id, 10).await.unwrap().len(), 5);
}

async fn an_unknown_user_has_no_operator_data(store: &dyn AdminRepository) {
    let stranger = new_profile(TenantId(uuid::Uuid::nil()));
    let who = ProfileRef::Id(stranger.id);
    let set = store
        .set_operator_data(&who, "iam", None, &provenance())
        .await;
    assert_eq!(set.unwrap(), None);
}
