//! Policies: the commands, and the effects on a running server.

use std::fs;

use manyface_testing::http::Response;

use crate::{
    host::{Place, until},
    tenants::{ask, tenant, user},
};

const POLICIES: &str = "[policies]\ndir = \"policies\"\n";
const BASE: &str = "permit (principal, action, resource);";
const FREEZE: &str = r#"
@notice("Names are frozen.")
forbid (principal, action == Action::"update", resource)
when { context.fields.containsAny([Field::"given_name", Field::"display_name"]) }
unless { principal in Group::"hr" };
"#;
const FROZEN: &str =
    r#"{"code":"forbidden","message":"not allowed","notices":["Names are frozen."]}"#;

/// Writes a policy; creates a missing folder.
fn write(place: &Place, name: &str, text: &str) {
    let path = place.folder.path().join("policies").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn configured(place: &Place) -> String {
    place.file("m.toml", POLICIES)
}

#[test]
fn a_policy_rejection_has_each_dialects_format_and_changes_nothing() {
    for place in Place::both() {
        write(&place, "10-base.cedar", BASE);
        write(&place, "20-freeze.cedar", FREEZE);
        let host = place.serve_with(POLICIES);
        let id = tenant(&place, "Acme");
        user(&place, "ada", &["--tenant", &id]);
        let before = place.print("user show ada");
        let ours = place.token_for("tenant", "ada");
        for body in [
            r#"{"first_name":"Eve"}"#,
            r#"{"first_name":"Eve","last_name":"E"}"#,
            r#"{"display_name":"Eve","avatar_base64":null}"#,
        ] {
            let Response { status, body, .. } = ask(&host, "PUT", &ours, &id, body);
            assert_eq!((status, body.as_str()), (403, FROZEN));
        }
        let theirs = place.token("ada");
        let rejected = host.patch(&theirs, r#"{"name":"Eve","bio":"x"}"#);
        let expected = r#"{"ok":false,"error":"Names are frozen."}"#;
        assert_eq!((rejected.status, rejected.body.as_str()), (403, expected));
        assert_eq!(place.print("user show ada"), before);
        // Requests that no policy forbids succeed.
        assert_eq!(ask(&host, "GET", &ours, &id, "").status, 200);
        assert_eq!(
            ask(&host, "PUT", &ours, &id, r#"{"last_name":"L"}"#).status,
            200
        );
        assert_eq!(host.patch(&theirs, r#"{"bio":"x"}"#).status, 200);
        let hr = place.print("token --dialect tenant --user ada --group staff --group hr");
        let allowed = ask(&host, "PUT", &hr, &id, r#"{"first_name":"Ada"}"#);
        assert_eq!(allowed.status, 200);
    }
}

#[test]
fn sighup_reloads_policies_and_keeps_the_last_valid_ones() {
    let place = Place::sqlite();
    write(&place, "10-base.cedar", BASE);
    let host = place.serve_with(POLICIES);
    let id = tenant(&place, "Acme");
    let other = tenant(&place, "Other");
    user(&place, "ada", &["--tenant", &id]);
    user(&place, "eve", &["--tenant", &other]);
    let token = |name| place.token_for("tenant", name);
    let (ada, eve) = (token("ada"), token("eve"));
    let put = |token: &str, id: &str, text: &str| {
        let body = format!(r#"{{"first_name":"{text}"}}"#);
        ask(&host, "PUT", token, id, &body).status
    };
    assert_eq!(put(&ada, &id, "one"), 200);
    write(&place, &format!("tenants/{id}/a.cedar"), FREEZE);
    assert_eq!(put(&ada, &id, "two"), 200);
    host.hang_up();
    until("the new policies hold", || {
        put(&ada, &id, "three") == 403 || put(&ada, &id, "four") == 403
    });
    // The policies apply to one tenant only.
    assert_eq!(put(&eve, &other, "one"), 200);
    write(&place, &format!("tenants/{id}/a.cedar"), "forbid (");
    host.hang_up();
    host.hear("policy reload failed; keeping the previous policies");
    assert_eq!(put(&ada, &id, "five"), 403);
    assert_eq!(put(&eve, &other, "two"), 200);
}

#[test]
fn servers_do_not_start_with_invalid_policies() {
    let place = Place::sqlite();
    let file = configured(&place);
    let start = || {
        let output = place.run(&["--listen", "127.0.0.1:0", "--config", &file]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    assert!(start().contains("policies.dir: "), "no folder");
    write(&place, "README.md", "nothing");
    assert!(start().contains("there are no policies"));
    write(
        &place,
        "a.cedar",
        &FREEZE.replace("given_name", "given-name"),
    );
    assert!(start().contains("a.cedar, line 4: "));
}

#[test]
fn policies_are_checked_and_explained() {
    let place = Place::sqlite();
    write(&place, "10-base.cedar", BASE);
    write(&place, "20-freeze.cedar", &format!("{FREEZE}{FREEZE}"));
    let file = configured(&place);
    let folder = place.folder.path().join("policies");
    let expected = "10-base.cedar: 1 policy\n20-freeze.cedar: 2 policies";
    for words in [
        &["policy", "check", folder.to_str().unwrap()][..],
        &["policy", "check", "--config", &file],
    ] {
        assert_eq!(place.print(words), expected);
    }
    assert_eq!(place.run("policy check").status.code(), Some(2));
    user(&place, "ada", &[]);
    let words = "policy explain --user ada --dialect tenant --action";
    let explain = |more: &str| {
        let line = format!("{words} {more} --config {file}");
        let words: Vec<_> = line.split(' ').collect();
        place.print(&words)
    };
    assert_eq!(
        explain("update --field given_name"),
        concat!(
            r#"{"decision":"forbid","policies":[{"policy":"20-freeze.cedar#1","notice":"Names are frozen."},"#,
            r#"{"policy":"20-freeze.cedar#2","notice":"Names are frozen."}],"failed":[],"notices":["Names are frozen."]}"#,
        )
    );
    let permitted = r#"{"decision":"permit","policies":[{"policy":"10-base.cedar#1","notice":null}],"failed":[],"notices":[]}"#;
    assert_eq!(explain("update --field given_name --group hr"), permitted);
    assert_eq!(explain("update --field bio"), permitted);
    assert_eq!(explain("read"), permitted);
    let misspelt = format!("{words} update --field givenName --config {file}");
    let misspelt: Vec<_> = misspelt.split(' ').collect();
    assert_eq!(place.run(&misspelt).status.code(), Some(2));
    let schema = place.print("policy schema");
    assert!(schema.contains("entity Dialect enum [\n"));
    assert!(schema.contains("\n  \"movieknight\""));
    write(&place, "20-freeze.cedar", "forbid (");
    let output = place.run(&["policy", "check", "--config", &file]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("20-freeze.cedar, line 1: "), "{said}");
}

/// A user who reads another one is the principal, and the other one the owner.
#[test]
fn policies_can_limit_reads_to_the_own_profile() {
    for place in Place::both() {
        let text = r#"
@notice("only your own profile")
forbid (principal, action, resource) unless { principal == resource.owner };
@notice("interns read nothing")
forbid (principal, action == Action::"read", resource)
when { principal is User && principal.username == "intern" };
permit (principal, action, resource);
"#;
        write(&place, "10.cedar", text);
        let host = place.serve_with(POLICIES);
        for name in ["alice", "bob", "intern"] {
            user(&place, name, &[]);
        }
        let read = |who: &str, path: &str| {
            let token = place.token_for("whop", who);
            host.json("GET", &format!("/api/v1/users/{path}"), &token, "")
        };
        for path in ["me", "alice"] {
            assert_eq!(read("alice", path).status, 200, "{path}");
        }
        for (who, path, notice) in [
            ("alice", "bob", "only your own profile"),
            ("intern", "me", "interns read nothing"),
            ("intern", "bob", "interns read nothing"),
        ] {
            let response = read(who, path);
            assert_eq!(response.status, 403, "{who} {path}");
            assert!(response.body.contains(notice), "{}", response.body);
        }
        // Policies decide about profiles, so a missing user is not checked.
        for who in ["alice", "intern"] {
            assert_eq!(read(who, "unknown").status, 404, "{who}");
        }
    }
}
