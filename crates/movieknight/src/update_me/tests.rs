//! The rules of the body, and the operation over a store in memory.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};
use manyface_core::{
    Avatar, Caller, Country, Edit, MediaUrls, MemoryProfiles, Profile, ProfilePatch, ProfileRef,
    Provenance, Registry, Services, TenantId, Timestamp, WebUrl, behaviour,
};
use manyface_dialect::{Params, Reply};
use proptest::prelude::*;

use super::*;

fn decoded(body: &str) -> Result<ProfilePatch, String> {
    let body: Body = serde_json::from_str(body).unwrap();
    let (patch, _, sent) = patch(&body).map_err(|error| error.to_string())?;
    let sentences = sent.into_iter().map(
        |Sent {
             field, rejection, ..
         }| {
            let name = FACES[0].spelling(field).unwrap();
            format!("{name} {}", rejection.unwrap())
        },
    );
    let sentences: Vec<_> = sentences.collect();
    if sentences.is_empty() {
        Ok(patch)
    } else {
        Err(sentences.join("; "))
    }
}

fn check(body: &str, expected: ProfilePatch) {
    assert_eq!(decoded(body), Ok(expected), "{body}");
}

fn check_refused(body: &str, sentence: &str) {
    assert_eq!(decoded(body), Err(sentence.to_owned()), "{body}");
}

fn nothing() -> ProfilePatch {
    ProfilePatch::default()
}

#[test]
fn only_named_fields_are_in_the_patch() {
    let bio = Edit::Set("x".to_owned());
    check(r#"{"bio":" x "}"#, ProfilePatch { bio, ..nothing() });
    let display_name = Edit::Set("Ada".to_owned());
    check(
        r#"{"name":"Ada","email":"e@example.com","username":"x","id":"1"}"#,
        ProfilePatch {
            display_name,
            ..nothing()
        },
    );
}

#[test]
fn empty_clears_what_can_be_empty() {
    for empty in ["", "  ", "\u{a0}\u{200b}"] {
        check(
            &format!(r#"{{"bio":"{empty}","avatarUrl":"{empty}","countryCode":"{empty}"}}"#),
            ProfilePatch {
                bio: Edit::Clear,
                avatar: Edit::Clear,
                country: Edit::Clear,
                ..nothing()
            },
        );
        check_refused(
            &format!(r#"{{"name":"{empty}"}}"#),
            "name must not be empty",
        );
    }
}

#[test]
fn a_country_is_taken_in_either_case() {
    for code in ["US", "us", " uS "] {
        let country = Country::parse_alpha2("US").map_or(Edit::Keep, Edit::Set);
        check(
            &format!(r#"{{"countryCode":"{code}"}}"#),
            ProfilePatch {
                country,
                ..nothing()
            },
        );
    }
    for code in ["XX", "USA", "U", "\u{ff35}\u{ff33}", "U S"] {
        check_refused(
            &format!(r#"{{"countryCode":"{code}"}}"#),
            "countryCode must be an ISO 3166-1 alpha-2 code",
        );
    }
}

#[test]
fn an_avatar_is_a_web_address() {
    let url = WebUrl::parse("https://i.imgur.com/abc.png").unwrap();
    let avatar = Edit::Set(Avatar::External(url));
    check(
        r#"{"avatarUrl":" https://i.imgur.com/abc.png "}"#,
        ProfilePatch {
            avatar,
            ..nothing()
        },
    );
    for url in [
        "ftp://a.example",
        "https://u:p@a.example",
        "a.png",
        "javascript:alert(1)",
    ] {
        check_refused(
            &format!(r#"{{"avatarUrl":"{url}"}}"#),
            "avatarUrl must be an http or https URL",
        );
    }
    let long = format!("https://a.example/{}", "x".repeat(1_572_846));
    assert!(decoded(&format!(r#"{{"avatarUrl":"{long}"}}"#)).is_ok());
    let host = "x".repeat(2_049);
    check_refused(
        &format!(r#"{{"avatarUrl":"https://{host}"}}"#),
        "avatarUrl must be an http or https URL",
    );
    check_refused(
        &format!(r#"{{"avatarUrl":"{}"}}"#, "x".repeat(1_572_865)),
        "avatarUrl must be at most 1572864 bytes",
    );
}

#[test]
fn an_avatar_may_come_along_as_a_data_url() {
    let body = r#"{"avatarUrl":" data:image/png;base64,AAEC\n","bio":"x"}"#;
    let body: Body = serde_json::from_str(body).unwrap();
    let (patch, picture, _) = patch(&body).unwrap();
    assert_eq!(picture.as_deref(), Some(&b"\0\x01\x02"[..]));
    let bio = Edit::Set("x".to_owned());
    assert_eq!(patch, ProfilePatch { bio, ..nothing() });
    for url in [
        "data:text/html;base64,AAAA",
        "data:image/png,AAAA",
        "DATA:image/png;base64",
    ] {
        check_refused(
            &format!(r#"{{"avatarUrl":"{url}"}}"#),
            "avatarUrl must begin with data:image/…;base64,",
        );
    }
    check_refused(
        r#"{"avatarUrl":"data:image/png;base64,AA="}"#,
        "avatarUrl must be valid base64",
    );
    let longest = format!("data:image/png;base64,{}", "A".repeat(1_572_840));
    assert!(decoded(&format!(r#"{{"avatarUrl":"{longest}"}}"#)).is_ok());
    check_refused(
        &format!(r#"{{"avatarUrl":"{longest}AAAA"}}"#),
        "avatarUrl must be at most 1572864 bytes",
    );
}

#[test]
fn lengths_are_counted_in_characters_after_trimming() {
    for (field, max) in [("bio", 200), ("name", 100)] {
        let longest = "\u{1f600}".repeat(max);
        let body = |text: &str| format!(r#"{{"{field}":"  {text}\n"}}"#);
        assert!(decoded(&body(&longest)).is_ok());
        check_refused(
            &body(&format!("{longest}x")),
            &format!("{field} must be at most {max} characters"),
        );
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    check_refused(
        r#"{"bio":null,"name":7,"avatarUrl":["x"],"countryCode":"XX","extra":1}"#,
        "bio must be a string; name must be a string; avatarUrl must be a string; \
         countryCode must be an ISO 3166-1 alpha-2 code",
    );
    check_refused(
        r#"{"bio":"a\u0000b"}"#,
        "bio must not contain control characters",
    );
}

#[test]
fn a_body_without_a_known_field_is_refused() {
    for body in ["{}", r#"{"email":"e@example.com"}"#, r#"{"Bio":"x"}"#] {
        check_refused(
            body,
            "at least one of bio, name, avatarUrl, countryCode is required",
        );
    }
}

/// One user on a memory store, with the dialect over it.
struct Desk {
    store: Arc<MemoryProfiles>,
    images: Arc<behaviour::TestImages>,
    user: Profile,
}

impl Desk {
    async fn new() -> Self {
        let store = Arc::new(MemoryProfiles::default());
        let tenant = TenantId(uuid::Uuid::nil());
        let now = Timestamp::UNIX_EPOCH;
        store.default_tenant(tenant, now).await.unwrap();
        let user = behaviour::new_profile(tenant);
        let provenance = Provenance::operator(now);
        store.add(&user, &[], &provenance).await.unwrap();
        let images = Arc::default();
        Self {
            store,
            images,
            user,
        }
    }

    async fn send(&self, id: &str, body: &str, headers: &[(header::HeaderName, &str)]) -> Reply {
        let dialect = crate::dialect();
        let route = dialect.routes.iter().find(|route| route.id == id).unwrap();
        let json = (header::CONTENT_TYPE, "application/json");
        let headers = headers.iter().chain([&json]);
        let headers =
            headers.map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        let call = Call {
            caller: Arc::new(Caller::user(ProfileRef::Id(self.user.id))),
            params: Params::default(),
            query: String::new(),
            headers: headers.collect::<HeaderMap>(),
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
            request_id: "r".to_owned(),
            dialect: dialect.name,
            mount: "/api".into(),
            now: Timestamp::UNIX_EPOCH,
        };
        let mut services = Services::new(Arc::clone(&self.store) as _);
        services.images = Arc::clone(&self.images) as _;
        services.media_urls = Arc::new(MediaUrls::under("https://a.example").unwrap());
        (route.handle)(&call, &services).await
    }
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let desk = Desk::new().await;
    let body = r#"{"bio":"hi","name":"Ada","countryCode":"de","avatarUrl":"http://a.example/b"}"#;
    let written = desk.send("update-my-profile", body, &[]).await;
    assert_eq!(written.status, 200);
    let text = String::from_utf8(written.body.to_vec()).unwrap();
    assert!(text.contains(r#""bio":"hi","name":"Ada""#), "{text}");
    assert!(
        text.contains(r#""avatarUrl":"http://a.example/b""#),
        "{text}"
    );
    assert!(text.contains(r#""countryCode":"DE""#), "{text}");
    let read = desk.send("get-my-profile", "", &[]).await;
    assert_eq!((read.status, &read.body), (written.status, &written.body));
    assert_eq!(read.headers[header::ETAG], written.headers[header::ETAG]);
}

#[tokio::test]
async fn a_picture_goes_in_as_a_data_url_and_comes_out_as_an_address() {
    let desk = Desk::new().await;
    // "\x89PNG\r\n\x1a\n"
    let body = r#"{"avatarUrl":"data:image/png;base64,iVBORw0KGgo="}"#;
    let written = desk.send("update-my-profile", body, &[]).await;
    let shown: serde_json::Value = serde_json::from_slice(&written.body).unwrap();
    let url = shown["data"]["user"]["avatarUrl"].as_str().unwrap();
    assert!(url.starts_with("https://a.example/media/"), "{url}");
    let back = format!(r#"{{"avatarUrl":"{url}"}}"#);
    for same in [body, &back] {
        let again = desk.send("update-my-profile", same, &[]).await;
        assert_eq!(again.headers[header::ETAG], written.headers[header::ETAG]);
        assert_eq!(again.body, written.body);
    }
    let refused = r#"{"avatarUrl":"data:image/png;base64,AAAA","bio":"x"}"#;
    let refused = desk.send("update-my-profile", refused, &[]).await;
    assert_eq!(refused.status, 400);
    let sentence = r#"{"ok":false,"error":"avatarUrl must be a PNG, JPEG, GIF or WebP picture"}"#;
    assert_eq!(refused.body, sentence);
    let read = desk.send("get-my-profile", "", &[]).await;
    assert_eq!(read.body, written.body);
}

#[tokio::test]
async fn a_condition_that_fails_writes_nothing() {
    let desk = Desk::new().await;
    let before = desk.send("get-my-profile", "", &[]).await;
    let tag = before.headers[header::ETAG].to_str().unwrap();
    let body = r#"{"bio":"new"}"#;
    let changed = "the profile has changed";
    let foreign = "If-Match has no entity tag of this resource";
    let weak = "If-Match has no strong entity tag";
    for (name, value, sentence) in [
        (header::IF_MATCH, "\"0\"", foreign),
        (header::IF_MATCH, &format!("W/{tag}"), weak),
        (header::IF_NONE_MATCH, "*", changed),
        (header::IF_NONE_MATCH, tag, changed),
    ] {
        let refused = desk.send("update-my-profile", body, &[(name, value)]).await;
        assert_eq!(refused.status, 412);
        let expected = format!(r#"{{"ok":false,"error":"{sentence}"}}"#);
        assert_eq!(refused.body, expected);
    }
    let current = [(header::IF_NONE_MATCH, tag)];
    let unchanged = desk.send("get-my-profile", "", &current).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
    let current = [(header::IF_MATCH, tag)];
    let written = desk.send("update-my-profile", body, &current).await;
    assert_eq!(written.status, 200);
    let again = desk
        .send("update-my-profile", r#"{"bio":"x"}"#, &current)
        .await;
    assert_eq!(again.status, 412);
}

proptest! {
    /// GetPut: writing back what was read changes nothing.
    #[test]
    fn writing_back_what_was_read_changes_nothing(
        bio in any::<String>(), name in any::<String>(), country in 0..3_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let desk = Desk::new().await;
            let country = ["", "DE", "us"][country];
            let body = serde_json::json!({"bio": bio, "name": name, "countryCode": country});
            let written = desk.send("update-my-profile", &body.to_string(), &[]).await;
            if written.status != 200 {
                return;
            }
            let user: serde_json::Value = serde_json::from_slice(&written.body).unwrap();
            let user = &user["data"]["user"];
            let again = serde_json::json!({
                "bio": user["bio"], "name": user["name"], "countryCode": user["countryCode"],
            });
            let rewritten = desk.send("update-my-profile", &again.to_string(), &[]).await;
            assert_eq!(rewritten.headers[header::ETAG], written.headers[header::ETAG]);
            assert_eq!(rewritten.body, written.body);
        });
    }
}
