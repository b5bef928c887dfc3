//! Pages of other origins.

use manyface_testing::http::Response;

use crate::host::{Host, ME, Place};

const APP: &str = "https://app.example.com";

fn preflight(host: &Host, path: &str, origin: &str, method: &str) -> Response {
    let headers = format!("Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n");
    host.send("OPTIONS", path, &headers, "")
}

fn granted(response: &Response) -> Option<&str> {
    response.header("access-control-allow-origin")
}

#[test]
fn development_allows_the_pages_of_this_machine() {
    let place = Place::sqlite();
    let host = place.serve();
    let token = place.user("ada");
    for (origin, is_allowed) in [
        ("http://localhost:5173", true),
        ("http://127.0.0.1:3000", true),
        (APP, false),
        ("null", false),
    ] {
        let expected = is_allowed.then_some(origin);
        assert_eq!(granted(&preflight(&host, ME, origin, "PATCH")), expected);
        let response = host.patch_if(&token, r#"{"bio":"x"}"#, &format!("Origin: {origin}\r\n"));
        assert_eq!((response.status, granted(&response)), (200, expected));
    }
}

#[test]
fn each_dialect_allows_its_origins() {
    const PROFILE: &str = "/api/v1/iam/user/profile";
    let place = Place::sqlite();
    let host = place.serve_with(&format!(
        "[dialects.iam]\ncors_origins = ['{APP}']\n[dialects.whop]\ncors_origins = ['{APP}']\n\
         [dialects.movieknight]\ncors_origins = []"
    ));
    let origin = format!("Origin: {APP}\r\n");
    let silent = host.send("GET", ME, "Origin: http://localhost\r\n", "");
    assert_eq!((silent.status, granted(&silent)), (401, None));
    assert_eq!(silent.header("vary"), None);
    // Browsers follow no redirect of a preflight.
    let slash = preflight(&host, PROFILE, APP, "PATCH");
    assert_eq!((slash.status, granted(&slash)), (204, Some(APP)));
    let redirect = host.send("PATCH", PROFILE, &origin, "");
    assert_eq!((redirect.status, granted(&redirect)), (301, Some(APP)));
    let version = preflight(&host, "/api/v1/users/me", APP, "PATCH");
    let headers = version.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("api-version-date"), "{headers}");
    // An upload is authorized by its URL.
    let upload = preflight(&host, "/api/v1/files/x/content", APP, "PUT");
    let methods = upload.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("PUT"), "{methods}");
    let headers = upload.header("access-control-allow-headers").unwrap();
    assert!(!headers.contains("authorization"), "{headers}");
    let image = host.send("GET", "/media/placeholder/0123456789abcdef", &origin, "");
    assert_eq!((image.status, granted(&image)), (200, Some(APP)));
    assert_eq!(image.header("vary"), Some("origin"));
    // Caches store images, also those that a page embeds without a header.
    let embedded = host.ask("/media/placeholder/0123456789abcdef");
    assert_eq!(
        (granted(&embedded), embedded.header("vary")),
        (None, Some("origin"))
    );
}

#[test]
fn invalid_origins_are_configuration_errors() {
    let place = Place::sqlite();
    for (value, message) in [
        (
            "['https://App.example.com']",
            "browsers send https://app.example.com; write that",
        ),
        ("['https://*.example.com']", "origins have no patterns"),
        ("['null']", "null is shared by unrelated pages"),
        ("'*'", "must be a list"),
    ] {
        let text = format!("[dialects.iam]\ncors_origins = {value}");
        let file = place.file("m.toml", &text);
        let (status, printed) = place.end(&["check", "--config", &file]);
        assert_eq!(status, Some(2), "{printed}");
        assert!(
            printed.contains(&format!("line 2, cors_origins: {message}")),
            "{printed}"
        );
    }
}
