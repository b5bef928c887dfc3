//! Entity tags of profiles created at any time, in every dialect.

use manyface_dialect::Dialect;

use crate::{
    host::{Host, Place},
    tenants::{text, user},
};

/// Instants across the calendar, before and after 1970.
const TIMES: [&str; 7] = [
    "0001-01-01T00:00:00Z",
    "1582-10-15T12:00:00.123456Z",
    "1900-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "2038-01-19T03:14:08Z",
    "9999-12-30T22:00:00Z",
];

/// Sends the dialect's example with the current tag, for a user who was created `at`.
fn check(place: &Place, host: &Host, dialect: &Dialect, at: &str) {
    let name = format!("{}-{}", dialect.name, at.replace([':', '.'], "-"));
    user(place, &name, &["--created-at", at]);
    let shown = place.print(&format!("user show {name}"));
    let tenant = text(&shown, "tenant_id");
    let example = dialect.example;
    let token = place.token_for(dialect.name, &name);
    let path = format!("{}{}", dialect.base, example.path);
    let headers = format!(
        "Authorization: Bearer {token}\r\nX-Tenant-ID: {tenant}\r\n\
         Content-Type: application/json\r\n"
    );
    let ask = |method: &str, condition: &str, body: &str| {
        let headers = format!("{headers}{condition}");
        host.send(method, &path, &headers, body)
    };
    let read = ask("GET", "", "");
    assert_eq!(read.status, 200, "{name}: {}", read.body);
    let tag = read.header("ETag").unwrap();
    assert_eq!(
        ask("GET", &format!("If-None-Match: {tag}\r\n"), "").status,
        304
    );
    let condition = format!("If-Match: {tag}\r\n");
    let written = ask(example.method, &condition, example.body);
    assert_eq!(written.status, 200, "{name}: {}", written.body);
    let again = ask(example.method, &condition, example.body);
    assert_eq!(again.status, 412, "{name}: {}", again.body);
}

#[test]
fn current_tags_match_whenever_the_user_was_created() {
    for place in Place::both() {
        let host = place.serve();
        for dialect in manyface::dialects() {
            for at in TIMES {
                check(&place, &host, &dialect, at);
            }
        }
    }
}
