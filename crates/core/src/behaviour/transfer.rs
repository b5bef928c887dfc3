//! Tests of export and import.

mod import;

use super::fixture::{
    bio, erase, full_patch, new_profile, now, provenance, reread, tenant, unique, update,
};
use crate::{
    AdminRepository, ApiKey, ApiKeys, Avatar, BulkRepository, CatalogueKind, CatalogueName,
    CatalogueStore, Edit, Identity, Json, OverridePatch, OverrideUpdate, Overrides, Profile,
    ProfilePatch, ProfileRef, Section, Tenant, TenantId, Username, WebUrl,
};

/// The ports of a store that is exported or imported.
#[expect(missing_docs, reason = "the fields are the ports")]
#[derive(Clone, Copy)]
pub struct TransferPorts<'a> {
    pub repository: &'a dyn AdminRepository,
    pub bulk: &'a dyn BulkRepository,
    pub overrides: &'a dyn Overrides,
    pub catalogue: &'a dyn CatalogueStore,
    pub api_keys: &'a dyn ApiKeys,
}

/// Tests that an import of an export of `from` makes `to` equal. Both must be empty, and different.
///
/// # Panics
///
/// If one of the stores violates the behaviour.
pub async fn check_transfer(from: TransferPorts<'_>, to: TransferPorts<'_>) {
    let default = tenant(from.repository).await;
    let replaced = tenant(to.repository).await;
    let users = fill(from, default).await;
    let exported = import::export(from.bulk).await;
    let reports = import::run(to.bulk, &exported, |_| {}).await;
    for report in &reports {
        assert_eq!(report.outcome, crate::Outcome::Added, "{report:?}");
    }
    let imported = import::export(to.bulk).await;
    for (imported, exported) in imported.iter().zip(&exported) {
        assert_eq!(imported, exported);
    }
    assert_eq!(imported.len(), exported.len());
    assert_eq!(to.repository.tenant(replaced).await.unwrap(), None);
    assert_eq!(tenant(to.repository).await, default);
    for user in &users {
        let stored = reread(from.repository, user).await;
        assert_eq!(reread(to.repository, user).await, stored);
        let count = from.repository.history(user.id, 100).await.unwrap().len();
        assert_eq!(
            to.repository.history(user.id, 100).await.unwrap().len(),
            count
        );
        let shown = from.overrides.overrides_of(user.id).await.unwrap();
        assert_eq!(to.overrides.overrides_of(user.id).await.unwrap(), shown);
    }
    let keys = from.api_keys.list().await.unwrap();
    assert_eq!(to.api_keys.list().await.unwrap(), keys);
    an_imported_store_is_used_like_the_first(to, &users).await;
    a_repeated_import_changes_nothing(from, &exported).await;
    import::check(to.bulk, to.repository).await;
}

/// Fills a store with records of each kind, and returns its users.
async fn fill(ports: TransferPorts<'_>, default: TenantId) -> Vec<Profile> {
    let TransferPorts {
        repository,
        bulk: _,
        overrides,
        catalogue,
        api_keys,
    } = ports;
    let mut other = Tenant::new(
        TenantId(new_profile(default).id.0),
        "other".to_owned(),
        now(),
    );
    repository.add_tenant(&other).await.unwrap();
    let suspended = repository.suspend_tenant(other.id, Some(now())).await;
    other = suspended.unwrap().unwrap();
    repository.suspend_tenant(other.id, None).await.unwrap();
    let name = |text: &str| (CatalogueName::parse(text).unwrap(), Some("x".to_owned()));
    let kind = CatalogueKind::Skill;
    let names = [name("Rust"), name("Golang"), name("Go")];
    catalogue.insert(Some(default), kind, &names).await.unwrap();
    catalogue.insert(None, kind, &[name("SQL")]).await.unwrap();
    let keys = ["golang", "go"];
    let found = catalogue.by_keys(Some(default), kind, &keys).await.unwrap();
    catalogue.merge(found[0].1.id, found[1].1.id).await.unwrap();
    let key = ApiKey {
        id: format!("key-{}", unique()),
        dialect: "whop".to_owned(),
        app: None,
        accounts: vec!["biz_1".to_owned()],
        tenant_id: default,
        scopes: vec!["a".to_owned(), "b".to_owned()],
        api_version: None,
        created_at: Profile::new(
            new_profile(default).id,
            default,
            new_profile(default).username,
            String::new(),
            now(),
        )
        .created_at,
        revoked_at: None,
    };
    let mut digest = [7; 32];
    digest[..8].copy_from_slice(&unique().to_be_bytes());
    api_keys.add(&key, &digest).await.unwrap();
    let mut users = Vec::new();
    for salt in 0..40 {
        let owner = if salt % 4 == 0 { other.id } else { default };
        let mut user = new_profile(owner);
        user.external_ids
            .insert("whop".to_owned(), format!("user_{}", unique()));
        let identities = [Identity {
            issuer: "https://id.example".to_owned(),
            subject: format!("s{}", unique()),
        }];
        let identities = &identities[..usize::from(salt % 2 == 0)];
        repository
            .add(&user, identities, &provenance())
            .await
            .unwrap();
        if salt % 3 == 0 {
            let patch = ProfilePatch {
                avatar: Edit::Set(Avatar::External(
                    WebUrl::parse("https://a.example/b").unwrap(),
                )),
                ..full_patch(salt)
            };
            repository.update(update(&user, patch)).await.unwrap();
        }
        users.push(user);
    }
    let who = ProfileRef::Id(users[0].id);
    let lines = Json::parse("{\n  \"elo\": 1.50\n}".to_owned()).unwrap();
    let by = provenance();
    let set = repository.set_operator_data(&who, "iam", Some(&lines), &by);
    set.await.unwrap();
    override_bio(overrides, &users[1]).await;
    let renamed = ProfilePatch {
        username: Some(Username::parse(&format!("renamed-{}", unique())).unwrap()),
        ..ProfilePatch::default()
    };
    repository.update(update(&users[2], renamed)).await.unwrap();
    assert!(erase(repository, users[3].id).await);
    users.remove(3);
    users
}

async fn override_bio(overrides: &dyn Overrides, user: &Profile) {
    let patch = OverridePatch {
        bio: Edit::Set("in an account".to_owned()),
        ..OverridePatch::default()
    };
    let write = OverrideUpdate {
        who: ProfileRef::Id(user.id),
        account: "biz_1".to_owned(),
        tenant: None,
        patch,
        expected: None,
        max_accounts: 10,
        must_differ: false,
        upload: None,
        provenance: provenance(),
    };
    overrides.update_override(write).await.unwrap();
}

/// The user names, the ids and the histories of an imported store are those of the first.
async fn an_imported_store_is_used_like_the_first(to: TransferPorts<'_>, users: &[Profile]) {
    let user = &users[1];
    for who in [
        ProfileRef::Username(user.username.key().to_owned()),
        ProfileRef::External {
            dialect: "whop".into(),
            id: user.external_ids["whop"].clone(),
        },
    ] {
        let found = to.repository.find(&who).await.unwrap();
        assert_eq!(found.unwrap().id, user.id);
    }
    let before = to.repository.history(user.id, 100).await.unwrap();
    to.repository
        .update(update(user, bio("later")))
        .await
        .unwrap();
    let after = to.repository.history(user.id, 100).await.unwrap();
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[1..], before);
    // The former name of a renamed user stays reserved.
    let mut other = new_profile(user.tenant_id);
    other.username = users[2].username.clone();
    let taken = to.repository.add(&other, &[], &provenance()).await;
    assert!(matches!(taken, Err(crate::Error::Taken(_))), "{taken:?}");
}

async fn a_repeated_import_changes_nothing(from: TransferPorts<'_>, exported: &[String]) {
    let reports = import::run(from.bulk, exported, |_| {}).await;
    for report in &reports {
        let is_change = report.kind == Some("change");
        let expected = if is_change {
            crate::Outcome::Skipped
        } else {
            crate::Outcome::Unchanged
        };
        assert_eq!(report.outcome, expected, "{report:?}");
    }
    assert_eq!(import::export(from.bulk).await, exported);
    let page = from.bulk.page(Section::Users, None, 1).await.unwrap();
    assert_eq!((page.records.len(), page.next.is_some()), (1, true));
}
