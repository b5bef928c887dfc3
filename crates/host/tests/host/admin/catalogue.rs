//! The catalogue, stored media and policies through the admin API.

use serde_json::{Value, json};

use super::Admin;
use crate::{host::Place, tenants::tenant};

#[test]
fn the_catalogue_is_managed_by_http_and_by_command() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let [one, two] = [tenant(&place, "one"), tenant(&place, "two")];
        let own = admin.with_token(&format!("--role write --tenant {one}"));
        let add = |admin: &Admin<'_>, tenant: Value, name: &str, status: u16| {
            let body = json!({
                "kind": "skill", "tenant_id": tenant,
                "entries": [{ "name": name, "description": "x" }],
            });
            admin.json("POST", "/catalogue", &body, status)["items"][0].clone()
        };
        let shared = add(&admin, Value::Null, "Rust", 201);
        assert_eq!(
            (&shared["tenant_id"], &shared["description"]),
            (&Value::Null, &json!("x"))
        );
        let foreign = add(&admin, json!(two), "Go", 201);
        let mine = add(&own, Value::Null, "Go", 201);
        assert_eq!(mine["tenant_id"], one.as_str());
        add(&own, json!(two), "C", 422);
        add(&own, json!(one), &"x".repeat(101), 422);

        let items = |admin: &Admin<'_>, query: &str| {
            let page = admin.json("GET", &format!("/catalogue{query}"), &Value::Null, 200);
            page["items"].as_array().unwrap().clone()
        };
        assert_eq!(items(&admin, "").len(), 3);
        let visible = items(&own, "?kind=skill");
        assert!(
            visible.contains(&shared) && visible.contains(&mine),
            "{visible:?}"
        );
        assert_eq!(visible.len(), 2);
        assert_eq!(items(&own, &format!("?tenant={two}")), Vec::<Value>::new());
        assert_eq!(items(&own, "?shared=true"), std::slice::from_ref(&shared));
        let page = own.json("GET", "/catalogue?limit=1", &Value::Null, 200);
        let next = page["next"].as_str().unwrap();
        assert_eq!(
            items(&own, &format!("?cursor={next}")),
            [visible[1].clone()]
        );
        for query in ["?kind=x", "?cursor=x", "?limit=1001"] {
            assert_eq!(
                own.send("GET", &format!("/catalogue{query}"), "").status,
                400
            );
        }

        let entry = |entry: &Value| format!("/catalogue/{}", entry["id"]);
        let rename = |admin: &Admin<'_>, path: &str| {
            let renamed = admin.send("PATCH", path, r#"{"name":"Golang"}"#);
            (renamed.status, renamed.body)
        };
        assert_eq!(rename(&own, &entry(&foreign)), rename(&own, "/catalogue/7"));
        assert_eq!(rename(&own, &entry(&foreign)).0, 404);
        assert_eq!(rename(&own, &entry(&shared)).0, 403);
        assert_eq!(rename(&own, &entry(&mine)).0, 204);
        let merge = |path: &str, into: &Value| {
            let path = format!("{path}/merge");
            own.send("POST", &path, &json!({ "into": into["id"] }).to_string())
                .status
        };
        assert_eq!(merge(&entry(&mine), &foreign), 404);
        assert_eq!(merge(&entry(&shared), &mine), 403);
        assert_eq!(merge(&entry(&mine), &shared), 204);
        let reader = admin.with_token("--role read");
        add(&reader, Value::Null, "C", 403);

        let listed = admin.command("catalogue list");
        assert_eq!(listed, place.print("catalogue list"));
        assert_eq!(listed.lines().count(), 2);
        let file = place.file("names.txt", "C\tA language.\nZig\n");
        admin.command(&format!("catalogue load --kind skill {file}"));
        let added = admin.command("catalogue add --kind skill zig");
        assert!(added.contains(r#""name":"Zig""#), "{added}");
        let zig: Value = serde_json::from_str(&added).unwrap();
        admin.command(&format!("catalogue rename {} Odin", zig["id"]));
        assert!(place.print("catalogue list --shared").contains("Odin"));
    }
}

#[test]
fn media_are_collected_and_policies_explained_on_a_server() {
    for place in Place::both() {
        let policies = place.folder.path().join("policies");
        std::fs::create_dir_all(&policies).unwrap();
        let base = "permit (principal, action, resource);";
        std::fs::write(policies.join("10-base.cedar"), base).unwrap();
        let host = place.serve_with("[policies]\ndir = \"policies\"\n");
        let admin = Admin::of(&place, &host);
        let own = tenant(&place, "own");
        let own = admin.with_token(&format!("--role write --tenant {own}"));
        assert_eq!(admin.command("media gc"), "0");
        let collected = admin.json("POST", "/media/collect", &json!({ "adopt": true }), 200);
        assert_eq!(
            collected,
            json!({ "stored_images": 0, "removed_images": 0, "removed_files": 0 })
        );
        assert_eq!(own.send("POST", "/media/collect", "{}").status, 403);

        let files = admin.json("GET", "/policies", &Value::Null, 200);
        assert_eq!(
            files["files"],
            json!([{ "name": "10-base.cedar", "policies": 1 }])
        );
        assert_eq!(admin.command("policy check"), "10-base.cedar: 1 policy");
        let explained = admin
            .command("policy explain --user moviefan --dialect tenant --action update --field bio");
        assert!(explained.contains(r#""decision":"permit""#), "{explained}");
        let question = json!({ "user": "moviefan", "dialect": "tenant", "action": "read" });
        own.json("POST", "/policies/explain", &question, 403);
        let reader = admin.with_token("--role read");
        reader.json("POST", "/policies/explain", &question, 200);
        for (member, value) in [
            ("user", json!("missing")),
            ("dialect", json!("x")),
            ("action", json!("x")),
            ("fields", json!(["bio"])),
        ] {
            let mut question = question.clone();
            question[member] = value;
            let problem = admin.json("POST", "/policies/explain", &question, 422);
            assert_eq!(
                problem["errors"][0]["pointer"],
                format!("/{member}"),
                "{problem}"
            );
        }
        std::fs::write(policies.join("10-base.cedar"), "forbid (").unwrap();
        let problem = admin.json("GET", "/policies", &Value::Null, 409);
        assert!(
            problem["detail"].as_str().unwrap().contains("line 1"),
            "{problem}"
        );
    }
}
