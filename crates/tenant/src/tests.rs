//! The operations over a store in memory.

mod openapi;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use manyface_core::{
    Action, AuthProvider, Avatar, Caller, Edit, MemoryProfiles, Profile, ProfilePatch, ProfileRef,
    Profiles, Provenance, Registry, Services, Tenant, TenantId, Tenants, Timestamp, WebUrl,
    behaviour::{self, TestImages},
};
use manyface_dialect::{
    Body as _, Call, Endpoint, Json, NoBody, Params, Reply, TENANT_ID, write_data_url,
};
use proptest::prelude::*;

use crate::{NAME, TenantError, get_profile::GetProfile, update_profile::UpdateProfile};

/// Two tenants with a user each on a memory store, with the dialect over it.
struct Desk {
    store: Arc<MemoryProfiles>,
    images: Arc<TestImages>,
    user: Profile,
    other: Profile,
}

impl Desk {
    async fn new() -> Self {
        let store = Arc::new(MemoryProfiles::default());
        let now = Timestamp::UNIX_EPOCH;
        let mut users = Vec::new();
        for number in 1..=2 {
            let id = TenantId(uuid::Uuid::from_u128(number));
            let tenant = Tenant::new(id, format!("T{number}"), now);
            store.add_tenant(&tenant).await.unwrap();
            let user = behaviour::new_profile(id);
            let provenance = Provenance::operator(now);
            store.add(&user, &[], &provenance).await.unwrap();
            users.push(user);
        }
        Self {
            store,
            images: Arc::default(),
            other: users.pop().unwrap(),
            user: users.pop().unwrap(),
        }
    }

    fn call(&self, tenant: TenantId, body: &str, headers: &[(HeaderName, &str)]) -> Call {
        let mut caller = Caller::user(ProfileRef::Id(self.user.id));
        caller.tenant = Some(self.user.tenant_id);
        let tenant = tenant.to_string();
        let always = [
            (header::CONTENT_TYPE, "application/json"),
            (TENANT_ID, &tenant),
        ];
        let headers = headers.iter().chain(&always);
        let headers =
            headers.map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        Call {
            caller: Arc::new(caller),
            params: Params::default(),
            query: String::new(),
            headers: headers.collect::<HeaderMap>(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            request_id: "r".to_owned(),
            dialect: NAME,
            mount: "/v1".into(),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn services(&self) -> Services {
        let mut services = Services::new(Arc::clone(&self.store) as _);
        services.images = Arc::clone(&self.images) as _;
        services
    }

    async fn send(&self, id: &str, body: &str, headers: &[(HeaderName, &str)]) -> Reply {
        let dialect = crate::dialect();
        let route = dialect.routes.iter().find(|route| route.id == id).unwrap();
        let call = self.call(self.user.tenant_id, body, headers);
        (route.handle)(&call, &self.services()).await
    }

    async fn put(&self, body: &str) -> Reply {
        self.send("updateUserProfile", body, &[]).await
    }

    async fn get(&self) -> Reply {
        self.send("getUserProfile", "", &[]).await
    }

    async fn run<A: Action>(&self, call: &Call, action: A) -> manyface_core::Result<A::Output> {
        call.context(&self.services()).run(action).await
    }

    async fn stored(&self, profile: &Profile) -> Profile {
        let found = self.store.find(&ProfileRef::Id(profile.id)).await;
        found.unwrap().unwrap()
    }
}

/// Makes the token of `call` claim `tenant`.
fn claim(call: &mut Call, tenant: TenantId) {
    Arc::make_mut(&mut call.caller).tenant = Some(tenant);
}

fn json(reply: &Reply) -> serde_json::Value {
    serde_json::from_slice(&reply.body).unwrap()
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let desk = Desk::new().await;
    let body = r#"{"first_name":"Ada","last_name":"Lovelace"}"#;
    let written = desk.put(body).await;
    assert_eq!(written.status, 200);
    assert_eq!(json(&written)["name"], "Ada Lovelace");
    let read = desk.get().await;
    assert_eq!((read.status, &read.body), (written.status, &written.body));
    assert_eq!(read.headers[header::ETAG], written.headers[header::ETAG]);
    let kept = desk.put(r#"{"display_name":"Countess"}"#).await;
    let kept = json(&kept);
    assert_eq!(
        [&kept["first_name"], &kept["last_name"], &kept["name"]],
        ["Ada", "Lovelace", "Countess"]
    );
}

#[tokio::test]
async fn a_picture_comes_back_as_a_data_uri_and_goes_with_null() {
    let desk = Desk::new().await;
    let file = b"\x89PNG\r\n\x1a\n and so on";
    let uri = write_data_url("image/png", file);
    let written = desk.put(&format!(r#"{{"avatar_base64":"{uri}"}}"#)).await;
    assert_eq!(written.status, 200);
    let shown = json(&written)["avatar_base64"].clone();
    assert!(
        shown
            .as_str()
            .is_some_and(|uri| uri.starts_with("data:image/png;base64,"))
    );
    // What was read may be sent back: it is no new picture.
    let again = desk.put(&format!(r#"{{"avatar_base64":{shown}}}"#)).await;
    assert_eq!(again.headers[header::ETAG], written.headers[header::ETAG]);
    let removed = desk.put(r#"{"avatar_base64":null}"#).await;
    assert!(json(&removed)["avatar_base64"].is_null());
    assert_eq!(desk.stored(&desk.user).await.avatar, None);
}

#[tokio::test]
async fn a_picture_elsewhere_is_not_shown_and_not_lost() {
    let desk = Desk::new().await;
    let url = WebUrl::parse("https://a.example/b.png").unwrap();
    let external = Some(Avatar::External(url));
    let call = desk.call(desk.user.tenant_id, "", &[]);
    let link = manyface_core::UpdateProfile {
        patch: ProfilePatch {
            avatar: external.clone().map_or(Edit::Keep, Edit::Set),
            ..ProfilePatch::default()
        },
        picture: None,
        upload: None,
        expected: manyface_core::Expected::Anything,
        existing_names: Vec::new(),
    };
    desk.run(&call, link).await.unwrap();
    assert!(json(&desk.get().await)["avatar_base64"].is_null());
    let written = desk.put(r#"{"first_name":"Ada"}"#).await;
    assert_eq!(written.status, 200);
    assert_eq!(desk.stored(&desk.user).await.avatar, external);
}

#[tokio::test]
async fn an_identity_provider_owns_two_of_the_names() {
    for provider in [AuthProvider::Oidc, AuthProvider::Saml] {
        let desk = Desk::new().await;
        let mut user = behaviour::new_profile(desk.user.tenant_id);
        user.auth_provider = provider;
        user.given_name = Some("Ada".to_owned());
        let provenance = Provenance::operator(Timestamp::UNIX_EPOCH);
        desk.store.add(&user, &[], &provenance).await.unwrap();
        let desk = Desk {
            user: user.clone(),
            ..desk
        };
        let refused = desk
            .put(r#"{"first_name":"Eve","last_name":"E","display_name":"x"}"#)
            .await;
        assert_eq!(refused.status, 400);
        let expected = serde_json::json!({
            "code": "managed_fields",
            "message":
                format!("managed by your {provider} identity provider: first_name, last_name"),
            "details": {
                "managed_fields": ["first_name", "last_name"],
                "auth_provider": provider.as_str(),
            },
        });
        assert_eq!(json(&refused), expected);
        assert_eq!(desk.stored(&user).await, user);
        // What is there already is no change, and the rest is the user's own.
        let file = write_data_url("image/png", b"\x89PNG\r\n\x1a\n and so on");
        let body = format!(
            r#"{{"first_name":"Ada","last_name":"","display_name":"A.","avatar_base64":"{file}"}}"#
        );
        let written = desk.put(&body).await;
        assert_eq!(written.status, 200);
        let written = json(&written);
        assert_eq!(
            [&written["first_name"], &written["display_name"]],
            ["Ada", "A."]
        );
        assert!(written["avatar_base64"].is_string());
    }
}

#[tokio::test]
async fn the_store_keeps_tenants_apart_without_the_headers_check() {
    let desk = Desk::new().await;
    let theirs = desk.other.tenant_id;
    let mut call = desk.call(theirs, r#"{"first_name":"Eve"}"#, &[]);
    for admitted in [GetProfile::admit(&call), UpdateProfile::admit(&call)] {
        assert!(matches!(admitted, Err(TenantError::TenantMismatch)));
    }
    // A token of the other tenant passes the check, and the statement finds no such user there.
    claim(&mut call, theirs);
    let read = GetProfile::decode(&call, NoBody).unwrap();
    let unknown = |error| matches!(error, manyface_core::Error::Unauthenticated);
    assert!(desk.run(&call, read).await.is_err_and(unknown));
    let body = Json::read(&call).unwrap();
    let write = UpdateProfile::decode(&call, body).unwrap();
    assert!(desk.run(&call, write).await.is_err_and(unknown));
    let picture = format!(
        r#"{{"avatar_base64":"{}"}}"#,
        write_data_url("image/png", b"\x89PNG\r\n\x1a\n and so on")
    );
    let mut call = desk.call(theirs, &picture, &[]);
    claim(&mut call, theirs);
    let write = UpdateProfile::decode(&call, Json::read(&call).unwrap()).unwrap();
    assert!(desk.run(&call, write).await.is_err_and(unknown));
    assert_eq!(desk.stored(&desk.user).await, desk.user);
    assert_eq!(desk.stored(&desk.other).await, desk.other);
}

#[tokio::test]
async fn a_condition_that_fails_writes_nothing() {
    let desk = Desk::new().await;
    let before = desk.get().await;
    let tag = before.headers[header::ETAG].to_str().unwrap();
    let body = r#"{"first_name":"new"}"#;
    for (name, value) in [
        (header::IF_MATCH, "\"0\""),
        (header::IF_MATCH, &format!("W/{tag}")),
        (header::IF_NONE_MATCH, "*"),
        (header::IF_NONE_MATCH, tag),
    ] {
        let refused = desk.send("updateUserProfile", body, &[(name, value)]).await;
        assert_eq!(refused.status, 412);
        assert_eq!(json(&refused)["code"], "precondition_failed");
    }
    let current = [(header::IF_NONE_MATCH, tag)];
    let unchanged = desk.send("getUserProfile", "", &current).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
    let current = [(header::IF_MATCH, tag)];
    let written = desk.send("updateUserProfile", body, &current).await;
    assert_eq!(written.status, 200);
}

proptest! {
    /// GetPut: writing back what was read changes nothing; what is null is left out.
    #[test]
    fn writing_back_what_was_read_changes_nothing(
        first_name in any::<String>(), last_name in any::<String>(), display_name in any::<String>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let desk = Desk::new().await;
            let body = serde_json::json!({
                "first_name": first_name, "last_name": last_name, "display_name": display_name,
            });
            let written = desk.put(&body.to_string()).await;
            if written.status != 200 {
                return;
            }
            let mut again = json(&written);
            if let Some(fields) = again.as_object_mut() {
                fields.retain(|_, value| !value.is_null());
            }
            let rewritten = desk.put(&again.to_string()).await;
            assert_eq!(rewritten.headers[header::ETAG], written.headers[header::ETAG]);
            assert_eq!(rewritten.body, written.body);
        });
    }
}
