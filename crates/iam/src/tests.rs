//! The operations over stores in memory: what exchanges cannot show.

mod budgets;
mod openapi;
mod resumes;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use manyface_core::{
    AuthProvider, CachedCatalogue, Caller, CatalogueKind, CatalogueName, CatalogueOwner,
    CatalogueStore, DeploymentSettings, MediaUrls, MemoryBlobs, MemoryProfiles, Openness, Profile,
    ProfileRef, Profiles, Provenance, Registry, Services, Tenant, TenantId, Tenants, Timestamp,
    behaviour,
};
use manyface_dialect::{Call, Params, Reply};

use crate::{NAME, RESUMES, dialect};

/// A day of 2026.
fn now() -> Timestamp {
    Timestamp::from_second(1_782_383_400).unwrap()
}

struct Desk {
    profiles: Arc<MemoryProfiles>,
    openness: Openness,
    images: Arc<behaviour::TestImages>,
    blobs: Arc<MemoryBlobs>,
    settings: DeploymentSettings,
    user: Profile,
}

impl Desk {
    async fn new() -> Self {
        Self::of(|_| {}).await
    }

    async fn of(change: impl FnOnce(&mut Profile)) -> Self {
        let profiles = Arc::new(MemoryProfiles::default());
        let tenant = TenantId(uuid::Uuid::nil());
        profiles.default_tenant(tenant, now()).await.unwrap();
        let mut user = behaviour::new_profile(tenant);
        change(&mut user);
        let provenance = Provenance::operator(now());
        profiles.add(&user, &[], &provenance).await.unwrap();
        Self {
            profiles,
            openness: Openness::Open,
            images: Arc::default(),
            blobs: Arc::default(),
            settings: DeploymentSettings::default(),
            user,
        }
    }

    async fn send(
        &self,
        id: &str,
        caller: Caller,
        name: &str,
        content_type: &str,
        body: &[u8],
    ) -> Reply {
        let dialect = dialect();
        let route = dialect.routes.iter().find(|route| route.id == id).unwrap();
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(content_type).unwrap();
        headers.insert(header::CONTENT_TYPE, value);
        let call = Call {
            caller: Arc::new(caller),
            params: Params::from_iter([("name".to_owned(), name.to_owned())]),
            query: String::new(),
            headers,
            body: Bytes::copy_from_slice(body),
            request_id: "r".to_owned(),
            dialect: NAME,
            mount: "/api/v1/iam".into(),
            now: now(),
        };
        let mut services = Services::new(Arc::clone(&self.profiles) as _);
        services.images = Arc::clone(&self.images) as _;
        services.blobs = Arc::clone(&self.blobs) as _;
        let urls = MediaUrls::under("https://a.example").unwrap();
        services.media_urls = Arc::new(urls.with_resumes(RESUMES));
        let catalogue = CachedCatalogue::new(self.profiles.catalogue(), self.openness, now);
        services.catalogue = Arc::new(catalogue);
        services.settings = Arc::new(self.settings.clone());
        route.respond(&call, &services).await
    }

    fn caller(&self) -> Caller {
        Caller::user(ProfileRef::Id(self.user.id))
    }

    async fn patch(&self, body: &str) -> (u16, serde_json::Value) {
        let id = "user-profile-partial-update";
        let reply = self
            .send(id, self.caller(), "", "application/json", body.as_bytes())
            .await;
        let body = serde_json::from_slice(&reply.body).unwrap();
        (reply.status.as_u16(), body)
    }

    async fn upload(&self, field: &str, content: &[u8]) -> (u16, serde_json::Value) {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"details.{field}\"; filename=\"../x\"\r\n\r\n"
        );
        let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
        let id = "user-profile-partial-update";
        let form = "multipart/form-data; boundary=b";
        let reply = self.send(id, self.caller(), "", form, &body).await;
        let body = serde_json::from_slice(&reply.body).unwrap();
        (reply.status.as_u16(), body)
    }

    async fn resume(&self, caller: Caller, name: &str) -> Reply {
        let mut reply = self
            .send("user-resume-retrieve", caller, name, "text/plain", b"")
            .await;
        if let Some(file) = reply.file.take() {
            reply.body = file.read().await.unwrap().into();
        }
        reply
    }

    /// A user of another tenant.
    async fn in_another_tenant(&self) -> Profile {
        let tenant = Tenant::new(TenantId(uuid::Uuid::max()), "other".to_owned(), now());
        self.profiles.add_tenant(&tenant).await.unwrap();
        let user = behaviour::new_profile(tenant.id);
        let provenance = Provenance::operator(now());
        self.profiles.add(&user, &[], &provenance).await.unwrap();
        user
    }

    async fn stored(&self) -> Profile {
        let who = ProfileRef::Id(self.user.id);
        self.profiles.find(&who).await.unwrap().unwrap()
    }

    async fn names(&self, kind: CatalogueKind) -> Vec<String> {
        let catalogue = self.profiles.catalogue();
        let listed = catalogue.list(CatalogueOwner::Any, Some(kind), None, 100);
        let listed = listed.await.unwrap();
        listed.into_iter().map(|entry| entry.name).collect()
    }
}

#[tokio::test]
async fn a_closed_catalogue_refuses_new_names_with_everything_else() {
    let mut desk = Desk::new().await;
    desk.openness = Openness::Closed;
    let known = CatalogueName::parse("Rust").unwrap();
    let kind = CatalogueKind::Skill;
    let catalogue = desk.profiles.catalogue();
    let names = [(known, None)];
    catalogue.insert(None, kind, &names).await.unwrap();
    let body = r#"{"details":{"skills":["rust","Cobol","Ada"],"dob":"x"}}"#;
    let expected = serde_json::json!({"details": {
        "dob": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
        "skills": ["Object with name=Cobol does not exist."],
    }});
    assert_eq!(desk.patch(body).await, (400, expected));
    assert_eq!(desk.names(kind).await, ["Rust"]);
    let (status, body) = desk.patch(r#"{"details":{"skills":["RUST"]}}"#).await;
    assert_eq!(
        (status, &body["skills_data"][0]["name"]),
        (200, &"Rust".into())
    );
}

/// Byte for byte, in every form of a request.
#[tokio::test]
async fn an_entry_of_another_tenant_does_not_exist() {
    let desk = Desk::new().await;
    let details = r#"{"details":{"skills":["Secret"],"investment_interests":["Secret"],
        "technical_interests":["Secret"],"focus_area":["Secret"]}}"#;
    let (status, body) = desk.patch(details).await;
    assert_eq!(status, 200);
    let other = desk.in_another_tenant().await;
    for list in [
        "skills",
        "investment_interests",
        "technical_interests",
        "focus_area",
    ] {
        let theirs = body[list][0].to_string();
        let requests = [theirs.as_str(), "2147483647"].map(|id| {
            let form = format!("details.{list}={id}");
            let part = format!(
                "--b\r\nContent-Disposition: form-data; name=\"details.{list}\"\r\n\r\n{id}\r\n--b--\r\n"
            );
            let json = format!(r#"{{"details":{{"{list}":[{id}]}}}}"#);
            [
                ("application/json", json),
                ("application/x-www-form-urlencoded", form),
                ("multipart/form-data; boundary=b", part),
            ]
        });
        let [theirs_sent, unknown_sent] = &requests;
        for ((kind, theirs_sent), (_, unknown_sent)) in theirs_sent.iter().zip(unknown_sent) {
            let id = "user-profile-partial-update";
            let caller = || Caller::user(ProfileRef::Id(other.id));
            let reply = desk.send(id, caller(), "", kind, theirs_sent.as_bytes());
            let reply = reply.await;
            let missing = desk.send(id, caller(), "", kind, unknown_sent.as_bytes());
            let missing = missing.await;
            assert_eq!(reply.status, missing.status, "{list} as {kind}");
            let text = |reply: &Reply| String::from_utf8(reply.body.to_vec()).unwrap();
            let expected = text(&missing).replace("2147483647", &theirs);
            if reply.status == 400 {
                assert_eq!(text(&reply), expected, "{list} as {kind}");
            }
            assert!(!text(&reply).contains("Secret"), "{list} as {kind}");
        }
    }
    let who = ProfileRef::Id(other.id);
    let stored = desk.profiles.find(&who).await.unwrap().unwrap();
    assert_eq!(stored.skills.len(), 1, "a number in a form is a name");
}

#[tokio::test]
async fn a_tenant_spells_its_names_itself() {
    let desk = Desk::new().await;
    let (_, body) = desk.patch(r#"{"details":{"skills":["RuSt"]}}"#).await;
    let first = body["skills"][0].clone();
    let other = desk.in_another_tenant().await;
    let other = Caller::user(ProfileRef::Id(other.id));
    let id = "user-profile-partial-update";
    let body = br#"{"details":{"skills":["rust"]}}"#;
    let reply = desk.send(id, other, "", "application/json", body).await;
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body["skills_data"][0]["name"], "rust");
    assert_ne!(body["skills"][0], first);
}

#[tokio::test]
async fn a_refused_request_makes_no_names() {
    let desk = Desk::of(|user| user.auth_provider = AuthProvider::Oidc).await;
    for body in [
        r#"{"details":{"skills":["New"],"dob":"x"}}"#,
        r#"{"username":"admin","details":{"skills":["New"]}}"#,
        r#"{"full_name":"Changed","details":{"skills":["New"]}}"#,
    ] {
        let (status, _) = desk.patch(body).await;
        assert_eq!(status, 400, "{body}");
    }
    assert_eq!(desk.stored().await, desk.user);
    let (_, body) = desk.patch(r#"{"full_name":"Changed"}"#).await;
    let sentence = "This field is managed by your oidc identity provider.";
    assert_eq!(body, serde_json::json!({"full_name": [sentence]}));
    let who = ProfileRef::Id(desk.user.id);
    desk.profiles.remove(&who).await.unwrap();
    let (status, _) = desk.patch(r#"{"details":{"skills":["New"]}}"#).await;
    assert_eq!(status, 401);
    assert_eq!(desk.names(CatalogueKind::Skill).await, [""; 0]);
}

#[tokio::test]
async fn stated_facts_are_shown() {
    let desk = Desk::of(|user| {
        let facts = r#"{"top_domain_elo":1210.5,"followers_count":7,"title":"Builder"}"#;
        let facts = manyface_core::Json::parse(facts.to_owned()).unwrap();
        user.facts.insert(NAME.to_owned(), facts);
    })
    .await;
    let (_, body) = desk.patch("{}").await;
    assert_eq!(body["top_domain_elo"], 1210.5);
    assert_eq!(body["followers_count"], 7);
    assert_eq!(body["title"], "Builder");
    assert_eq!(body["streak"], "0");
}
