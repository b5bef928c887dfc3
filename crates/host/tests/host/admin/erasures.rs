//! Erasures, and their receipts.

use serde_json::{Value, json};

use super::Admin;
use crate::{
    host::Place,
    tenants::{tenant, text},
};

#[test]
fn an_erasure_keeps_a_receipt_and_is_in_the_feed() {
    for place in Place::both() {
        let host = place.serve();
        let admin = Admin::of(&place, &host);
        let second = tenant(&place, "second");
        let own = admin.with_token(&format!("--role write --tenant {second} --name eve"));
        place.print(&format!(
            "user add --username quokka --email quokka@example.com --tenant {second}"
        ));
        place.print("user identity add quokka https://id.example#quokka");
        let shown = place.print("user show quokka");
        let (user, version) = (text(&shown, "id"), "If-Match: \"9-9\"\r\n");
        let stale = own.send_with("DELETE", "/users/quokka", version, "");
        assert_eq!(stale.status, 412, "{}", stale.body);
        assert_eq!(place.print("user erasures"), "");
        let etag = own.send("GET", "/users/quokka", "");
        let etag = etag.header("etag").unwrap().to_owned();
        let matching = format!("If-Match: {etag}\r\n");
        let erased = own.send_with("DELETE", "/users/quokka", &matching, "");
        assert_eq!(erased.status, 204, "{}", erased.body);

        let page = own.json("GET", "/erasures", &Value::Null, 200);
        let receipt = &page["items"][0];
        assert_eq!(receipt["user"], user);
        assert_eq!(receipt["tenant_id"], second.as_str());
        assert_eq!(receipt["actor"], "operator:eve");
        assert_eq!(receipt["removed"]["identities"], 1);
        assert_eq!(receipt["removed"]["changes"], 2);
        assert!(!page.to_string().contains("quokka"), "{page}");
        for words in ["user erasures", "user erasures --limit 1"] {
            for printed in [place.print(words), admin.command(words)] {
                let printed: Value = serde_json::from_str(&printed).unwrap();
                assert_eq!(&printed, receipt);
            }
        }
        let id = receipt["id"].as_str().unwrap();
        let after = own.json("GET", &format!("/erasures?cursor={id}"), &Value::Null, 200);
        assert_eq!(after, json!({ "items": [], "next": null }));
        let default = tenant(&place, "third");
        let other = admin.with_token(&format!("--role read --tenant {default}"));
        for path in ["/erasures".to_owned(), format!("/erasures?tenant={second}")] {
            assert_eq!(
                other.json("GET", &path, &Value::Null, 200)["items"],
                json!([])
            );
        }
        assert_eq!(own.send("GET", "/erasures?limit=0", "").status, 400);

        // Consumers of the feed see the erasure, also those of the tenant.
        for (reader, count) in [(&admin, 1), (&own, 1), (&other, 0)] {
            let feed = reader.json("GET", "/changes?limit=1000", &Value::Null, 200);
            let changes = feed["items"].as_array().unwrap().iter();
            let erasures = changes.filter(|change| change["kind"] == "erasure");
            let users: Vec<_> = erasures.map(|change| &change["user"]).collect();
            assert_eq!(users, vec![user; count]);
        }
        let mut events = super::stream::Events::open(&own, "");
        let (_, event) = events.next();
        assert_eq!(
            (&event["kind"], &event["user"]),
            (&json!("erasure"), &json!(user))
        );
        assert_eq!(event["actor"], "operator:eve");
    }
}
