//! A catalogue that was everybody's is divided among tenants.

use manyface_core::{
    CatalogueId, CatalogueKind, CatalogueOwner, Profile, ProfilePatch, Provenance, Registry,
    Tenant, TenantId, behaviour::new_profile,
};
use manyface_store::StoreSettings;

use crate::support::{Database, now, reread, tenant, update};

const VERSION: &str = "20261127000004";

async fn user(store: &dyn Registry, tenant: TenantId, skills: &[i32]) -> Profile {
    let profile = new_profile(tenant);
    let provenance = Provenance::operator(now());
    store.add(&profile, &[], &provenance).await.unwrap();
    let patch = ProfilePatch {
        skills: Some(skills.iter().copied().map(CatalogueId).collect()),
        focus_area: Some([8].map(CatalogueId).into()),
        ..ProfilePatch::default()
    };
    store
        .update(update(&profile, patch))
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn every_tenant_keeps_what_its_profiles_refer_to() {
    for database in Database::both() {
        let opened = database.open(&StoreSettings::default());
        opened.migrate().await.unwrap();
        let store = opened.registry();
        let one = tenant(&*store).await;
        let two = Tenant::new(TenantId(uuid::Uuid::max()), "two".to_owned(), now());
        store.add_tenant(&two).await.unwrap();
        let ada = user(&*store, one, &[1, 2, 3, 5, 10]).await;
        let bert = user(&*store, two.id, &[5, 2, 3, 9]).await;
        drop((store, opened));
        database.revert(VERSION);
        let always = if database.directory.is_some() {
            ""
        } else {
            "OVERRIDING SYSTEM VALUE"
        };
        database.execute(&format!(
            "INSERT INTO catalogue (id, kind, name, name_key, description, merged_into) {always} \
                 VALUES (1, 'skill', 'Of one', 'of one', NULL, NULL), \
                 (2, 'skill', 'Of both', 'of both', NULL, NULL), \
                 (3, 'skill', 'Shared', 'shared', 'By an operator.', NULL), \
                 (4, 'skill', 'Target', 'target', NULL, NULL), \
                 (5, 'skill', 'Merged', 'merged', NULL, 4), \
                 (6, 'skill', 'Unused', 'unused', NULL, NULL), \
                 (7, 'skill', 'Unused, shared', 'unused, shared', 'By an operator.', NULL), \
                 (8, 'tag', 'Tag', 'tag', NULL, NULL), \
                 (10, 'skill', 'Target of both', 'target of both', NULL, NULL), \
                 (9, 'skill', 'Merged by two', 'merged by two', NULL, 10), \
                 (12, 'skill', 'Unused target', 'unused target', NULL, NULL), \
                 (11, 'skill', 'Merged, shared', 'merged, shared', 'By an operator.', 12), \
                 (13, 'skill', 'Merged, unused', 'merged, unused', NULL, 12)"
        ));
        let opened = database.open(&StoreSettings::default());
        opened.migrate().await.unwrap();
        let (store, catalogue) = (opened.registry(), opened.catalogue());
        for (before, names) in [
            (
                &ada,
                &["Of one", "Of both", "Shared", "Target", "Target of both"][..],
            ),
            (&bert, &["Target", "Of both", "Shared", "Target of both"]),
        ] {
            let after = reread(&*store, before).await;
            assert_eq!(after.revision(), before.revision());
            let mut shown = Vec::new();
            for id in &after.skills {
                let entry = catalogue.by_ids(after.tenant_id, &[*id]).await.unwrap();
                assert_eq!(entry.len(), 1, "{id:?}");
                shown.push(entry[0].1.name.clone());
            }
            assert_eq!(shown, names);
            let tag = catalogue.by_ids(after.tenant_id, &after.focus_area).await;
            assert_eq!(tag.unwrap()[0].1.name, "Tag");
        }
        let after = reread(&*store, &bert).await;
        assert_eq!(after.skills[2], CatalogueId(3), "shared ids stay");
        let seen = catalogue.by_ids(two.id, &[1, 2, 8].map(CatalogueId)).await;
        assert_eq!(seen.unwrap(), []);
        let skill = Some(CatalogueKind::Skill);
        for (owner, count) in [
            (CatalogueOwner::Tenant(one), 4),
            (CatalogueOwner::Tenant(two.id), 3),
            (CatalogueOwner::Shared, 3),
        ] {
            let listed = catalogue.list(owner, skill, None, 100).await.unwrap();
            assert_eq!(listed.len(), count, "{listed:?}");
        }
    }
}

#[tokio::test]
async fn entries_can_be_added_after_the_catalogue_is_everybodys_again() {
    for database in Database::both() {
        let opened = database.open(&StoreSettings::default());
        opened.migrate().await.unwrap();
        let one = tenant(&*opened.registry()).await;
        drop(opened);
        database.execute(&format!(
            "INSERT INTO catalogue (id, tenant_id, kind, name, name_key) \
             VALUES (1, '{one}', 'skill', 'Own', 'own'), (2, NULL, 'skill', 'Shared', 'shared'), \
             (3, NULL, 'skill', 'Own', 'own')"
        ));
        database.revert(VERSION);
        database.execute(
            "INSERT INTO catalogue (kind, name, name_key) \
             VALUES ('skill', 'New', 'new'), ('skill', 'Other', 'other')",
        );
        let names = "SELECT string_agg(name, ', ' ORDER BY id) FROM catalogue";
        assert_eq!(database.query(names), "Own, Shared, Own 3, New, Other");
    }
}
