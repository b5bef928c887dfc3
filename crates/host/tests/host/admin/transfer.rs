//! Exports and imports through the admin API.

use serde_json::{Value, json};

use super::Admin;
use crate::{
    host::Place,
    tenants::{tenant, text},
};

const LINES: &str = concat!(
    r#"{"username":"ada","email":"a@example.com","bio":"x"}"#,
    "\n\n",
    r#"{"username":"x y","email":"b@example.com"}"#,
    "\n",
    r#"{"username":"grace","email":"g@example.com"}"#,
);

/// Imports lines, and returns the status and the lines of the response.
fn import(admin: &Admin<'_>, query: &str, lines: &str) -> (u16, Vec<Value>) {
    let path = format!("/import{query}");
    let response = admin.send_as("application/x-ndjson", "POST", &path, lines);
    let lines = response.body.lines();
    let lines = lines.map(|line| serde_json::from_str(line).unwrap());
    (response.status, lines.collect())
}

fn records(export: &str, kind: &str) -> Vec<Value> {
    let records = export.lines();
    let records = records.map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["type"] == kind).collect()
}

#[test]
fn lines_are_imported_and_exported() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let counts = |counts: [u64; 5]| {
            json!({
                "added": counts[0], "updated": counts[1], "unchanged": counts[2],
                "skipped": counts[3], "rejected": counts[4],
            })
        };
        let (status, report) = import(&admin, "?dry_run=true&first_line=10", LINES);
        assert_eq!((status, report.len()), (200, 4));
        assert_eq!(report[1]["line"], 12);
        assert_eq!(report[3], counts([2, 0, 0, 0, 1]));
        assert_eq!(admin.send("GET", "/users/ada", "").status, 404);

        let (_, report) = import(&admin, "", LINES);
        assert_eq!(report[0]["errors"][0]["field"], "username");
        assert_eq!(report[1..], [counts([2, 0, 0, 0, 1])]);
        let changed = LINES.replace(r#""bio":"x""#, r#""bio":"y""#);
        let (_, report) = import(&admin, "?on_conflict=update&fail_fast=true", &changed);
        assert_eq!(
            report[0]["fields"][0],
            json!({ "field": "bio", "from": "x", "to": "y" })
        );
        assert_eq!(report[2], counts([0, 1, 0, 0, 1]));
        let change = admin.json("GET", "/users/ada/changes?limit=9", &Value::Null, 200);
        assert_eq!(change["items"][1]["actor"], "operator:grace");

        for query in ["?on_conflict=x", "?dry_run=x", "?as=x", "?as=tenant&x=1"] {
            let (status, report) = import(&admin, query, LINES);
            assert_eq!(
                (status, &report[0]["status"]),
                (400, &json!(400)),
                "{query}"
            );
        }
        assert_eq!(admin.send("POST", "/import", LINES).status, 415);
        let reader = admin.with_token("--role read");
        assert_eq!(import(&reader, "", LINES).0, 403);

        // The commands receive and send the same records.
        let exported = admin.command("export --all");
        assert_eq!(exported, place.print("export --all"));
        assert_eq!(records(&exported, "user").len(), 3);
        let one = admin.command("export ada");
        assert_eq!(one, place.print("export ada"));
        assert_eq!(records(&one, "change").len(), 2);
        assert_eq!(admin.send("GET", "/users/missing/export", "").status, 404);
        let file = place.file("lines.ndjson", &exported);
        assert_eq!(admin.command(&format!("import {file}")), "");
        place.print("user set ada bio=z");
        let report = admin.command(&format!("import {file} --on-conflict update"));
        assert!(
            report.contains(r#""key":"ada","outcome":"updated","fields":[{"field":"bio","#),
            "{report}"
        );
    }
}

#[test]
fn a_token_of_a_tenant_exports_its_tenant_only() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let second = tenant(&place, "second");
        place.user("ada");
        for name in ["eve", "bob"] {
            place.print(&format!(
                "user add --username {name} --email {name}@example.com --tenant {second}"
            ));
        }
        place.print("user set ada bio=secret");
        place.print(&format!("user move ada --tenant {second}"));
        place.print("key add --dialect whop --account biz_1");
        place.print(&format!(
            "key add --dialect whop --account biz_2 --tenant {second}"
        ));
        place.print("catalogue add --kind skill Rust");
        place.print(&format!("catalogue add --kind skill --tenant {second} Go"));
        let default = text(&place.print("user show moviefan"), "tenant_id").to_owned();
        place.print(&format!(
            "catalogue add --kind skill --tenant {default} Perl"
        ));
        place.print("user rename eve mallory");
        place.print("user rename moviefan fan");

        let own = admin.with_token(&format!("--role read --tenant {second}"));
        let exported = own.send("GET", "/export", "");
        assert_eq!(exported.status, 200);
        let exported = exported.body;
        for (kind, count) in [
            ("tenant", 1),
            ("catalogue_entry", 2),
            ("user", 3),
            ("username_reservation", 1),
            ("api_key", 1),
            ("change", 3),
        ] {
            assert_eq!(records(&exported, kind).len(), count, "{kind}: {exported}");
        }
        for hidden in ["moviefan", "Perl", "biz_1", &default] {
            assert!(!exported.contains(hidden), "{hidden}: {exported}");
        }
        // Only what ada was before the move is not known.
        let one = own.send("GET", "/users/ada/export", "").body;
        assert_eq!(
            (records(&one, "user").len(), records(&one, "change").len()),
            (1, 0)
        );
        assert_eq!(own.send("GET", "/users/fan/export", "").status, 404);
    }
}

#[test]
fn a_token_of_a_tenant_imports_users_of_its_tenant_only() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let second = tenant(&place, "second");
        place.user("ada");
        let ada = place.print("user show ada");
        let (default, id) = (text(&ada, "tenant_id"), text(&ada, "id"));
        let entry = |tenant: &str| {
            let added = place.print(&format!("catalogue add --kind skill --tenant {tenant} Go"));
            serde_json::from_str::<Value>(&added).unwrap()["id"].clone()
        };
        let (foreign, known) = (entry(default), entry(&second));
        let own = admin.with_token(&format!("--role write --tenant {second}"));
        let user = |more: &str| format!(r#"{{"username":"eve","email":"e@example.com"{more}}}"#);
        let key = place.print("export --all --without-files");
        for (line, field) in [
            (user(&format!(r#","tenant_id":"{default}""#)), "tenant_id"),
            (user(&format!(r#","id":"{id}""#)), "id"),
            (
                user(r#","id":"0197a5a0-0000-7000-8000-000000000001""#),
                "id",
            ),
            (user(r#","external_ids":{"whop":"user_1"}"#), "external_ids"),
            (
                user(r#","identities":[{"issuer":"i","subject":"s"}]"#),
                "identities",
            ),
            (user(r#","version":9"#), "version"),
            (user(r#","resume":"kept:x.pdf""#), "resume"),
            (
                user(&format!(r#","avatar":{{"stored":"{}"}}"#, "0".repeat(64))),
                "avatar",
            ),
            (user(&format!(r#","skills":[{foreign}]"#)), "skills"),
            (user(r#","bio":"x""#).replace("eve", "ada"), "username"),
            (user("").replace("eve", "admin"), "username"),
            (records(&key, "tenant")[0].to_string(), "record"),
            (records(&key, "change")[0].to_string(), "record"),
            (
                format!(
                    r#"{{"type":"catalogue_entry","id":900,"tenant_id":"{second}","kind":"skill","name":"C","description":null,"merged_into":null,"created_by":null,"created_at":null}}"#
                ),
                "record",
            ),
        ] {
            for query in ["", "?on_conflict=update"] {
                let (status, report) = import(&own, query, &line);
                assert_eq!((status, report.len()), (200, 2), "{line} {report:?}");
                assert_eq!(report[0]["outcome"], "rejected", "{line}");
                assert_eq!(report[0]["errors"][0]["field"], field, "{line} {report:?}");
            }
        }
        // The response for a user of another tenant is that for an unknown one.
        let claim = |id: &str| import(&own, "", &user(&format!(r#","id":"{id}""#))).1;
        assert_eq!(claim(id), claim("0197a5a0-0000-7000-8000-000000000001"));
        assert_eq!(place.print("user show ada"), ada);

        let (_, report) = import(&own, "", &user(&format!(r#","skills":[{known}]"#)));
        assert_eq!(report[0]["added"], 1, "{report:?}");
        let added = own.json("GET", "/users/eve", &Value::Null, 200);
        assert_eq!(added["tenant_id"], second.as_str());
        let (_, report) = import(&own, "?on_conflict=update", &user(r#","bio":"y""#));
        assert_eq!(report[0]["outcome"], "updated", "{report:?}");
        // The users of an own export are unchanged.
        let exported = own.send("GET", "/export", "").body;
        let (_, report) = import(&own, "", &exported);
        let counts = report.last().unwrap();
        assert_eq!(counts["unchanged"], 3, "{report:?}");
        assert_eq!(counts["rejected"], 2, "{report:?}");
    }
}
