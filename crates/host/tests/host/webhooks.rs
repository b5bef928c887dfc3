//! Webhooks: deliveries, signatures, retries, dead letters and permitted destinations.

use manyface_auth::WebhookSecret;
use manyface_testing::receiver::{Received, Receiver, Reply};
use serde_json::{Value, json};

use crate::host::{Host, Place, until};

const SETTINGS: &str = "[webhooks]\nallow_http = true\nallowed_networks = [\"127.0.0.0/8\"]\n\
                        timeout_seconds = 1\nattempts = 2\nfirst_retry_seconds = 0\n";
const CONFIG: &str = "--config manyface.toml";

pub(crate) fn serve(place: &Place) -> Host {
    place.serve_with(SETTINGS)
}

/// Adds a webhook and returns its id and secret.
fn add(place: &Place, receiver: &Receiver, more: &str) -> (String, WebhookSecret) {
    let authority = &receiver.authority;
    let words = format!("webhook add --url http://{authority}/in?a=b {more} {CONFIG}");
    let secret = place.print(&words).parse().unwrap();
    let last = listed(place).pop().unwrap();
    (last["id"].as_str().unwrap().to_owned(), secret)
}

fn lines(printed: &str) -> Vec<Value> {
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn listed(place: &Place) -> Vec<Value> {
    let printed = place.print("webhook list");
    assert!(!printed.contains("whsec_"), "{printed}");
    lines(&printed)
}

fn dead_letters(place: &Place, id: &str) -> Vec<Value> {
    lines(&place.print(&format!("webhook dead-letters {id}")))
}

/// Returns the body of a request that the secrets have signed, in this order.
fn verified(request: &Received, secrets: &[&WebhookSecret]) -> Value {
    let [id, time] = ["webhook-id", "webhook-timestamp"].map(|name| request.header(name));
    let signatures = secrets.iter().map(|secret| {
        let time = time.parse().unwrap();
        secret.sign(id, time, request.body.as_bytes())
    });
    let signatures = signatures.collect::<Vec<_>>().join(" ");
    assert_eq!(request.header("webhook-signature"), signatures);
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.head.starts_with("POST /in?a=b HTTP/1.1\r\n"));
    serde_json::from_str(&request.body).unwrap()
}

#[test]
fn changes_are_signed_and_delivered_in_order() {
    for place in Place::both() {
        let host = serve(&place);
        let receiver = Receiver::start();
        let (id, secret) = add(&place, &receiver, "");
        let token = place.user("ada");
        for bio in ["one", "two"] {
            host.patch(&token, &format!(r#"{{"bio":"{bio}"}}"#));
        }
        let changes = lines(&place.print("changes list ada"));
        for (index, mut change) in changes.into_iter().enumerate() {
            let request = receiver.next();
            let body = verified(&request, &[&secret]);
            let seq = change["seq"].as_str().unwrap().to_owned();
            assert_eq!(request.header("webhook-id"), format!("{id}_{seq}"));
            for field in change["fields"].as_array_mut().unwrap() {
                // The value before is sent only if the entry has it.
                field.as_object_mut().unwrap().remove("from");
            }
            let mut data = body["data"].clone();
            for field in data["fields"].as_array_mut().unwrap() {
                field.as_object_mut().unwrap().remove("from");
            }
            let expected = ["user.created", "user.updated", "user.updated"][index];
            assert_eq!(body["type"], expected);
            assert_eq!(body["timestamp"], change["at"]);
            assert_eq!(data, change);
        }

        // Both secrets sign after a rotation.
        let rotated = place.print(&format!("webhook rotate {id}"));
        let rotated: WebhookSecret = rotated.parse().unwrap();
        host.patch(&token, r#"{"bio":"three"}"#);
        verified(&receiver.next(), &[&rotated, &secret]);
        let given = place.file("secret", &format!("{}\n", secret.as_str()));
        let printed = place.print(&format!("webhook rotate {id} --secret-file {given}"));
        assert_eq!(printed, "");
        let test = format!("webhook test {id} {CONFIG}");
        place.print(&test);
        let tested = receiver.next();
        let body = verified(&tested, &[&secret, &rotated]);
        assert_eq!(body["type"], "webhook.test");
        receiver.reply([Reply::Status(503, String::new())]);
        let (status, printed) = place.end(&test);
        assert_eq!(status, Some(1), "{printed}");
        assert!(printed.contains("status 503"), "{printed}");
        receiver.next();

        place.print(&format!("webhook remove {id}"));
        assert_eq!(listed(&place), [Value::Null; 0]);
        assert_eq!(place.end(&test).0, Some(1));
        host.terminate();
        let log = host.hear_all();
        assert!(!log.contains("whsec_") && !log.contains("/in"), "{log}");
        assert!(host.wait().success());
    }
}

#[test]
fn failed_requests_are_retried_with_the_same_id() {
    for place in Place::both() {
        let host = serve(&place);
        let (receiver, other) = (Receiver::start(), Receiver::start());
        let (id, secret) = add(&place, &receiver, "");
        let token = place.user("ada");
        receiver.next();
        let location = format!("Location: http://{}/\r\n", other.authority);
        for (number, (reply, reason)) in [
            (Reply::Status(500, String::new()), "status 500"),
            (
                Reply::Status(307, location),
                "status 307, and redirects are not followed",
            ),
            (Reply::Hang, "no response within 1 seconds"),
            (Reply::Close, ""),
        ]
        .into_iter()
        .enumerate()
        {
            receiver.reply([reply.clone()]);
            host.patch(&token, &format!(r#"{{"bio":"{number}"}}"#));
            let first = receiver.next();
            let heard = host.hear("webhook failed; retrying later");
            assert!(heard.contains(reason), "{reply:?}: {heard}");
            let second = receiver.next();
            assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
            assert_eq!(verified(&first, &[&secret]), verified(&second, &[&secret]));
        }
        assert!(!other.has_more());
        until("the failure is forgotten", || {
            let webhook = &listed(&place)[0];
            webhook["last_error"].is_null() && webhook["failures"] == 0
        });
        assert_eq!(dead_letters(&place, &id), [Value::Null; 0]);
    }
}

#[test]
fn dead_letters_are_listed_and_sent_again() {
    for place in Place::both() {
        let host = serve(&place);
        let receiver = Receiver::start();
        let (id, secret) = add(&place, &receiver, "");
        let token = place.user("ada");
        receiver.next();
        let failure = || Reply::Status(500, String::new());
        receiver.reply([failure(), failure()]);
        host.patch(&token, r#"{"bio":"one"}"#);
        host.patch(&token, r#"{"bio":"two"}"#);
        let [first, second, third] = [(); 3].map(|()| receiver.next());
        assert_eq!(first.header("webhook-id"), second.header("webhook-id"));
        // The next change follows the dead letter.
        assert_ne!(third.header("webhook-id"), first.header("webhook-id"));
        let letters = dead_letters(&place, &id);
        let letter = |letters: &[Value]| {
            assert_eq!(letters.len(), 1);
            (letters[0]["attempts"].clone(), letters[0]["error"].clone())
        };
        assert_eq!(letter(&letters), (json!(2), json!("status 500")));
        assert_eq!(listed(&place)[0]["dead_letters"], 1);
        let seq = letters[0]["seq"].as_str().unwrap();
        assert_eq!(first.header("webhook-id"), format!("{id}_{seq}"));

        let resend = |words: &str| place.print(&format!("webhook resend {id} {words}"));
        let missing = place.end(&format!("webhook resend {id} --seq 999999"));
        assert_eq!(missing.0, Some(1));
        receiver.reply([Reply::Status(410, String::new())]);
        assert_eq!(resend(&format!("--seq {seq}")), r#"{"requested":1}"#);
        let attempt = receiver.next();
        assert_eq!(attempt.header("webhook-id"), first.header("webhook-id"));
        until("the attempt is recorded", || {
            letter(&dead_letters(&place, &id)) == (json!(3), json!("status 410"))
        });
        assert_eq!(resend(""), r#"{"requested":1}"#);
        let again = receiver.next();
        assert_eq!(verified(&again, &[&secret]), verified(&first, &[&secret]));
        until("the dead letter is removed", || {
            dead_letters(&place, &id).is_empty()
        });
    }
}

#[test]
fn destinations_must_be_permitted() {
    let place = Place::sqlite();
    let receiver = Receiver::start();
    place.file("manyface.toml", "[webhooks]\nallow_http = true\n");
    for (url, config, expected) in [
        ("http://hooks.example.com/", "", "allow_http"),
        ("https://127.0.0.1/", "", "allowed_networks"),
        ("http://[::ffff:10.0.0.1]/", CONFIG, "allowed_networks"),
        ("https://ada:secret@hooks.example.com/", "", "no user"),
        ("hooks.example.com", "", "is not a URL"),
    ] {
        let (status, printed) = place.end(&format!("webhook add --url {url} {config}"));
        assert_eq!(status, Some(1), "{url}: {printed}");
        assert!(printed.contains(expected), "{url}: {printed}");
    }
    // A name is resolved for each connection.
    let port = receiver.authority.rsplit(':').next().unwrap();
    let words = format!("webhook add --url http://localhost:{port}/ --after 0 {CONFIG}");
    place.print(&words);
    let id = listed(&place)[0]["id"].as_str().unwrap().to_owned();
    let (status, printed) = place.end(&format!("webhook test {id} {CONFIG}"));
    assert_eq!(status, Some(1), "{printed}");
    assert!(printed.contains("is not public"), "{printed}");
    let host = place.serve_with("[webhooks]\nallow_http = true\n");
    assert!(
        host.hear("webhook failed; retrying later")
            .contains("is not public")
    );
    assert!(!receiver.has_more());
    let (status, printed) = place.end("webhook add --url https://a.example/ --payload nope");
    assert_eq!(status, Some(1), "{printed}");
    assert!(
        printed.contains("must be canonical, or one of movieknight"),
        "{printed}"
    );
    let short = place.file("secret", "whsec_c2hvcnQ=");
    let words = format!("webhook add --url https://a.example/ --secret-file {short}");
    let (status, printed) = place.end(&words);
    assert_eq!(status, Some(1), "{printed}");
    assert!(
        printed.contains("whsec_ followed by 24 to 64 bytes"),
        "{printed}"
    );
}

#[test]
fn payloads_have_the_form_of_a_dialect_and_no_data_of_erased_users() {
    for place in Place::both() {
        let host = serve(&place);
        let receiver = Receiver::start();
        let token = place.user("ada");
        place.user("grace");
        host.patch(&token, r#"{"bio":"one"}"#);
        let user = place.print("user show grace");
        let user: Value = serde_json::from_str(&user).unwrap();
        place.print("user remove grace");
        let (_, secret) = add(&place, &receiver, "--payload whop --after 0");
        let whop = place.token_for("whop", "ada");
        let headers = format!("Authorization: Bearer {whop}\r\n");
        let response = host.send("GET", "/api/v1/users/me", &headers, "").body;
        let response: Value = serde_json::from_str(&response).unwrap();
        let erased = |body: &Value| body["type"] == "user.erased";
        let mut seen = Vec::new();
        while !seen.iter().any(erased) || seen.last().is_some_and(erased) {
            let request = receiver.next();
            assert!(!request.body.contains("grace"), "{}", request.body);
            seen.push(verified(&request, &[&secret]));
        }
        let last = seen.last().unwrap();
        assert_eq!(last["data"]["kind"], "update");
        assert_eq!(last["data"]["response"]["bio"], "one");
        assert_eq!(last["data"]["response"], response);
        let outline = seen.iter().find(|body| erased(body)).unwrap();
        assert_eq!(outline["data"]["user"], user["id"]);
        // An erasure is a change.
        let removal = verified(&receiver.next(), &[&secret]);
        let data = &removal["data"];
        assert_eq!((&data["user"], &data["version"]), (&user["id"], &json!(2)));
        let ada: Value = serde_json::from_str(&place.print("user show ada")).unwrap();
        place.print("user remove ada");
        let request = receiver.next();
        assert!(!request.body.contains("one"), "{}", request.body);
        let last = verified(&request, &[&secret]);
        assert_eq!(
            (&last["type"], &last["data"]["user"]),
            (&json!("user.erased"), &ada["id"])
        );
        assert_eq!(last["data"]["version"], 3);
        let members: Vec<_> = outline["data"].as_object().unwrap().keys().collect();
        assert_eq!(members, ["user", "seq", "version", "at", "kind"]);
    }
}

#[test]
fn another_host_takes_over_the_webhooks_of_a_killed_one() {
    let place = Place::postgres();
    let first = serve(&place);
    let receiver = Receiver::start();
    add(&place, &receiver, "");
    let token = place.user("ada");
    receiver.next();
    let second = serve(&place);
    let numbers = 0..20;
    for number in numbers.clone() {
        second.patch(&token, &format!(r#"{{"bio":"{number}"}}"#));
    }
    let bio = |request: Received| -> String {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        body["data"]["fields"][0]["to"].as_str().unwrap().to_owned()
    };
    for number in numbers {
        assert_eq!(bio(receiver.next()), number.to_string());
    }
    first.kill();
    second.patch(&token, r#"{"bio":"last"}"#);
    // What the killed host had not recorded is sent again.
    while bio(receiver.next()) != "last" {}
    assert!(!receiver.has_more());

    // A host that stops hands over at once.
    let third = serve(&place);
    second.terminate();
    assert!(second.wait().success());
    third.patch(&token, r#"{"bio":"final"}"#);
    assert_eq!(bio(receiver.next()), "final");
}
