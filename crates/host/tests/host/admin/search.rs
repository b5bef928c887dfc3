//! Searches for users.

use serde_json::Value;

use super::Admin;
use crate::host::Place;

#[test]
fn users_are_searched() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        for name in ["carl", "bob", "bobby"] {
            place.user(name);
        }
        let names = |query: &str| {
            let page = admin.json("GET", &format!("/users{query}"), &Value::Null, 200);
            let items = page["items"].as_array().unwrap().clone();
            let names = items
                .iter()
                .map(|user| user["username"].as_str().unwrap().to_owned());
            (
                names.collect::<Vec<_>>(),
                page["next"].as_str().map(str::to_owned),
            )
        };
        assert_eq!(names("?username=BO").0, ["bob", "bobby"]);
        assert_eq!(names("?email=bob%40").0, ["bob"]);
        let (first, next) = names("?username=b&limit=1");
        assert_eq!(first, ["bob"]);
        let (second, end) = names(&format!("?username=b&limit=1&cursor={}", next.unwrap()));
        assert_eq!((second, end), (vec!["bobby".to_owned()], None));
        let changed = "?changed_since=2020-01-01T00:00:00Z&limit=1000";
        host.patch(&place.token("bob"), r#"{"bio":"changed"}"#);
        assert_eq!(names(changed).0.last().unwrap(), "bob");
        for wrong in [
            "?limit=0",
            "?limit=1001",
            "?cursor=x",
            "?status=x",
            "?tenant=x",
            "?username=a&email=b",
            "?username=a&username=b",
            "?nope=1",
            "?changed_since=2020-01-01T00:00:00Z&cursor=01a2218c-d2bd-7203-875d-8c1b3d7a79f1x",
            "?identity=x",
        ] {
            let response = admin.send("GET", &format!("/users{wrong}"), "");
            assert_eq!(response.status, 400, "{wrong}");
        }
        // The demo user is one of them.
        assert_eq!(place.print("user list").lines().count(), 4);
        assert_eq!(admin.command("user list --limit 2").lines().count(), 2);
    }
}
