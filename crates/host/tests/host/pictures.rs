//! Uploads and downloads of images, on both databases.

use std::{
    process::Output,
    thread,
    time::{Duration, Instant},
};

use manyface_testing::http::Response;

use crate::host::{Host, Place, until};

/// Two red pixels by two, as a PNG.
const RED: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg==";

/// A WebP of 25 million pixels of one color, in thirty bytes.
const LARGE: &str = "data:image/webp;base64,UklGRhYAAABXRUJQVlA4TAoAAAAvf/6IAYiICAAA";

fn set(host: &Host, token: &str, url: &str) -> Response {
    host.patch(token, &format!(r#"{{"avatarUrl":"{url}"}}"#))
}

/// Sets an image and returns its path under the host's own URL.
fn upload(host: &Host, token: &str, url: &str) -> String {
    let response = set(host, token, url);
    assert_eq!(response.status, 200, "{response:?}");
    let url = response.text_after(r#""avatarUrl":""#);
    host.path_of(url).to_owned()
}

/// Returns the status, head and bytes of an image.
fn fetch(host: &Host, path: &str, headers: &str) -> (u16, String, Vec<u8>) {
    let response = host.send("GET", path, headers, "");
    let head = response.head.to_ascii_lowercase();
    (response.status, head, response.bytes)
}

#[test]
fn images_are_served_without_a_token() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        let path = upload(&host, &token, RED);
        let (status, head, bytes) = fetch(&host, &path, "Range: bytes=0-3\r\n");
        assert_eq!(status, 200);
        assert!(bytes.starts_with(b"\x89PNG"));
        let tag = format!("\"{}\"", &path["/media/".len()..]);
        for line in [
            "content-type: image/png",
            "cache-control: public, max-age=31536000, immutable",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'; sandbox",
            &format!("etag: {tag}"),
        ] {
            assert!(head.contains(line), "{line}: {head}");
        }
        let known = format!("If-None-Match: \"x\", {tag}\r\n");
        let (status, _, bytes) = fetch(&host, &path, &known);
        assert_eq!((status, bytes.len()), (304, 0));
        for size in [48, 96, 192, 512] {
            let (status, ..) = fetch(&host, &format!("{path}?size={size}"), "");
            assert_eq!(status, 200);
        }
        // Clients add parameters to bypass caches.
        for query in [
            "v=1",
            "v=1&size=96",
            "size=96&x",
            "",
            "SIZE=97",
            "a=size=97",
        ] {
            let (status, ..) = fetch(&host, &format!("{path}?{query}"), "");
            assert_eq!(status, 200, "{query}");
        }
        let other = "0".repeat(64);
        for path in [
            format!("{path}?size=97"),
            format!("{path}?v=1&size=97"),
            format!("{path}?size="),
            format!("{path}/"),
            format!("/media/{other}"),
            "/media/".to_owned(),
            "/media/..%2fsigning.key".to_owned(),
            "/media/placeholder/zz".to_owned(),
        ] {
            let (status, head, body) = fetch(&host, &path, "");
            assert_eq!(
                (status, &body[..]),
                (404, &br#"{"error":"not found"}"#[..]),
                "{path}"
            );
            assert!(head.contains("cache-control: no-store"), "{path}");
        }
        let posted = host.send("POST", &path, "", "");
        assert_eq!(
            (posted.status, posted.header("allow")),
            (405, Some("GET, HEAD"))
        );
        let (status, _, bytes) = fetch(&host, "/media/placeholder/1af7b85a5eef58e4?size=96", "");
        assert_eq!(status, 200);
        assert!(bytes.starts_with(b"\x89PNG"));
    }
}

#[test]
fn host_headers_are_ignored() {
    let place = Place::sqlite();
    let host = place.serve();
    let token = place.user("ada");
    let body = format!(r#"{{"avatarUrl":"{RED}"}}"#);
    let spoofed = "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n\
                   Forwarded: host=evil.example\r\n";
    let response = host.patch_if(&token, &body, spoofed);
    assert!(!response.body.contains("evil"), "{response:?}");
    drop(host);
    let text = "public_url = \"https://id.example.com/people/\"\n";
    let host = place.serve_with(text);
    let shown = host.get(&token);
    let url = shown.text_after(r#""avatarUrl":""#);
    assert!(
        url.starts_with("https://id.example.com/people/media/"),
        "{url}"
    );
}

#[test]
fn unused_images_are_collected() {
    for place in Place::both() {
        let host = place.serve();
        let (ada, bob) = (place.user("ada"), place.user("bob"));
        let path = upload(&host, &ada, RED);
        assert_eq!(upload(&host, &bob, RED), path, "the same picture");
        let collect = |words: &[&str]| place.print(&[&["media", "gc"], words].concat());
        assert_eq!(collect(&[]), "0");
        assert_eq!(set(&host, &ada, "").status, 200);
        assert_eq!(set(&host, &bob, "").status, 200);
        assert_eq!(collect(&["--adopt"]), "0", "within the grace time");
        assert_eq!(fetch(&host, &path, "").0, 200);
    }
}

#[test]
fn images_and_profiles_are_consistent_after_a_kill() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        let path = upload(&host, &token, RED);
        host.kill();
        let host = place.serve();
        assert_eq!(fetch(&host, &path, "").0, 200);
        until("the server is ready", || host.get(&token).status == 200);
        assert!(host.get(&token).body.contains(&path));
    }
}

#[test]
fn invalid_media_settings_are_reported() {
    let place = Place::sqlite();
    for (text, words) in [
        ("public_url = \"ftp://a.example\"", "public_url"),
        ("public_url = \"https://a.example/?x\"", "public_url"),
        (
            "[media]\nfolder = \"a\"\ns3 = { bucket = \"b\" }",
            "media.s3",
        ),
        #[cfg(not(feature = "s3"))]
        ("[media]\ns3 = { bucket = \"b\" }", "--features s3"),
        ("[media]\nfolders = \"a\"", "folders"),
    ] {
        let file = place.file("manyface.toml", text);
        let Output { status, stderr, .. } = place.run(&["check", "--config", &file]);
        let stderr = String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(2), "{text}: {stderr}");
        assert!(stderr.contains(words), "{text}: {stderr}");
    }
}

#[test]
fn full_image_queues_do_not_delay_other_users_or_log_errors() {
    let place = Place::sqlite();
    let host = place.serve_with("[media]\nqueue_per_user = 1\n");
    let (ada, bob) = (place.user("ada"), place.user("bob"));
    let (mut said, responses) = thread::scope(|scope| {
        let upload = || set(&host, &ada, LARGE);
        let uploads: Vec<_> = (0..6).map(|_| scope.spawn(upload)).collect();
        let said = host.hear("image queue full");
        let started = Instant::now();
        assert_eq!(set(&host, &bob, RED).status, 200);
        assert!(started.elapsed() < Duration::from_secs(2));
        let responses = uploads.into_iter().map(|upload| upload.join().unwrap());
        (said, responses.collect::<Vec<_>>())
    });
    let is_rejected = |response: &&Response| response.status == 503;
    let rejected: Vec<_> = responses.iter().filter(is_rejected).collect();
    assert!((1..6).contains(&rejected.len()), "{responses:?}");
    for response in rejected {
        assert!(response.header("retry-after").is_some(), "{response:?}");
    }
    host.terminate();
    said += &host.hear_all();
    assert!(!said.contains("ERROR"), "{said}");
}
