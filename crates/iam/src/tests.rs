//! Operations over stores in memory, for behaviour that exchanges cannot show.

mod budgets;
mod openapi;
mod resumes;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use manyface_core::{
    AdminRepository, AuthProvider, CachedCatalogue, Caller, CatalogueKind, CatalogueName,
    CatalogueOwner, CatalogueStore, DeploymentSettings, MediaUrls, MemoryBlobs, MemoryProfiles,
    Openness, Profile, ProfileRef, ProfileRepository, Provenance, Services, Tenant, TenantId,
    Tenants, Timestamp, behaviour,
};
use manyface_dialect::{Params, Request, Response};

use crate::{NAME, RESUMES, dialect};

/// Returns a time in 2026.
fn now() -> Timestamp {
    Timestamp::from_second(1_782_383_400).unwrap()
}

struct TestApp {
    profiles: Arc<MemoryProfiles>,
    openness: Openness,
    images: Arc<behaviour::TestImages>,
    blobs: Arc<MemoryBlobs>,
    settings: DeploymentSettings,
    user: Profile,
}

impl TestApp {
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
    ) -> Response {
        let dialect = dialect();
        let route = dialect.routes.iter().find(|route| route.id == id).unwrap();
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(content_type).unwrap();
        headers.insert(header::CONTENT_TYPE, value);
        let request = Request {
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
        route.respond(&request, &services).await
    }

    fn caller(&self) -> Caller {
        Caller::user(ProfileRef::Id(self.user.id))
    }

    async fn patch(&self, body: &str) -> (u16, serde_json::Value) {
        let id = "user-profile-partial-update";
        let response = self
            .send(id, self.caller(), "", "application/json", body.as_bytes())
            .await;
        let body = serde_json::from_slice(&response.body).unwrap();
        (response.status.as_u16(), body)
    }

    async fn upload(&self, field: &str, content: &[u8]) -> (u16, serde_json::Value) {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"details.{field}\"; filename=\"../x\"\r\n\r\n"
        );
        let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
        let id = "user-profile-partial-update";
        let form = "multipart/form-data; boundary=b";
        let response = self.send(id, self.caller(), "", form, &body).await;
        let body = serde_json::from_slice(&response.body).unwrap();
        (response.status.as_u16(), body)
    }

    async fn resume(&self, caller: Caller, name: &str) -> Response {
        let mut response = self
            .send("user-resume-retrieve", caller, name, "text/plain", b"")
            .await;
        if let Some(file) = response.file.take() {
            response.body = file.read().await.unwrap().into();
        }
        response
    }

    /// Adds a user of another tenant.
    async fn add_user_of_another_tenant(&self) -> Profile {
        let tenant = Tenant::new(TenantId(uuid::Uuid::max()), "other".to_owned(), now());
        self.profiles.add_tenant(&tenant).await.unwrap();
        let user = behaviour::new_profile(tenant.id);
        let provenance = Provenance::operator(now());
        self.profiles.add(&user, &[], &provenance).await.unwrap();
        user
    }

    async fn stored(&self) -> Profile {
        let user = ProfileRef::Id(self.user.id);
        self.profiles.find(&user).await.unwrap().unwrap()
    }

    async fn names(&self, kind: CatalogueKind) -> Vec<String> {
        let catalogue = self.profiles.catalogue();
        let listed = catalogue.list(CatalogueOwner::Any, Some(kind), None, 100);
        let listed = listed.await.unwrap();
        listed.into_iter().map(|entry| entry.name).collect()
    }
}

#[tokio::test]
async fn a_closed_catalogue_reports_new_names_with_other_errors() {
    let mut app = TestApp::new().await;
    app.openness = Openness::Closed;
    let known = CatalogueName::parse("Rust").unwrap();
    let kind = CatalogueKind::Skill;
    let catalogue = app.profiles.catalogue();
    let names = [(known, None)];
    catalogue.insert(None, kind, &names).await.unwrap();
    let body = r#"{"details":{"skills":["rust","Cobol","Ada"],"dob":"x"}}"#;
    let expected = serde_json::json!({"details": {
        "dob": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
        "skills": ["Object with name=Cobol does not exist."],
    }});
    assert_eq!(app.patch(body).await, (400, expected));
    assert_eq!(app.names(kind).await, ["Rust"]);
    let (status, body) = app.patch(r#"{"details":{"skills":["RUST"]}}"#).await;
    assert_eq!(
        (status, &body["skills_data"][0]["name"]),
        (200, &"Rust".into())
    );
}

/// The responses are equal in every media type.
#[tokio::test]
async fn an_entry_of_another_tenant_does_not_exist() {
    let app = TestApp::new().await;
    let details = r#"{"details":{"skills":["Secret"],"investment_interests":["Secret"],
        "technical_interests":["Secret"],"focus_area":["Secret"]}}"#;
    let (status, body) = app.patch(details).await;
    assert_eq!(status, 200);
    let other = app.add_user_of_another_tenant().await;
    for list in [
        "skills",
        "investment_interests",
        "technical_interests",
        "focus_area",
    ] {
        let foreign = body[list][0].to_string();
        let requests = [foreign.as_str(), "2147483647"].map(|id| {
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
        let [foreign_bodies, unknown_bodies] = &requests;
        for ((kind, foreign_body), (_, unknown_body)) in foreign_bodies.iter().zip(unknown_bodies) {
            let id = "user-profile-partial-update";
            let caller = || Caller::user(ProfileRef::Id(other.id));
            let response = app.send(id, caller(), "", kind, foreign_body.as_bytes());
            let response = response.await;
            let missing = app.send(id, caller(), "", kind, unknown_body.as_bytes());
            let missing = missing.await;
            assert_eq!(response.status, missing.status, "{list} as {kind}");
            let text = |response: &Response| String::from_utf8(response.body.to_vec()).unwrap();
            let expected = text(&missing).replace("2147483647", &foreign);
            if response.status == 400 {
                assert_eq!(text(&response), expected, "{list} as {kind}");
            }
            assert!(!text(&response).contains("Secret"), "{list} as {kind}");
        }
    }
    let user = ProfileRef::Id(other.id);
    let stored = app.profiles.find(&user).await.unwrap().unwrap();
    assert_eq!(stored.skills.len(), 1, "a number in a form is a name");
}

#[tokio::test]
async fn tenants_spell_names_independently() {
    let app = TestApp::new().await;
    let (_, body) = app.patch(r#"{"details":{"skills":["RuSt"]}}"#).await;
    let first = body["skills"][0].clone();
    let other = app.add_user_of_another_tenant().await;
    let other = Caller::user(ProfileRef::Id(other.id));
    let id = "user-profile-partial-update";
    let body = br#"{"details":{"skills":["rust"]}}"#;
    let response = app.send(id, other, "", "application/json", body).await;
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["skills_data"][0]["name"], "rust");
    assert_ne!(body["skills"][0], first);
}

#[tokio::test]
async fn a_rejected_request_adds_no_names() {
    let app = TestApp::of(|user| user.auth_provider = AuthProvider::Oidc).await;
    for body in [
        r#"{"details":{"skills":["New"],"dob":"x"}}"#,
        r#"{"username":"admin","details":{"skills":["New"]}}"#,
        r#"{"full_name":"Changed","details":{"skills":["New"]}}"#,
    ] {
        let (status, _) = app.patch(body).await;
        assert_eq!(status, 400, "{body}");
    }
    assert_eq!(app.stored().await, app.user);
    let (_, body) = app.patch(r#"{"full_name":"Changed"}"#).await;
    let sentence = "This field is managed by your oidc identity provider.";
    assert_eq!(body, serde_json::json!({"full_name": [sentence]}));
    assert!(behaviour::erase(&*app.profiles, app.user.id).await);
    let (status, _) = app.patch(r#"{"details":{"skills":["New"]}}"#).await;
    assert_eq!(status, 401);
    assert_eq!(app.names(CatalogueKind::Skill).await, [""; 0]);
}

#[tokio::test]
async fn operator_data_is_shown() {
    let app = TestApp::of(|user| {
        let operator_data = r#"{"top_domain_elo":1210.5,"followers_count":7,"title":"Builder"}"#;
        let operator_data = manyface_core::Json::parse(operator_data.to_owned()).unwrap();
        user.operator_data.insert(NAME.to_owned(), operator_data);
    })
    .await;
    let (_, body) = app.patch("{}").await;
    assert_eq!(body["top_domain_elo"], 1210.5);
    assert_eq!(body["followers_count"], 7);
    assert_eq!(body["title"], "Builder");
    assert_eq!(body["streak"], "0");
}
