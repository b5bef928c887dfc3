//! The OpenAPI documents and Swagger UI, without network access.

use serde_json::Value;

use manyface_testing::http::Response;

use crate::host::{Host, Place};

const LONG_KEY: &str = "a secret of more than thirty-two bytes";

/// Returns the values of an attribute, in the order of the HTML.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let before = format!(" {name}=\"");
    let values = page.split(&before).skip(1);
    values.map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Requests a file of Swagger UI and checks its security headers.
fn file(host: &Host, name: &str) -> Response {
    let response = host.ask(&format!("/docs/{name}"));
    assert_eq!(response.status, 200, "{name}");
    let policy = response.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "));
    assert!(!policy.contains("//") && !policy.contains('*'), "{policy}");
    assert!(policy.contains("connect-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("server"), None);
    response
}

#[test]
fn swagger_ui_loads_its_files_from_the_server_only() {
    let host = Place::sqlite().serve();
    let moved = host.ask("/docs");
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("docs/"))
    );
    let page = file(&host, "");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(!page.body.contains("//"), "{}", page.body);
    assert!(page.body.matches("<script").count() == attributes(&page.body, "src").len());
    let parts = [
        attributes(&page.body, "src"),
        attributes(&page.body, "href"),
    ]
    .concat();
    assert!(parts.len() >= 6, "{parts:?}");
    for part in parts {
        let response = file(&host, part.trim_start_matches("./"));
        assert!(response.body.len() > 100, "{part}");
        let media_type = response.header("content-type").unwrap();
        let (expected, is_style) = match part.rsplit('.').next() {
            Some("css") => ("text/css; charset=utf-8", true),
            Some("js") => ("text/javascript; charset=utf-8", false),
            _ => ("image/png", false),
        };
        assert_eq!(media_type, expected, "{part}");
        if is_style {
            let addresses = response.body.split("url(").skip(1);
            let mut addresses = addresses.map(|rest| rest.trim_start_matches(['"', '\'']));
            assert!(
                addresses.all(|address| address.starts_with("data:")),
                "{part}"
            );
            assert!(!response.body.contains("@import"), "{part}");
        }
    }
    for unknown in ["/docs/nothing.js", "/docs/../Cargo.toml", "/docs/a/b"] {
        let response = host.ask(unknown);
        assert_eq!(response.status, 404, "{unknown}");
        assert_eq!(response.body, r#"{"error":"not found"}"#);
    }
}

/// Returns the first key of the first object named `name`, in document order.
fn first_key<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, object) = document.split_once(&format!("\"{name}\": {{")).unwrap();
    object.split('"').nth(1).unwrap()
}

#[test]
fn documents_start_with_the_operation_and_example_of_the_contract() {
    for dialect in manyface::dialects() {
        let (path, method, example) = match dialect.name {
            "movieknight" | "whop" => ("/users/me", "patch", "page"),
            "tenant" => ("/users/me/profile", "put", "names"),
            "iam" => ("/user/profile/", "patch", "page"),
            name => panic!("{name} is not in this table"),
        };
        let first = ["paths", path, "examples"].map(|name| first_key(dialect.openapi, name));
        assert_eq!(first, [path, method, example], "{}", dialect.name);
    }
}

#[test]
fn swagger_ui_lists_all_documents_and_contacts_no_other_server() {
    let host = Place::sqlite().serve();
    let script = file(&host, "swagger-initializer.js").body;
    let addresses: Vec<_> = script.split("\"url\": \"").skip(1).collect();
    let addresses = addresses.iter().map(|rest| rest.split('"').next().unwrap());
    let expected = manyface::dialects();
    let expected = expected
        .iter()
        .map(|dialect| format!("../openapi/{}.json", dialect.name));
    assert!(addresses.eq(expected), "{script}");
    assert!(script.contains("\"validatorUrl\": \"none\""), "{script}");
    assert!(
        script.contains("\"persistAuthorization\": false"),
        "{script}"
    );
    assert!(!script.contains("://"), "{script}");
}

#[test]
fn files_are_compressed_for_clients_that_accept_gzip() {
    let host = Place::sqlite().serve();
    let ask = |headers: &str| {
        let path = "/docs/swagger-ui-bundle.js";
        let response = host.send("GET", path, headers, "");
        let coding = response.header("content-encoding").map(str::to_owned);
        let length = response.header("content-length").unwrap();
        assert_eq!(response.header("vary"), Some("accept-encoding"));
        let tag = response.header("etag").unwrap().to_owned();
        (coding, length.parse::<usize>().unwrap(), tag)
    };
    let plain = ask("");
    let compressed = ask("Accept-Encoding: br, gzip;q=0.8\r\n");
    assert_eq!(plain.0, None);
    assert_eq!(compressed.0.as_deref(), Some("gzip"));
    assert!(compressed.1 * 3 < plain.1);
    assert_ne!(compressed.2, plain.2);
    assert_eq!(ask("Accept-Encoding: identity\r\n"), plain);
    assert_eq!(ask("Accept-Encoding: gzip;q=0, identity\r\n"), plain);
}

#[test]
fn documents_name_the_url_of_their_dialect() {
    let place = Place::sqlite();
    let moved = "public_url = 'https://id.example.com/profiles/'\n[dialects.whop]\nprefix = '/w'\n";
    for (host, public_path, whop) in [
        (place.serve(), "", "/api/v1"),
        (place.serve_with(moved), "/profiles", "/w"),
    ] {
        for dialect in manyface::dialects() {
            let path = format!("/openapi/{}.json", dialect.name);
            let response = host.ask(&path);
            assert_eq!(response.status, 200);
            assert_eq!(response.header("content-type"), Some("application/json"));
            assert_eq!(response.header("cache-control"), Some("no-cache"));
            let mut served: Value = serde_json::from_str(&response.body).unwrap();
            let base = if dialect.name == "whop" {
                whop
            } else {
                dialect.base
            };
            let url = format!("{public_path}{base}");
            let servers = served.as_object_mut().unwrap().remove("servers");
            assert_eq!(servers, Some(serde_json::json!([{ "url": url }])));
            let mut kept: Value = serde_json::from_str(dialect.openapi).unwrap();
            kept.as_object_mut().unwrap().remove("servers");
            assert_eq!(served, kept, "nothing else differs");

            let tag = response.header("etag").unwrap();
            let known = format!("If-None-Match: \"other\", W/{tag}\r\n");
            let again = host.send("GET", &path, &known, "");
            assert_eq!((again.status, again.body.as_str()), (304, ""));
            assert_eq!(again.header("etag"), Some(tag));
            let head = host.send("HEAD", &path, "", "");
            assert_eq!((head.status, head.body.as_str()), (200, ""));
            let post = host.send("POST", &path, "", "{}");
            assert_eq!(
                (post.status, post.header("allow")),
                (405, Some("GET, HEAD"))
            );
        }
        assert_eq!(host.ask("/openapi/myspace.json").status, 404);
        assert_eq!(host.ask("/openapi").status, 404);
    }
}

#[test]
fn production_serves_documents_of_its_dialects_if_configured() {
    let production = "profile = 'production'\n[[dialects.tenant.issuers]]\nissuer = 'i'\n\
                      audience = ['a']\nalgorithms = ['HS256']\nsecret_file = 'long.key'\n";
    let place = Place::sqlite();
    place.file("long.key", LONG_KEY);
    let open = format!("docs = true\n{production}");
    let paths = [
        "/docs",
        "/docs/",
        "/openapi/tenant.json",
        "/openapi/whop.json",
    ];
    for (text, expected) in [(production, [404; 4]), (&open, [308, 200, 200, 404])] {
        let host = place.serve_with(text);
        assert_eq!(paths.map(|path| host.ask(path).status), expected);
    }
    let host = place.serve_with("docs = false");
    assert_eq!(paths.map(|path| host.ask(path).status), [404; 4]);
}

#[test]
fn openapi_prints_the_committed_document() {
    let place = Place::empty();
    for dialect in manyface::dialects() {
        let output = place.run(&["openapi", dialect.name]);
        assert!(output.status.success());
        assert_eq!(output.stdout, dialect.openapi.as_bytes());
        assert_eq!(output.stderr, b"");
        let elsewhere = "https://id.example.com/api";
        let output = place.run(&["openapi", dialect.name, "--server", elsewhere]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text, dialect.openapi_at(elsewhere));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["servers"][0]["url"], elsewhere);
        assert_eq!(document["openapi"], "3.1.0");
    }
    for words in [
        ["openapi", "myspace"].as_slice(),
        &["openapi", "whop", "--server", "ftp://a"],
    ] {
        let output = place.run(words);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(output.stdout, b"");
        let said = String::from_utf8(output.stderr).unwrap();
        if words.len() == 2 {
            let known = "known are movieknight, whop, tenant, iam";
            assert!(said.contains(known), "{said}");
        }
    }
    assert!(!place.folder.path().join("manyface-data").exists());
}
