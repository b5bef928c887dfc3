//! Two hosts on one database.

use futures_util::future::join_all;
use manyface_core::{Edit, Error, ProfilePatch};

use crate::support::{Database, added, bio, reread, update};

const WRITERS: usize = 64;

fn one_field(writer: usize) -> ProfilePatch {
    let text = Edit::Set(format!("by {writer}"));
    let mut patch = ProfilePatch::default();
    let fields = [
        &mut patch.display_name,
        &mut patch.bio,
        &mut patch.phone,
        &mut patch.user_type,
        &mut patch.linkedin_url,
        &mut patch.github_url,
        &mut patch.twitter_url,
        &mut patch.website_url,
    ];
    let index = writer % fields.len();
    *fields.into_iter().nth(index).unwrap() = text;
    patch
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_of_different_fields_on_two_hosts_are_all_kept() {
    for database in Database::both() {
        let hosts = [database.store().await, database.store().await];
        let profile = added(&*hosts[0]).await;
        let writes = (0..WRITERS).map(|writer| {
            let (host, profile) = (hosts[writer % 2].clone(), profile.clone());
            tokio::spawn(async move { host.update(update(&profile, one_field(writer))).await })
        });
        for done in join_all(writes).await {
            assert!(done.unwrap().unwrap().is_some());
        }
        let after = reread(&*hosts[1], &profile).await;
        assert_eq!(after.version, 65);
        for field in [
            after.display_name,
            after.bio,
            after.phone,
            after.user_type,
            after.linkedin_url,
            after.github_url,
            after.twitter_url,
            after.website_url,
        ] {
            assert!(field.unwrap().starts_with("by "));
        }
        let history = hosts[0].history(profile.id, 100).await.unwrap();
        assert_eq!(history.len(), 1 + WRITERS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conditional_write_per_revision_succeeds_on_two_hosts() {
    for database in Database::both() {
        let hosts = [database.store().await, database.store().await];
        let profile = added(&*hosts[0]).await;
        let writes = (0..16).map(|writer| {
            let (host, profile) = (hosts[writer % 2].clone(), profile.clone());
            tokio::spawn(async move {
                let mut write = update(&profile, bio(&format!("by {writer}")));
                write.expected = Some(profile.revision());
                host.update(write).await
            })
        });
        let mut won = 0;
        for done in join_all(writes).await {
            match done.unwrap() {
                Ok(after) => {
                    assert_eq!(after.unwrap().version, 2);
                    won += 1;
                }
                Err(error) => assert!(matches!(error, Error::VersionMismatch), "{error:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(reread(&*hosts[1], &profile).await.version, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_during_writes_leaves_no_content() {
    for database in Database::both() {
        let store = database.store().await;
        let profile = added(&*store).await;
        let writes = (0..WRITERS).map(|writer| {
            let (store, profile) = (store.clone(), profile.clone());
            tokio::spawn(async move {
                if writer == WRITERS / 2 {
                    return Ok(manyface_core::behaviour::erase(&*store, profile.id).await);
                }
                let secret = bio(&format!("secret {writer}"));
                store.update(update(&profile, secret)).await.map(|_| true)
            })
        });
        for done in join_all(writes).await {
            assert!(done.unwrap().unwrap());
        }
        let history = store.history(profile.id, 100).await.unwrap();
        assert_eq!(history[0].patch, manyface_core::Erasure::document());
        for change in &history[1..] {
            assert_eq!(change.patch.as_str(), "{}");
            assert_eq!(change.actor, "");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_write_affects_no_other_write() {
    for database in Database::both() {
        let store = database.store_with(r#""max_connections": 2"#).await;
        let profile = added(&*store).await;
        for round in 0..200_u64 {
            let text = format!("bio {round}");
            let write = store.update(update(&profile, bio(&text)));
            let timeout = std::time::Duration::from_micros(round * 20);
            // Cancelled at a different point each time.
            let _ = tokio::time::timeout(timeout, write).await;
        }
        let after = store.update(update(&profile, bio("last"))).await.unwrap();
        let after = after.unwrap();
        assert_eq!(after, reread(&*store, &profile).await);
        let history = store.history(profile.id, 1_000).await.unwrap();
        assert_eq!(history.len(), usize::try_from(after.version).unwrap());
    }
}
