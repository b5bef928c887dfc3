//! Tests of stores of overrides.

use futures_util::future::join_all;

use super::fixture::{bio, erase, new_profile, now, provenance, reread, stored, update};
use crate::{
    AdminRepository, Avatar, Edit, Error, ImageId, OverridePatch, OverrideUpdate, Overrides,
    Profile, ProfileOverride, ProfileRef, Quota, Result, Tenant, TenantId, WebUrl,
};

/// Tests `overrides`, the overrides of the profiles in `store`.
///
/// # Panics
///
/// If the store violates the behaviour.
pub async fn check_overrides(store: &dyn AdminRepository, overrides: &dyn Overrides) {
    overrides_are_stored_by_account(store, overrides).await;
    a_write_is_a_change_of_the_profile(store, overrides).await;
    unchanged_overrides_write_nothing(store, overrides).await;
    preconditions_apply_to_overrides(store, overrides).await;
    must_differ_rejects_values_of_the_profile(store, overrides).await;
    concurrent_first_writes_create_one_override(store, overrides).await;
    writers_of_different_fields_lose_nothing(store, overrides).await;
    overrides_are_removed_with_their_profile(store, overrides).await;
    suspended_tenants_have_no_overrides(store, overrides).await;
    the_number_of_accounts_is_limited(store, overrides).await;
}

async fn must_differ_rejects_values_of_the_profile(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
) {
    let profile = stored(store, |profile| {
        profile.display_name = Some("Ada".to_owned());
        profile.bio = Some("Hello".to_owned());
        profile.avatar = Some(Avatar::Stored(ImageId::of_digest([1; 32])));
    })
    .await;
    let bio = |text: &str| OverridePatch {
        bio: Edit::Set(text.to_owned()),
        ..OverridePatch::default()
    };
    let image = |digit| OverridePatch {
        avatar: Edit::Set(Avatar::Stored(ImageId::of_digest([digit; 32]))),
        ..OverridePatch::default()
    };
    let differing = |patch| OverrideUpdate {
        must_differ: true,
        ..write(&profile, "biz_1", patch)
    };
    for own in [name("Ada"), bio("Hello"), image(1)] {
        let rejected = overrides.update_override(differing(own)).await;
        assert!(
            matches!(rejected, Err(Error::VersionMismatch)),
            "{rejected:?}"
        );
    }
    assert_eq!(reread(store, &profile).await, profile);
    for other in [name("Hello"), bio("Ada"), image(2)] {
        let written = overrides.update_override(differing(other.clone())).await;
        let (_, shown) = written.unwrap().unwrap();
        assert_eq!(other.changed_fields(&shown), []);
    }
    let clear = OverridePatch {
        display_name: Edit::Clear,
        bio: Edit::Clear,
        avatar: Edit::Clear,
    };
    let cleared = overrides.update_override(differing(clear)).await;
    assert!(cleared.unwrap().unwrap().1.is_empty());
    let own = write(&profile, "biz_1", name("Ada"));
    let (_, shown) = overrides.update_override(own).await.unwrap().unwrap();
    assert_eq!(shown.display_name.as_deref(), Some("Ada"));
}

fn write(profile: &Profile, account: &str, patch: OverridePatch) -> OverrideUpdate {
    OverrideUpdate {
        who: ProfileRef::Id(profile.id),
        account: account.to_owned(),
        tenant: None,
        patch,
        expected: None,
        must_differ: false,
        upload: None,
        max_accounts: 100,
        provenance: provenance(),
    }
}

fn name(text: &str) -> OverridePatch {
    OverridePatch {
        display_name: Edit::Set(text.to_owned()),
        ..OverridePatch::default()
    }
}

fn full(salt: u8) -> OverridePatch {
    let image = if salt.is_multiple_of(2) {
        Avatar::Stored(ImageId::of_digest([salt; 32]))
    } else {
        Avatar::External(WebUrl::from_stored(format!("https://a.example/{salt}")))
    };
    OverridePatch {
        display_name: Edit::Set(format!("name {salt} \u{1f600}\"'\\")),
        bio: Edit::Set(format!("bio {salt}")),
        avatar: Edit::Set(image),
    }
}

async fn overrides_are_stored_by_account(store: &dyn AdminRepository, overrides: &dyn Overrides) {
    let profile = stored(store, |_| {}).await;
    let who = ProfileRef::Id(profile.id);
    let mut shown = ProfileOverride::default();
    for salt in 1..4 {
        full(salt).apply(&mut shown);
        let written = overrides
            .update_override(write(&profile, "biz_1", full(salt)))
            .await;
        let (after, written) = written.unwrap().unwrap();
        assert_eq!(written, shown);
        let found = overrides.find_override(None, &who, "biz_1").await.unwrap();
        assert_eq!(found, Some((after, shown.clone())));
    }
    let cleared = OverridePatch {
        bio: Edit::Clear,
        avatar: Edit::Clear,
        ..OverridePatch::default()
    };
    cleared.clone().apply(&mut shown);
    let written = overrides
        .update_override(write(&profile, "biz_1", cleared))
        .await;
    assert_eq!(written.unwrap().unwrap().1, shown);

    for other in ["biz_2", "BIZ_1", "biz_", ""] {
        let (found, shown) = overrides
            .find_override(None, &who, other)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found, reread(store, &profile).await);
        assert!(shown.is_empty(), "{other}");
    }
    let second = overrides
        .update_override(write(&profile, "biz_2", name("second")))
        .await;
    second.unwrap().unwrap();
    let all = overrides.overrides_of(profile.id).await.unwrap();
    let accounts: Vec<_> = all.iter().map(|(account, _)| account.as_str()).collect();
    assert_eq!(accounts, ["biz_1", "biz_2"]);
    assert_eq!(all[0].1, shown);
}

async fn a_write_is_a_change_of_the_profile(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
) {
    let profile = stored(store, |_| {}).await;
    let update = write(&profile, "biz_1", name("x"));
    let at = update.provenance.at();
    let (after, _) = overrides.update_override(update).await.unwrap().unwrap();
    let mut expected = profile.clone();
    (expected.version, expected.updated_at) = (2, at);
    assert_eq!(after, expected);
    assert_eq!(reread(store, &profile).await, expected);
    let history = store.history(profile.id, 10).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0].version, 2);
    let patch: serde_json::Value = serde_json::from_str(history[0].patch.as_str()).unwrap();
    let expected = serde_json::json!({"overrides": {"biz_1": {"display_name": "x"}}});
    assert_eq!(patch, expected);
}

async fn unchanged_overrides_write_nothing(store: &dyn AdminRepository, overrides: &dyn Overrides) {
    let profile = stored(store, |_| {}).await;
    let cleared = OverridePatch {
        display_name: Edit::Clear,
        ..OverridePatch::default()
    };
    for patch in [OverridePatch::default(), cleared] {
        let written = overrides
            .update_override(write(&profile, "biz_1", patch))
            .await;
        let (after, shown) = written.unwrap().unwrap();
        assert_eq!(after, profile);
        assert!(shown.is_empty());
    }
    let first = overrides
        .update_override(write(&profile, "biz_1", full(1)))
        .await;
    let again = overrides
        .update_override(write(&profile, "biz_1", full(1)))
        .await;
    assert_eq!(first.unwrap(), again.unwrap());
    assert_eq!(store.history(profile.id, 10).await.unwrap().len(), 2);
}

async fn preconditions_apply_to_overrides(store: &dyn AdminRepository, overrides: &dyn Overrides) {
    let profile = stored(store, |_| {}).await;
    let mut late = write(&profile, "biz_1", name("late"));
    late.expected = Some(profile.revision());
    let changed = store.update(update(&profile, bio("x"))).await.unwrap();
    let rejected = overrides.update_override(late.clone()).await;
    assert!(matches!(rejected, Err(Error::VersionMismatch)));
    late.expected = changed.map(|profile| profile.revision());
    assert!(overrides.update_override(late).await.unwrap().is_some());

    let mut foreign = write(&profile, "biz_1", name("foreign"));
    foreign.tenant = Some(TenantId(profile.id.0));
    assert_eq!(overrides.update_override(foreign).await.unwrap(), None);
    let who = ProfileRef::Id(profile.id);
    for (tenant, is_found) in [(profile.tenant_id, true), (TenantId(profile.id.0), false)] {
        let found = overrides.find_override(Some(tenant), &who, "biz_1").await;
        assert_eq!(found.unwrap().is_some(), is_found);
    }

    let stranger = new_profile(profile.tenant_id);
    let written = overrides
        .update_override(write(&stranger, "biz_1", name("x")))
        .await;
    assert_eq!(written.unwrap(), None);
    let who = ProfileRef::Id(stranger.id);
    assert_eq!(
        overrides.find_override(None, &who, "biz_1").await.unwrap(),
        None
    );
}

async fn concurrent_first_writes_create_one_override(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
) {
    for _ in 0..8 {
        let profile = stored(store, |_| {}).await;
        let writes = ["a", "b", "c", "d"].map(|text| write(&profile, "biz_1", name(text)));
        let writes = writes.map(|write| overrides.update_override(write));
        let mut versions = Vec::new();
        for done in join_all(writes).await {
            versions.push(done.unwrap().unwrap().0.version);
        }
        versions.sort_unstable();
        assert_eq!(versions, [2, 3, 4, 5]);
        assert_eq!(overrides.overrides_of(profile.id).await.unwrap().len(), 1);
    }
}

async fn writers_of_different_fields_lose_nothing(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
) {
    let profile = stored(store, |_| {}).await;
    let global = (0..8).map(|number| store.update(update(&profile, bio(&format!("{number}")))));
    let names = (0..8).map(|number| name(&format!("{number}")));
    let bios = (0..8).map(|number| OverridePatch {
        bio: Edit::Set(format!("{number}")),
        ..OverridePatch::default()
    });
    let own = names.chain(bios);
    let own = own.map(|patch| overrides.update_override(write(&profile, "biz_1", patch)));
    let (global, own) = futures_util::future::join(join_all(global), join_all(own)).await;
    assert!(global.into_iter().all(|done| done.unwrap().is_some()));
    assert!(own.into_iter().all(|done| done.unwrap().is_some()));
    let who = ProfileRef::Id(profile.id);
    let (after, shown) = overrides
        .find_override(None, &who, "biz_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(after.version, 25);
    assert!(after.bio.is_some() && shown.bio.is_some() && shown.display_name.is_some());
    assert_eq!(store.history(profile.id, 100).await.unwrap().len(), 25);
}

async fn overrides_are_removed_with_their_profile(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
) {
    let profile = stored(store, |_| {}).await;
    let written = overrides
        .update_override(write(&profile, "biz_1", full(2)))
        .await;
    written.unwrap().unwrap();
    let who = ProfileRef::Id(profile.id);
    assert!(erase(store, profile.id).await);
    assert_eq!(overrides.overrides_of(profile.id).await.unwrap(), []);
    assert_eq!(
        overrides.find_override(None, &who, "biz_1").await.unwrap(),
        None
    );
    let late = overrides
        .update_override(write(&profile, "biz_1", name("x")))
        .await;
    assert_eq!(late.unwrap(), None);
    for change in &store.history(profile.id, 10).await.unwrap()[1..] {
        assert_eq!(change.patch.as_str(), "{}");
    }
}

async fn suspended_tenants_have_no_overrides(
    store: &dyn AdminRepository,
    overrides: &dyn Overrides,
) {
    let id = TenantId(new_profile(TenantId(uuid::Uuid::nil())).id.0);
    let tenant = Tenant::new(id, "suspended".to_owned(), now());
    store.add_tenant(&tenant).await.unwrap();
    let profile = stored(store, |profile| profile.tenant_id = id).await;
    let who = ProfileRef::Id(profile.id);
    store.suspend_tenant(id, Some(now())).await.unwrap();
    let found = overrides.find_override(None, &who, "biz_1").await.unwrap();
    assert_eq!(found, None);
    let rejected = overrides.update_override(write(&profile, "biz_1", name("x")));
    assert_eq!(rejected.await.unwrap(), None);
    store.suspend_tenant(id, None).await.unwrap();
    let found = overrides.find_override(None, &who, "biz_1").await.unwrap();
    let (after, shown) = found.unwrap();
    assert_eq!((after, shown.is_empty()), (profile, true));
}

async fn the_number_of_accounts_is_limited(store: &dyn AdminRepository, overrides: &dyn Overrides) {
    let profile = stored(store, |_| {}).await;
    let one = |number: usize, patch| OverrideUpdate {
        max_accounts: 5,
        ..write(&profile, &format!("biz_{number}"), patch)
    };
    let all = (0..12).map(|number| overrides.update_override(one(number, name("x"))));
    let written = join_all(all).await;
    let is_rejected = |done: &Result<_>| {
        let quota = Error::QuotaExceeded {
            quota: Quota::Overrides,
            retry_after: None,
        };
        matches!(done, Err(error) if format!("{error:?}") == format!("{quota:?}"))
    };
    let rejected = written.iter().filter(|done| is_rejected(done)).count();
    assert_eq!((written.len() - rejected, rejected), (5, 7), "{written:?}");
    assert_eq!(overrides.overrides_of(profile.id).await.unwrap().len(), 5);
    assert_eq!(store.history(profile.id, 100).await.unwrap().len(), 6);

    // Existing overrides may be changed; cleared ones do not count.
    let is_in = |number: &usize| written[*number].is_ok();
    let first = (0..12).find(is_in).unwrap();
    let outside = (0..12).find(|number| !is_in(number)).unwrap();
    let changed = overrides.update_override(one(first, name("y"))).await;
    assert!(changed.unwrap().is_some());
    let rejected = overrides.update_override(one(outside, name("z"))).await;
    assert!(is_rejected(&rejected), "{rejected:?}");
    let clear = OverridePatch {
        display_name: Edit::Clear,
        ..OverridePatch::default()
    };
    let cleared = overrides.update_override(one(outside, clear.clone())).await;
    assert!(cleared.unwrap().is_some(), "there is nothing to clear");
    let cleared = overrides.update_override(one(first, clear)).await;
    assert!(cleared.unwrap().unwrap().1.is_empty());
    assert_eq!(overrides.overrides_of(profile.id).await.unwrap().len(), 4);
    let written = overrides.update_override(one(outside, name("z"))).await;
    assert_eq!(
        written.unwrap().unwrap().1.display_name.as_deref(),
        Some("z")
    );
}
