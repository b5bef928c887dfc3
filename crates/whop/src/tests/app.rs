//! A test application over stores in memory.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use manyface_core::{
    AdminRepository, ApiKeyHolder, Caller, Json, MediaUrls, MemoryProfiles, Profile, ProfileRef,
    ProfileRepository, Provenance, Services, SignedDuration, Signer, Subject, TenantId, Timestamp,
    Username,
    behaviour::{self, TestImages},
};
use manyface_dialect::{Params, Request, Response, Route};
use serde_json::Value;

use crate::{BALANCE_READ, EMAIL_READ, NAME, PROFILE_UPDATE, dialect};

/// An insecure signer for tests.
struct TestSigner;

impl Signer for TestSigner {
    fn sign(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, part) in (0_u64..).zip(bytes.chunks_mut(8)) {
            let start = 0xcbf2_9ce4_8422_2325_u64.wrapping_add(chunk);
            let text = format!("{purpose}\0{text}");
            let hash = text.bytes().fold(start, |hash, byte| {
                (hash ^ u64::from(byte))
                    .wrapping_mul(0x0100_0000_01b3)
                    .rotate_left(17)
            });
            part.copy_from_slice(&hash.to_be_bytes());
        }
        bytes
    }

    fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool {
        self.sign(purpose, text) == signature
    }
}

pub(super) struct TestApp {
    pub(super) store: Arc<MemoryProfiles>,
    images: Arc<TestImages>,
    media: MediaUrls,
    tenant: TenantId,
    now: Mutex<Timestamp>,
    requests: AtomicU32,
}

/// A response with its parsed body.
#[derive(Debug)]
pub(super) struct TestResponse {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    pub(super) text: String,
}

impl TestResponse {
    /// Returns the message of an error response.
    pub(super) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

impl TestApp {
    pub(super) async fn new() -> Self {
        let store = Arc::new(MemoryProfiles::default());
        let tenant = TenantId(uuid::Uuid::from_u128(1));
        let now: Timestamp = "2026-07-01T12:00:00Z".parse().unwrap();
        store.default_tenant(tenant, now).await.unwrap();
        Self {
            store,
            images: Arc::default(),
            media: MediaUrls::under("https://id.example.com").unwrap(),
            tenant,
            now: Mutex::new(now),
            requests: AtomicU32::new(0),
        }
    }

    /// Adds a user with the user name `name` and the tag `user_<name>`.
    pub(super) async fn user(&self, name: &str) -> User<'_> {
        let mut profile = behaviour::new_profile(self.tenant);
        profile.username = Username::parse(name).unwrap();
        let tag = format!("user_{name}");
        profile.external_ids.insert(NAME.to_owned(), tag);
        profile.created_at = "2026-01-01T12:00:00.401Z".parse().unwrap();
        self.add(&profile).await;
        let mut caller = Caller::user(ProfileRef::Id(profile.id));
        caller.scopes = [PROFILE_UPDATE, BALANCE_READ, EMAIL_READ]
            .map(str::to_owned)
            .to_vec();
        User {
            app: self,
            caller,
            id: ProfileRef::Id(profile.id),
        }
    }

    pub(super) async fn add(&self, profile: &Profile) {
        let provenance = Provenance::operator(self.now());
        self.store.add(profile, &[], &provenance).await.unwrap();
    }

    /// Returns a caller with an API key of an account.
    pub(super) fn key(&self, account: &str) -> User<'_> {
        let mut caller = Caller::anonymous();
        caller.subject = Subject::ApiKey(ApiKeyHolder {
            id: format!("key_{account}"),
            tenant_id: self.tenant,
            app: None,
            accounts: vec![account.to_owned()],
            api_version: None,
        });
        caller.scopes = vec![PROFILE_UPDATE.to_owned()];
        User {
            app: self,
            caller,
            id: ProfileRef::Username(String::new()),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(super) fn advance_clock(&self, hours: i64) {
        let mut now = self.now.lock().unwrap();
        *now += SignedDuration::from_hours(hours);
    }

    /// Sends a request to its route, as a server does.
    pub(super) async fn send(
        &self,
        caller: Caller,
        line: &str,
        headers: &[(&'static str, &str)],
        body: &[u8],
    ) -> TestResponse {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (route, params) = route(method, path).expect("the path has a route");
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_static(name);
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        if !map.contains_key(header::CONTENT_TYPE) {
            let json = HeaderValue::from_static("application/json");
            map.insert(header::CONTENT_TYPE, json);
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("r{number}");
        let request = Request {
            caller: Arc::new(caller),
            params,
            query: query.to_owned(),
            headers: map,
            body: Bytes::copy_from_slice(body),
            request_id,
            dialect: NAME,
            mount: "/api/v1".into(),
            now: self.now(),
        };
        let mut services = Services::new(Arc::clone(&self.store) as _);
        services.replace_overrides(|_| Arc::clone(&self.store) as _);
        services.images = Arc::clone(&self.images) as _;
        services.uploads = Arc::clone(&self.store) as _;
        services.signer = Arc::new(TestSigner);
        services.media_urls = Arc::new(self.media.clone());
        test_response(route.respond(&request, &services).await)
    }
}

fn route(method: &str, path: &str) -> Option<(Route, Params)> {
    let parts: Vec<_> = path.split('/').collect();
    let mut routes = dialect().routes.into_iter();
    routes.find_map(|route| {
        let template: Vec<_> = route.path.split('/').collect();
        let matches = route.method.as_str() == method
            && template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(template, part)| template == part || template.starts_with('{'));
        let params = template.iter().zip(&parts).filter_map(|(template, part)| {
            let name = template.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), (*part).to_owned()))
        });
        matches.then(|| (route.clone(), params.collect()))
    })
}

fn test_response(response: Response) -> TestResponse {
    let text = String::from_utf8(response.body.to_vec()).unwrap();
    let body = match response.status {
        StatusCode::NOT_MODIFIED => Value::Null,
        _ => serde_json::from_str(&text).unwrap(),
    };
    TestResponse {
        status: response.status.as_u16(),
        headers: response.headers,
        body,
        text,
    }
}

/// A user with a credential.
pub(super) struct User<'a> {
    pub(super) app: &'a TestApp,
    pub(super) caller: Caller,
    pub(super) id: ProfileRef,
}

impl User<'_> {
    /// Returns the same user with other scopes.
    pub(super) fn with_scopes(mut self, scopes: &[&str]) -> Self {
        self.caller.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    pub(super) async fn get(&self, target: &str, version: &str) -> TestResponse {
        let version = [("api-version-date", version)];
        let line = format!("GET {target}");
        let caller = self.caller.clone();
        self.app.send(caller, &line, &version, b"").await
    }

    pub(super) async fn patch(&self, target: &str, version: &str, body: &str) -> TestResponse {
        let version = [("api-version-date", version)];
        let line = format!("PATCH {target}");
        let caller = self.caller.clone();
        self.app
            .send(caller, &line, &version, body.as_bytes())
            .await
    }

    pub(super) async fn post(&self, target: &str, version: &str, body: &str) -> TestResponse {
        let version = [("api-version-date", version)];
        let line = format!("POST {target}");
        let caller = self.caller.clone();
        self.app
            .send(caller, &line, &version, body.as_bytes())
            .await
    }

    /// Reads the profile of the user.
    pub(super) async fn profile(&self) -> Profile {
        self.app.store.find(&self.id).await.unwrap().unwrap()
    }

    pub(super) async fn set_operator_data(&self, operator_data: &str) {
        let operator_data = Json::parse(operator_data.to_owned()).unwrap();
        crate::operator_data::check(&operator_data).unwrap();
        let provenance = Provenance::operator(self.app.now());
        let set =
            self.app
                .store
                .set_operator_data(&self.id, NAME, Some(&operator_data), &provenance);
        set.await.unwrap().unwrap();
    }
}
