//! Bodies that are made to be expensive: what they cost, and how long the response is.

use std::time::{Duration, Instant};

use super::*;
use crate::IamError;
use manyface_dialect::{Problem, WireError as _};

/// The longest response to a request that is rejected, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;
const MIB: usize = 1024 * 1024;
/// The length of bodies that are tried in many shapes.
const LONG: usize = 100_000;
/// Many times what any of these bodies takes without optimisation on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(5);

const JSON: &str = "application/json";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A list of about `length` bytes that repeats `item`.
fn list(item: &str, length: usize) -> String {
    format!("[{}0]", item.repeat(length / item.len()))
}

fn part(name: &str, content: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

/// The status and the length of the response to a body that is rejected.
async fn rejection(content_type: &str, body: &str) -> (u16, usize) {
    let app = TestApp::new().await;
    let (id, caller) = ("user-profile-partial-update", app.caller());
    let begun = Instant::now();
    let response = app
        .send(id, caller, "", content_type, body.as_bytes())
        .await;
    assert!(begun.elapsed() < TIMEOUT, "{body:.80}");
    let is_object = serde_json::from_slice::<serde_json::Map<_, _>>(&response.body).is_ok();
    assert!(is_object, "in the dialect's shape");
    (response.status.as_u16(), response.body.len())
}

#[tokio::test]
async fn values_of_any_shape_are_rejected_in_few_words() {
    for item in [
        "[0],",
        r#"{"":0},"#,
        r#""","#,
        "0,",
        "null,",
        "\"\\ud800\",",
    ] {
        for field in ["address", "skills", "user_type", "bio", "dob", "resume"] {
            let value = list(item, LONG);
            let json = format!(r#"{{"details":{{"{field}":{value}}}}}"#);
            let (status, length) = rejection(JSON, &json).await;
            assert_eq!(status, 400, "{field} {item}");
            assert!(length < MAX_RESPONSE, "{field} {item}: {length}");
            let form = format!("{}--b--", part(&format!("details.{field}"), &value));
            let (status, length) = rejection(MULTIPART, &form).await;
            assert_eq!(status, 400, "{field} {item}");
            assert!(length < MAX_RESPONSE, "{field} {item}: {length}");
        }
    }
}

#[tokio::test]
async fn what_is_unknown_costs_nothing_and_is_ignored() {
    let app = TestApp::new().await;
    for item in ["[0],", r#"{"":0},"#, r#""","#, "0,"] {
        let value = list(item, MIB - 100);
        let begun = Instant::now();
        let (status, _) = app.patch(&format!(r#"{{"unknown":{value}}}"#)).await;
        assert_eq!(status, 200, "{item}");
        assert!(begun.elapsed() < TIMEOUT, "{item}");
    }
}

#[tokio::test]
async fn texts_are_repeated_in_part() {
    // A control character is six bytes in a response.
    let long = "\u{1}".repeat(MIB - 200);
    for field in [
        "user_type",
        "country",
        "bio",
        "phone",
        "website_url",
        "resume",
    ] {
        let form = format!("{}--b--", part(&format!("details.{field}"), &long));
        let (status, length) = rejection(MULTIPART, &form).await;
        assert_eq!(status, 400, "{field}");
        assert!(length < 10_000, "{field}: {length}");
    }
    for content_type in [
        format!("text/{}", "x".repeat(100_000)),
        format!("application/json; charset={}", "x".repeat(100_000)),
        format!("multipart/form-data; boundary={}", "x".repeat(100_000)),
    ] {
        let (status, length) = rejection(&content_type, "{}").await;
        assert!(matches!(status, 400 | 415), "{content_type:.40}");
        assert!(length < 10_000, "{content_type:.40}: {length}");
    }
    let problem = Problem::MethodNotAllowed {
        method: "X".repeat(100_000),
        allowed: Vec::new(),
    };
    let response = IamError::from(problem).response();
    assert!(response.body.len() < 10_000);
}

#[tokio::test]
async fn wrong_items_are_named_up_to_a_number() {
    let app = TestApp::new().await;
    let nulls = |count: usize| vec!["null"; count].join(",");
    for (count, named) in [(1, 1), (50, 50), (51, 50), (200_000, 50)] {
        let body = format!(r#"{{"details":{{"skills":[{}]}}}}"#, nulls(count));
        let (status, body) = app.patch(&body).await;
        let items = body["details"]["skills"].as_object().unwrap();
        assert_eq!((status, items.len()), (400, named), "{count}");
    }
    // All lists are wrong in every way at once.
    let item = format!(r#""{}\ud800\u0000\u0001","#, "x".repeat(300));
    let value = list(&item, 100 * item.len());
    let fields = [
        "skills",
        "investment_interests",
        "technical_interests",
        "focus_area",
    ];
    let members = fields
        .map(|field| format!(r#""{field}":{value}"#))
        .join(",");
    let (_, length) = rejection(JSON, &format!(r#"{{"details":{{{members}}}}}"#)).await;
    assert!(length < MAX_RESPONSE, "{length}");
}

#[tokio::test]
async fn texts_of_a_form_have_the_limit_of_json_together() {
    let half = part("a", &"x".repeat(MIB * 5 / 4));
    assert_eq!(
        rejection(MULTIPART, &format!("{half}{half}--b--")).await.0,
        413
    );
    let whole = part("details.address", &list("[0],", 15 * MIB));
    assert_eq!(rejection(MULTIPART, &format!("{whole}--b--")).await.0, 413);
}

#[tokio::test]
async fn objects_and_forms_have_as_many_members() {
    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!(r#""{n}":0"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    let app = TestApp::new().await;
    assert_eq!(app.patch(&members(1_000)).await.0, 200);
    let details = format!(r#"{{"details":{}}}"#, members(1_000));
    assert_eq!(app.patch(&details).await.0, 200);
    let (status, body) = app.patch(&members(1_001)).await;
    let sentence = "JSON parse error - The number of fields is exceeded.";
    assert_eq!(
        (status, body),
        (400, serde_json::json!({"detail": sentence}))
    );
    let details = format!(r#"{{"details":{}}}"#, members(1_001));
    let (status, body) = app.patch(&details).await;
    let expected = serde_json::json!({"details": {
        "non_field_errors": ["The number of fields is exceeded."]}});
    assert_eq!((status, body), (400, expected));
    assert_eq!(rejection(URLENCODED, &"a=&".repeat(300_000)).await.0, 400);
    assert_eq!(
        rejection(MULTIPART, &"--b\r\n".repeat(300_000)).await.0,
        400
    );
}

/// Its depth and its length together must cost no more than its length.
#[tokio::test]
async fn a_long_value_may_be_deep_or_have_many_members() {
    let deep = format!(
        "{}{}0{}",
        "[".repeat(120),
        "0,".repeat(200_000),
        "]".repeat(120)
    );
    let members = (0..30_000).map(|number| format!("\"{number}\":0,"));
    let wide = format!("{{{}\"\":0}}", members.collect::<String>());
    for value in [deep, wide] {
        let json = format!(r#"{{"details":{{"address":{value}}}}}"#);
        let (status, length) = rejection(JSON, &json).await;
        assert_eq!(status, 400);
        assert!(length < MAX_RESPONSE, "{length}");
    }
}
