//! The cost of expensive bodies, and the length of the responses.

use std::time::{Duration, Instant};

use super::*;
use crate::IamError;
use manyface_dialect::{Problem, WireError as _};

/// The maximum length of an error response, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;
const MIB: usize = 1024 * 1024;
/// The length of long values, in bytes.
const LONG: usize = 100_000;
/// Many times the cost of any of these bodies, without optimisation on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(5);

const JSON: &str = "application/json";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// Returns a list of about `length` bytes that repeats `item`.
fn list(item: &str, length: usize) -> String {
    format!("[{}0]", item.repeat(length / item.len()))
}

fn part(name: &str, content: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

/// Returns the status and the length of the response to an invalid body.
async fn rejection(content_type: &str, body: &str) -> (u16, usize) {
    let app = TestApp::new().await;
    let (id, caller) = ("user-profile-partial-update", app.caller());
    let start = Instant::now();
    let response = app
        .send(id, caller, "", content_type, body.as_bytes())
        .await;
    assert!(start.elapsed() < TIMEOUT, "{body:.80}");
    let is_object = serde_json::from_slice::<serde_json::Map<_, _>>(&response.body).is_ok();
    assert!(is_object, "the response is not an object");
    (response.status.as_u16(), response.body.len())
}

#[tokio::test]
async fn responses_to_long_invalid_values_are_short() {
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
async fn long_unknown_values_are_ignored_quickly() {
    let app = TestApp::new().await;
    for item in ["[0],", r#"{"":0},"#, r#""","#, "0,"] {
        let value = list(item, MIB - 100);
        let start = Instant::now();
        let (status, _) = app.patch(&format!(r#"{{"unknown":{value}}}"#)).await;
        assert_eq!(status, 200, "{item}");
        assert!(start.elapsed() < TIMEOUT, "{item}");
    }
}

#[tokio::test]
async fn messages_repeat_values_in_part() {
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
async fn the_number_of_reported_items_is_bounded() {
    let app = TestApp::new().await;
    let nulls = |count: usize| vec!["null"; count].join(",");
    for (count, named) in [(1, 1), (50, 50), (51, 50), (200_000, 50)] {
        let body = format!(r#"{{"details":{{"skills":[{}]}}}}"#, nulls(count));
        let (status, body) = app.patch(&body).await;
        let items = body["details"]["skills"].as_object().unwrap();
        assert_eq!((status, items.len()), (400, named), "{count}");
    }
    // All items of all lists have every problem at once.
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
async fn all_strings_of_a_form_together_have_the_limit_of_json() {
    let half = part("a", &"x".repeat(MIB * 5 / 4));
    assert_eq!(
        rejection(MULTIPART, &format!("{half}{half}--b--")).await.0,
        413
    );
    let whole = part("details.address", &list("[0],", 15 * MIB));
    assert_eq!(rejection(MULTIPART, &format!("{whole}--b--")).await.0, 413);
}

#[tokio::test]
async fn the_number_of_members_is_bounded_in_json_and_forms() {
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

/// The cost must be linear in the length, not a product of length and depth or members.
#[tokio::test]
async fn deep_and_wide_values_are_rejected_in_linear_time() {
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
