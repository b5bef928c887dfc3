//! Tests of searches for users.

use super::fixture::{bio, new_profile, now, provenance, stored, unique, update};
use crate::{
    AdminRepository, Profile, ProfileId, Replacement, Tenant, TenantId, UserOrder, UserQuery,
    Username,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    let users = users(store).await;
    prefixes_find_users_in_order(store, &users).await;
    conditions_are_combined(store, &users).await;
    changes_are_found_in_their_order(store, &users).await;
}

/// Five users of a new tenant: two with another spelling of the email address, one suspended.
async fn users(store: &dyn AdminRepository) -> Vec<Profile> {
    let id = TenantId(new_profile(TenantId(uuid::Uuid::nil())).id.0);
    let tenant = Tenant::new(id, "searched".to_owned(), now());
    store.add_tenant(&tenant).await.unwrap();
    let mark = format!("{}x{}", std::process::id(), unique());
    let mut users = Vec::new();
    for (index, letter) in ["e", "d", "c", "b", "a"].into_iter().enumerate() {
        let user = stored(store, |profile| {
            profile.tenant_id = id;
            let name = format!("Find{mark}{letter}");
            profile.username = Username::parse(&name).unwrap();
            profile.email = if index % 2 == 0 {
                format!("{name}@Example.com")
            } else {
                format!("{}@example.com", name.to_lowercase())
            };
        });
        users.push(user.await);
    }
    let mut after = users[1].clone();
    after.suspended_at = Some(users[1].created_at);
    let suspend = Replacement::new(&users[1], after, Default::default(), provenance()).unwrap();
    users[1] = store.replace(&suspend).await.unwrap().unwrap();
    users
}

/// Returns the ids of all pages, with two users a page.
async fn ids(store: &dyn AdminRepository, mut query: UserQuery) -> Vec<ProfileId> {
    query.limit = 2;
    let mut ids = Vec::new();
    loop {
        let page = store.search(&query).await.unwrap();
        assert!(page.users.len() <= 2);
        assert!(page.users.iter().all(|user| query.matches(user)));
        ids.extend(page.users.iter().map(|user| user.id));
        let Some(next) = page.next else {
            return ids;
        };
        assert_eq!(page.users.len(), 2);
        // The cursor survives its text form.
        query.after = Some(next.to_string().parse().unwrap());
    }
}

fn reversed(users: &[Profile]) -> Vec<ProfileId> {
    users.iter().rev().map(|user| user.id).collect()
}

async fn prefixes_find_users_in_order(store: &dyn AdminRepository, users: &[Profile]) {
    let key = users[0].username.key();
    let prefix = &key[..key.len() - 1];
    let orders = [
        UserOrder::Username(prefix.to_owned()),
        UserOrder::Email(prefix.to_owned()),
        UserOrder::Email(prefix.to_uppercase()),
    ];
    for order in orders {
        for tenant in [None, Some(users[0].tenant_id)] {
            let query = UserQuery {
                tenant,
                order: order.clone(),
                ..UserQuery::default()
            };
            assert_eq!(ids(store, query).await, reversed(users), "{order:?}");
        }
    }
    for order in [
        UserOrder::Username(format!("{prefix}z")),
        UserOrder::Email("%".to_owned()),
        UserOrder::Email(format!("{prefix}a_")),
    ] {
        let query = UserQuery {
            order,
            ..UserQuery::default()
        };
        assert_eq!(ids(store, query).await, []);
    }
}

async fn conditions_are_combined(store: &dyn AdminRepository, users: &[Profile]) {
    let tenant = Some(users[0].tenant_id);
    let in_order: Vec<_> = users.iter().map(|user| user.id).collect();
    let query = UserQuery {
        tenant,
        ..UserQuery::default()
    };
    assert_eq!(ids(store, query.clone()).await, in_order);
    let suspended = UserQuery {
        is_suspended: Some(true),
        ..query.clone()
    };
    assert_eq!(ids(store, suspended.clone()).await, [users[1].id]);
    let everywhere = UserQuery {
        tenant: None,
        ..suspended
    };
    assert!(ids(store, everywhere).await.contains(&users[1].id));
    let active = UserQuery {
        is_suspended: Some(false),
        ..query.clone()
    };
    let expected: Vec<_> = in_order
        .iter()
        .copied()
        .filter(|id| *id != users[1].id)
        .collect();
    assert_eq!(ids(store, active).await, expected);
    let other = UserQuery {
        tenant: Some(TenantId(users[0].id.0)),
        ..query
    };
    assert_eq!(ids(store, other).await, []);
}

async fn changes_are_found_in_their_order(store: &dyn AdminRepository, users: &[Profile]) {
    let since = now();
    for index in [3, 0, 3, 2] {
        let mut write = update(&users[index], bio(&format!("change {}", unique())));
        write.provenance = provenance();
        store.update(write).await.unwrap().unwrap();
    }
    let query = UserQuery {
        tenant: Some(users[0].tenant_id),
        order: UserOrder::ChangedSince(since),
        ..UserQuery::default()
    };
    let expected = [0, 3, 2].map(|index: usize| users[index].id);
    assert_eq!(ids(store, query.clone()).await, expected);
    let later = UserQuery {
        order: UserOrder::ChangedSince(now()),
        ..query
    };
    assert_eq!(ids(store, later).await, []);
}
