//! The quotas of one user.

use std::{
    fs,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use manyface_core::ProfileRef;
use manyface_store::{DatabaseUrl, Store, StoreSettings};

use manyface_testing::http::Response;

use crate::host::{Host, ME, Place, until};

const QUOTAS: &str = "[quotas]\nunused_images = 2\noverrides = 2\nopen_uploads = 5\n\
                      new_names_per_day = 3\n\
                      history_entries = 5\nhistory_every_seconds = 1\n";

/// Returns a GIF of one pixel, different for each number.
fn pixel(number: u8) -> Vec<u8> {
    let head = b"GIF89a\x01\0\x01\0\x80\0\0";
    let colors = [number, number, 0, 0, 0, 0];
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
    [&head[..], &colors, frame].concat()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, place| {
            (bits << 8) | usize::from(three.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            text.push(if place > three.len() {
                '='
            } else {
                char::from(DIGITS[(bits >> (18 - 6 * place)) & 63])
            });
        }
    }
    text
}

fn data_url(number: u8) -> String {
    format!("data:image/gif;base64,{}", base64(&pixel(number)))
}

/// Creates a file in whop and uploads it; returns its id and the response to the upload.
fn upload(host: &Host, token: &str, number: u8) -> (String, Response) {
    let made = host.json("POST", "/api/v1/files", token, r#"{"filename":"a.gif"}"#);
    assert_eq!(made.status, 200, "{}", made.body);
    let url = made.text_after(r#""upload_url":""#);
    let path = host.path_of(url);
    let gif = "Content-Type: image/gif\r\n";
    let sent = host.send("PUT", path, gif, pixel(number));
    (made.text_after(r#""id":""#).to_owned(), sent)
}

#[test]
fn unused_images_are_bounded_in_every_dialect() {
    for place in Place::both() {
        let host = place.serve_with(QUOTAS);
        let ada = place.user("ada");
        let set = |number| {
            let body = format!(r#"{{"avatarUrl":"{}"}}"#, data_url(number));
            host.patch(&ada, &body)
        };
        for number in 0..3 {
            assert_eq!(set(number).status, 200);
        }
        let before = host.get(&ada);
        let rejected = set(3);
        assert_eq!(rejected.status, 429);
        let sentence = "too many images that are no longer used, try again later";
        assert_eq!(
            rejected.body,
            format!(r#"{{"ok":false,"error":"{sentence}"}}"#)
        );
        let wait: u32 = rejected.header("retry-after").unwrap().parse().unwrap();
        assert!((86_000..=86_400).contains(&wait), "{wait}");

        let shown = place.print("user show ada");
        let (_, rest) = shown.split_once(r#""tenant_id":""#).unwrap();
        let tenant = rest.split('"').next().unwrap();
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\nX-Tenant-ID: {tenant}\r\n",
            place.token_for("tenant", "ada")
        );
        let body = format!(r#"{{"avatar_base64":"{}"}}"#, data_url(3));
        let path = "/v1/users/me/profile";
        let rejected = host.send("PUT", path, &headers, &body);
        let expected = format!(r#"{{"code":"rate_limited","message":"{sentence}"}}"#);
        assert_eq!((rejected.status, rejected.body), (429, expected));

        let (_, response) = upload(&host, &place.token_for("whop", "ada"), 3);
        assert_eq!(response.status, 429);
        assert!(response.header("retry-after").is_some(), "{response:?}");
        let kind = r#""type":"rate_limit_exceeded""#;
        assert!(response.body.contains(kind), "{response:?}");

        let iam = place.token_for("iam", "ada");
        let rejected = host.upload(&iam, "profile_picture", &pixel(3));
        let start = r#"{"detail":"Request was throttled. "#;
        assert_eq!(rejected.status, 429);
        assert!(rejected.body.starts_with(start), "{rejected:?}");

        let after = host.get(&ada);
        assert_eq!(after.body, before.body);
        assert_eq!(after.header("etag"), before.header("etag"));
        // Existing images are not counted, and other users have separate quotas.
        assert_eq!(set(0).status, 200);
        let body = format!(r#"{{"avatarUrl":"{}"}}"#, data_url(3));
        assert_eq!(host.patch(&place.user("bob"), &body).status, 200);
    }
}

#[test]
fn accounts_and_uploads_are_bounded_for_concurrent_requests() {
    for place in Place::both() {
        let host = place.serve_with(QUOTAS);
        place.user("ada");
        let ada = place.token_for("whop", "ada");
        let many = |ask: &(dyn Fn(usize) -> Response + Sync)| {
            let barrier = Barrier::new(24);
            let responses: Vec<_> = thread::scope(|scope| {
                let asked = (0..24).map(|number| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        ask(number)
                    })
                });
                let asked: Vec<_> = asked.collect();
                asked
                    .into_iter()
                    .map(|asked| asked.join().unwrap())
                    .collect()
            });
            responses
        };
        let name = r#"{"name":"Here"}"#;
        let written = many(&|number| {
            let path = format!("/api/v1/users/me?account_id=biz_{number}");
            host.json("PATCH", &path, &ada, name)
        });
        let (good, bad): (Vec<_>, Vec<_>) = written.iter().partition(|it| it.status == 200);
        assert_eq!(good.len(), 2);
        let message = "Too many accounts that have a profile of this user.";
        let expected = format!(r#"{{"error":{{"type":"bad_request","message":"{message}"}}}}"#);
        assert!(
            bad.iter().all(|it| it.status == 400 && it.body == expected),
            "{bad:?}"
        );

        let file = r#"{"filename":"a.gif"}"#;
        let made = many(&|_| host.json("POST", "/api/v1/files", &ada, file));
        let (good, bad): (Vec<_>, Vec<_>) = made.iter().partition(|it| it.status == 200);
        assert_eq!(good.len(), 5);
        for rejected in bad {
            assert_eq!(rejected.status, 429, "{}", rejected.body);
            let wait: u32 = rejected.header("retry-after").unwrap().parse().unwrap();
            // A request may have begun shortly before the first upload was created.
            assert!((89_000..=90_100).contains(&wait), "{wait}");
        }
    }
}

#[test]
fn new_names_are_bounded() {
    for place in Place::both() {
        let host = place.serve_with(QUOTAS);
        let [ada, bob] = ["ada", "bob"].map(|user| {
            place.user(user);
            place.token_for("iam", user)
        });
        let path = "/api/v1/iam/user/profile/";
        let set = |token: &str, skills: &str| {
            let body = format!(r#"{{"details":{{"skills":{skills}}}}}"#);
            host.json("PATCH", path, token, &body)
        };
        assert_eq!(set(&ada, r#"["a","b"]"#).status, 200);
        let before = host.json("GET", path, &ada, "");
        let rejected = set(&ada, r#"["c","d"]"#);
        assert_eq!(rejected.status, 429, "{}", rejected.body);
        let wait: u32 = rejected.header("retry-after").unwrap().parse().unwrap();
        assert!((86_000..=86_400).contains(&wait), "{wait}");
        let sentence = format!("Request was throttled. Expected available in {wait} seconds.");
        assert_eq!(rejected.body, format!(r#"{{"detail":"{sentence}"}}"#));
        let rejected = set(&ada, r#"["c","d","e","f"]"#);
        let expected = r#"{"detail":"Too many new names."}"#;
        assert_eq!((rejected.status, &*rejected.body), (400, expected));
        let after = host.json("GET", path, &ada, "");
        assert_eq!(after.body, before.body);
        assert_eq!(set(&ada, r#"["c"]"#).status, 200);
        assert_eq!(set(&ada, r#"["d"]"#).status, 429);
        // Existing names are not counted, and other users have separate quotas.
        assert_eq!(set(&ada, r#"["b","a"]"#).status, 200);
        assert_eq!(set(&bob, r#"["a","b","c","d","e","f"]"#).status, 200);
    }
}

#[test]
fn one_of_concurrent_uses_of_an_upload_succeeds() {
    for place in Place::both() {
        let host = place.serve();
        place.user("ada");
        let ada = place.token_for("whop", "ada");
        let (id, sent) = upload(&host, &ada, 1);
        assert_eq!(sent.status, 200, "{sent:?}");
        let barrier = Barrier::new(12);
        let given: usize = thread::scope(|scope| {
            let given: Vec<_> = (0..12)
                .map(|number| {
                    let (host, ada, id, barrier) = (&host, &ada, &id, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        let path = format!("/api/v1/users/me?account_id=biz_{number}");
                        let body = format!(r#"{{"profile_picture":{{"id":"{id}"}}}}"#);
                        let response = host.json("PATCH", &path, ada, &body);
                        assert!(matches!(response.status, 200 | 400), "{}", response.body);
                        usize::from(response.status == 200)
                    })
                })
                .collect();
            given.into_iter().map(|given| given.join().unwrap()).sum()
        });
        assert_eq!(given, 1);
    }
}

#[test]
fn histories_are_trimmed_while_users_write() {
    for place in Place::both() {
        let host = place.serve_with(QUOTAS);
        let ada = place.user("ada");
        for number in 0..30 {
            let body = format!(r#"{{"bio":"{number}"}}"#);
            assert_eq!(host.patch(&ada, &body).status, 200);
        }
        let sqlite = || {
            format!(
                "sqlite:{}/manyface-data/manyface.sqlite",
                place.folder.path().display()
            )
        };
        let url: DatabaseUrl = place
            .database
            .clone()
            .unwrap_or_else(sqlite)
            .parse()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let store = Store::open(&url, &StoreSettings::default())
            .unwrap()
            .repository();
        let versions = || {
            runtime.block_on(async {
                let who = ProfileRef::Username("ada".to_owned());
                let profile = store.inspect(&who).await.unwrap().unwrap();
                let history = store.history(profile.id, 100).await.unwrap();
                history
                    .iter()
                    .map(|change| change.version)
                    .collect::<Vec<_>>()
            })
        };
        until("the history is trimmed", || {
            versions() == [31, 30, 29, 28, 27]
        });
        assert_eq!(host.patch(&ada, r#"{"bio":"x"}"#).status, 200);
        assert_eq!(versions()[0], 32);
    }
}

/// Returns the server's peak memory, in KiB.
fn peak(host: &Host) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", host.child.id())).unwrap();
    let (_, rest) = status.split_once("VmHWM:").unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn bodies_of_many_values_need_little_memory_and_time() {
    let place = Place::sqlite();
    let host = place.serve();
    let ada = place.user("ada");
    let iam = place.token_for("iam", "ada");
    assert_eq!(host.patch(&ada, r#"{"bio":"x"}"#).status, 200);
    let list = |item: &str, length: usize| format!("[{}0]", item.repeat(length / item.len()));
    let path = "/api/v1/iam/user/profile/";
    let begun = Instant::now();
    let before = peak(&host);
    for item in ["[0],", r#"{"":0},"#, r#""","#, "0,"] {
        for field in ["address", "skills", "unknown"] {
            let value = list(item, 1_000_000);
            let body = format!(r#"{{"details":{{"{field}":{value}}}}}"#);
            let response = host.json("PATCH", path, &iam, &body);
            let is_known = field != "unknown";
            assert_eq!(response.status, if is_known { 400 } else { 200 }, "{item}");
            assert!(
                response.body.len() < 10_000,
                "{item}: {}",
                response.body.len()
            );
        }
    }
    // An object of many short keys, and an image with escapes in its string.
    let keys: Vec<_> = (0..180_000).map(|n| format!(r#""{n:x}":0"#)).collect();
    let body = format!(r#"{{"bio":"y","x":{{{}}}}}"#, keys.join(","));
    assert_eq!(host.patch(&ada, &body).status, 200);
    let digits = r"\/".repeat(1_000) + &"A".repeat(1_400_000);
    let body = format!(r#"{{"avatarUrl":"data:image\/png;base64,{digits}"}}"#);
    assert_eq!(host.patch(&ada, &body).status, 400);
    let growth = peak(&host) - before;
    assert!(growth < 32 * 1024, "{growth} KiB");

    for item in ["[0],", r#"{"":0},"#, r#""","#, "0,"] {
        let value = list(item, 15 * 1024 * 1024);
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"details.address\"\r\n\r\n{value}\r\n--b--"
        );
        let headers = format!(
            "Authorization: Bearer {iam}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        );
        let response = host.send("PATCH", path, &headers, &form);
        assert_eq!(response.status, 413, "{item}");
    }
    let growth = peak(&host) - before;
    assert!(growth < 128 * 1024, "{growth} KiB");
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert_eq!(host.send("GET", ME, "", "").status, 401);
}
