//! The history of users, undoing a change, and the feed of changes.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::{Value, json};

use super::Admin;
use crate::{host::Place, tenants::tenant};

/// Returns the objects of a command's output, one per line.
fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn seq(change: &Value) -> &str {
    change["seq"].as_str().unwrap()
}

#[test]
fn changes_are_listed_and_undone_by_http_and_by_command() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let token = place.user("ada");
        assert_eq!(host.patch(&token, r#"{"bio":"a"}"#).status, 200);
        let both = r#"{"bio":"b","countryCode":"NO"}"#;
        assert_eq!(host.patch(&token, both).status, 200);

        let listed = lines(&place.print("changes list ada"));
        let page = admin.json("GET", "/users/ada/changes", &Value::Null, 200);
        assert_eq!(page, json!({ "items": listed, "next": null }));
        assert_eq!(lines(&admin.command("changes list ada")), listed);
        let kinds: Vec<_> = listed.iter().map(|change| &change["kind"]).collect();
        assert_eq!(kinds, ["creation", "update", "update"]);
        let last = &listed[2];
        assert_eq!(
            last["fields"],
            json!([
                { "field": "bio", "from": "a", "to": "b" },
                { "field": "country", "from": null, "to": "NO" },
            ])
        );
        assert_eq!(last["dialect"], "movieknight");
        let after = format!("/users/ada/changes?limit=1&after={}", seq(&listed[0]));
        let page = admin.json("GET", &after, &Value::Null, 200);
        assert_eq!(page["items"], json!([listed[1]]));
        assert_eq!(page["next"], listed[1]["seq"]);

        // A later change of the field.
        let early = format!("/changes/{}/undo", seq(&listed[1]));
        let problem = admin.json("POST", &early, &Value::Null, 409);
        let detail = format!(
            "change {} changed bio later; undo it first, or force the undo",
            seq(last)
        );
        assert_eq!(problem["detail"], detail.as_str());
        let undone = place.print(&format!("changes undo {} --field bio", seq(last)));
        let undone: Value = serde_json::from_str(&undone).unwrap();
        assert_eq!(
            (&undone["bio"], &undone["country"], &undone["version"]),
            (&json!("a"), &json!("NO"), &json!(4))
        );
        let undone = admin.json("POST", &early, &json!({ "force": false }), 200);
        assert_eq!(
            (&undone["bio"], &undone["version"]),
            (&Value::Null, &json!(5))
        );
        let undo = &lines(&place.print("changes list ada"))[4];
        assert_eq!(
            (&undo["kind"], &undo["undoes"]),
            (&json!("undo"), &listed[1]["version"])
        );
        assert_eq!(undo["actor"], "operator:grace");

        let writers = lines(&admin.command("changes provenance ada"));
        let writer = |field: &str| {
            let mut writers = writers.iter();
            writers
                .find(|writer| writer["field"] == field)
                .unwrap()
                .clone()
        };
        assert_eq!(writer("bio")["seq"], undo["seq"]);
        assert_eq!(writer("country")["seq"], last["seq"]);
        assert_eq!(writer("country")["value"], "NO");

        for (path, body, status) in [
            ("/changes/0/undo", Value::Null, 404),
            ("/changes/x/undo", Value::Null, 404),
            (&*early, json!({ "fields": "bio" }), 400),
            (&*early, json!({ "field": "phone" }), 409),
        ] {
            admin.json("POST", path, &body, status);
        }
        let (code, message) = place.end("changes list no-such-user");
        assert_eq!(code, Some(1));
        assert!(
            message.contains("`manyface user list` prints all"),
            "{message}"
        );
    }
}

#[test]
fn a_token_of_a_tenant_sees_its_changes_only() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        place.user("ada");
        let second = tenant(&place, "second");
        place.print(&format!(
            "user add --username eve --email e@example.com --tenant {second}"
        ));
        place.print("user set ada bio=x");
        // The first one is of the demo user.
        let all = lines(&place.print("changes list"));
        assert_eq!(all.len(), 4);
        let own = admin.with_token(&format!("--role write --tenant {second}"));
        let seen = own.json("GET", "/changes", &Value::Null, 200);
        assert_eq!(seen["items"], json!([all[2]]));
        let undo = |change: &str| {
            let response = own.send("POST", &format!("/changes/{change}/undo"), "");
            (
                response.status,
                response.body.replace(&format!("change {change}"), ""),
            )
        };
        assert_eq!(undo(seq(&all[3])), undo("9000000000000000000"));
        assert_eq!(own.send("GET", "/users/ada/changes", "").status, 404);
        assert_eq!(own.send("GET", "/users/ada/provenance", "").status, 404);
        let reader = admin.with_token("--role read");
        let path = format!("/changes/{}/undo", seq(&all[3]));
        assert_eq!(reader.send("POST", &path, "").status, 403);
    }
}

/// Ends the readers on drop, because a panicking scope waits for its threads.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Follows the feed until the writers are done and it has no more changes.
fn follow(admin: &Admin<'_>, is_over: &AtomicBool) -> Vec<Value> {
    let mut read: Vec<Value> = Vec::new();
    loop {
        let was_over = is_over.load(Ordering::Acquire);
        let after = read.last().map_or("0", seq);
        let path = format!("/changes?limit=50&after={after}");
        let page = admin.json("GET", &path, &Value::Null, 200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() && was_over {
            return read;
        }
        read.extend(items.iter().cloned());
    }
}

#[test]
fn the_feeds_of_two_servers_are_equal_when_a_third_is_killed() {
    for place in Place::both() {
        let hosts = [place.serve(), place.serve()];
        let killed = place.serve();
        let admins = hosts.each_ref().map(|host| Admin::of(&place, host));
        let tokens: Vec<_> = (0..4)
            .map(|number| place.user(&format!("u{number}")))
            .collect();
        let is_over = AtomicBool::new(false);
        let read = thread::scope(|scope| {
            let readers = [0, 1, 0, 1].map(|index: usize| {
                let (admin, is_over) = (&admins[index], &is_over);
                scope.spawn(move || follow(admin, is_over))
            });
            let end = EndOnDrop(&is_over);
            thread::scope(|scope| {
                for (index, token) in tokens.iter().enumerate() {
                    let host = &hosts[index % 2];
                    scope.spawn(move || {
                        for number in 0..25 {
                            let body = format!(r#"{{"bio":"{number}"}}"#);
                            host.patch(token, &body);
                        }
                    });
                }
                for number in 0..10 {
                    let body = format!(r#"{{"name":"Name {number}"}}"#);
                    killed.patch(&tokens[0], &body);
                }
                killed.kill();
            });
            drop(end);
            readers.map(|reader| reader.join().unwrap())
        });
        let listed = lines(&place.print("changes list"));
        for feed in &read {
            let seqs = |changes: &[Value]| -> Vec<String> {
                changes
                    .iter()
                    .map(|change| seq(change).to_owned())
                    .collect()
            };
            assert_eq!(seqs(feed), seqs(&listed));
        }
        let mut versions = std::collections::BTreeMap::new();
        for change in &listed {
            let version = versions.entry(change["user"].to_string()).or_insert(0);
            *version += 1;
            assert_eq!(change["version"], *version);
        }
        assert_eq!(versions.len(), 5, "four users and the demo user");
    }
}

#[test]
fn new_changes_are_printed_while_they_are_followed() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let last = lines(&place.print("changes list")).pop().unwrap();
        let words = format!("changes list --follow --limit 2 --after {}", seq(&last));
        let followed = thread::scope(|scope| {
            let direct = scope.spawn(|| place.print(&words));
            let served = scope.spawn(|| admin.command(&words));
            for bio in ["a", "b"] {
                host.patch(&place.token("moviefan"), &format!(r#"{{"bio":"{bio}"}}"#));
            }
            [direct.join().unwrap(), served.join().unwrap()]
        });
        assert_eq!(followed[0], followed[1]);
        let bios = lines(&followed[0]);
        let bios: Vec<_> = bios
            .iter()
            .map(|change| &change["fields"][0]["to"])
            .collect();
        assert_eq!(bios, ["a", "b"]);
    }
}
