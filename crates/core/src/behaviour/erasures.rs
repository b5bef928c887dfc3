//! Tests of erasures and their receipts.

use uuid::Uuid;

use super::fixture::{erase, new_profile, now, provenance, tenant, unique};
use crate::{
    AdminRepository, Erasure, Error, Identity, ProfileId, ProfileRef, RemovedCounts, Revision,
    TenantId,
};

pub(super) async fn check(store: &dyn AdminRepository) {
    let tenant = tenant(store).await;
    an_erasure_keeps_a_receipt_and_is_in_the_feed(store, tenant).await;
    another_revision_or_tenant_is_not_erased(store, tenant).await;
}

fn erasure(id: ProfileId) -> Erasure {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&unique().to_be_bytes());
    let ProfileId(receipt) = ProfileId::mint(now(), random);
    Erasure::new(receipt, ProfileRef::Id(id), provenance())
}

async fn an_erasure_keeps_a_receipt_and_is_in_the_feed(
    store: &dyn AdminRepository,
    tenant: TenantId,
) {
    let profile = new_profile(tenant);
    let subject = format!("erased-{}", unique());
    let identity = Identity {
        issuer: "i".to_owned(),
        subject,
    };
    store
        .add(&profile, &[identity], &provenance())
        .await
        .unwrap();
    let erasure = Erasure {
        images: 1,
        files: 2,
        ..erasure(profile.id)
    };
    assert!(store.erase(&erasure).await.unwrap());
    assert!(!store.erase(&erasure).await.unwrap());

    let receipts = store.erasures(Some(tenant), None, 1_000).await.unwrap();
    let receipt = receipts.iter().find(|receipt| receipt.id == erasure.id);
    let receipt = receipt.unwrap();
    assert_eq!((receipt.user, receipt.tenant_id), (profile.id, tenant));
    assert_eq!(receipt.at, erasure.provenance.at());
    assert_eq!(receipt.actor, erasure.provenance.actor);
    let removed = RemovedCounts {
        identities: 1,
        external_ids: profile.external_ids.len() as u64,
        overrides: 0,
        changes: 1,
        images: 1,
        files: 2,
    };
    assert_eq!(receipt.removed, removed);
    let after = store.erasures(None, Some(erasure.id), 1_000).await.unwrap();
    assert!(after.iter().all(|receipt| receipt.id > erasure.id));
    let other = Some(TenantId(Uuid::nil()));
    assert_eq!(store.erasures(other, None, 9).await.unwrap(), []);

    let [last, first] = &store.history(profile.id, 9).await.unwrap()[..] else {
        panic!("the history has other entries");
    };
    assert_eq!((first.patch.as_str(), &*first.actor), ("{}", ""));
    assert_eq!(last.patch, Erasure::document());
    assert_eq!((last.version, &last.actor), (2, &receipt.actor));
    for (of, count) in [(None, 1), (Some(tenant), 1), (other, 0)] {
        let feed = store.changes(first.seq, of, 1_000).await.unwrap();
        let erasures = feed.iter().filter(|change| change.seq == last.seq);
        assert_eq!(erasures.count(), count, "{of:?}");
    }
}

async fn another_revision_or_tenant_is_not_erased(store: &dyn AdminRepository, tenant: TenantId) {
    let profile = new_profile(tenant);
    store.add(&profile, &[], &provenance()).await.unwrap();
    let stale = Erasure {
        expected: Some(Revision {
            version: 9,
            ..profile.revision()
        }),
        ..erasure(profile.id)
    };
    let rejected = store.erase(&stale).await;
    assert!(
        matches!(rejected, Err(Error::VersionMismatch)),
        "{rejected:?}"
    );
    let foreign = Erasure {
        tenant: Some(TenantId(Uuid::nil())),
        ..erasure(profile.id)
    };
    assert!(!store.erase(&foreign).await.unwrap());
    let who = ProfileRef::Id(profile.id);
    let stored = store.inspect(&who).await.unwrap().unwrap();
    assert_eq!(store.history(profile.id, 9).await.unwrap().len(), 1);
    let receipts = store.erasures(None, None, 1_000).await.unwrap();
    assert!(receipts.iter().all(|receipt| receipt.user != profile.id));
    let exact = Erasure {
        expected: Some(stored.revision()),
        tenant: Some(tenant),
        ..erasure(profile.id)
    };
    assert!(store.erase(&exact).await.unwrap());
    assert!(!erase(store, profile.id).await);
}
