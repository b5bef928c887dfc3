//! Tests of usage counts.

use super::fixture::{now, unique};
use crate::{UsageCount, UsageFilter, UsageKey, UsageStore, model::to_micros};

/// Tests a store of usage counts.
///
/// # Panics
///
/// If a store violates the behaviour.
pub async fn check_usage(store: &dyn UsageStore) {
    let client = format!("client-{}-{} \"\u{e9}\"", std::process::id(), unique());
    let count = |dialect: &str, field: &str, requests| {
        let at = to_micros(now());
        UsageCount {
            key: UsageKey {
                dialect: dialect.to_owned(),
                operation: "op".to_owned(),
                field: field.to_owned(),
                client: client.clone(),
                ..UsageKey::default()
            },
            requests,
            first_seen: at,
            last_seen: at,
        }
    };
    let (first, other, second) = (
        count("a", "bio", 2),
        count("b", "", 1),
        count("a", "bio", 3),
    );
    store
        .add_usage(&[first.clone(), other.clone()])
        .await
        .unwrap();
    store
        .add_usage(std::slice::from_ref(&second))
        .await
        .unwrap();
    store.add_usage(&[]).await.unwrap();
    let both = UsageCount {
        requests: 5,
        last_seen: second.last_seen,
        ..first.clone()
    };
    let filter = UsageFilter {
        client: Some(client),
        ..UsageFilter::default()
    };
    let found = store.usage(&filter).await.unwrap();
    assert_eq!(found, [both.clone(), other.clone()]);
    let of_field = UsageFilter {
        dialect: Some("a".to_owned()),
        field: Some("bio".to_owned()),
        ..filter.clone()
    };
    let found = store.usage(&of_field).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&both));
    store.purge_usage(other.last_seen).await.unwrap();
    assert_eq!(store.usage(&filter).await.unwrap(), [both.clone(), other]);
    assert!(store.purge_usage(second.last_seen).await.unwrap() >= 1);
    assert_eq!(store.usage(&filter).await.unwrap(), [both]);
}
