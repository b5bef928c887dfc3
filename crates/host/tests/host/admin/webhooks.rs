//! Webhooks and the tokens of operators.

use manyface_testing::receiver::Receiver;
use serde_json::{Value, json};

use super::Admin;
use crate::{
    host::Place,
    tenants::{tenant, text},
    webhooks::serve,
};

#[test]
fn a_token_of_a_tenant_sees_and_makes_only_its_webhooks() {
    for place in Place::both() {
        let host = serve(&place);
        let admin = Admin::of(&place, &host);
        let second = tenant(&place, "second");
        let own = admin.with_token(&format!("--role write --tenant {second}"));
        let receivers = [Receiver::start(), Receiver::start()];
        let [all, of_tenant] = receivers.each_ref().map(|receiver| {
            let url = format!("http://{}/", receiver.authority);
            json!({ "url": url })
        });
        let all = admin.json("POST", "/webhooks", &all, 201);
        let of_tenant = own.json("POST", "/webhooks", &of_tenant, 201);
        assert_eq!(of_tenant["tenant_id"], second.as_str());
        assert_eq!(all["tenant_id"], Value::Null);
        let quiet = json!({ "url": "https://a.example/" });
        let third = tenant(&place, "third");
        let of_third = admin.with_token(&format!("--role write --tenant {third}"));
        for _ in 0..10 {
            of_third.json("POST", "/webhooks", &quiet, 201);
        }
        of_third.json("POST", "/webhooks", &quiet, 409);
        for webhook in of_third.json("GET", "/webhooks", &Value::Null, 200)["items"]
            .as_array()
            .unwrap()
        {
            let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
            assert_eq!(of_third.send("DELETE", &path, "").status, 204);
        }
        let default = text(&place.print("tenant list"), "id").to_owned();
        let other = json!({ "url": "https://a.example/", "tenant_id": default });
        own.json("POST", "/webhooks", &other, 422);
        let listed = own.json("GET", "/webhooks", &Value::Null, 200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["id"], of_tenant["id"]);
        assert_eq!(listed["items"][0].get("secret"), None);
        let listed = admin.json("GET", "/webhooks", &Value::Null, 200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);

        let (id, missing) = (all["id"].as_str().unwrap(), "whk_0");
        for (method, path) in [
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/test"),
            ("POST", "/rotate"),
            ("GET", "/dead-letters"),
            ("POST", "/dead-letters/resend"),
        ] {
            let response = |id: &str| {
                let response = own.send(method, &format!("/webhooks/{id}{path}"), "");
                (response.status, response.body.replace(id, ""))
            };
            assert_eq!(response(id), response(missing), "{method} {path}");
            assert_eq!(response(id).0, 404);
        }
        let reader = admin.with_token("--role read");
        assert_eq!(reader.send("POST", "/webhooks", "{}").status, 403);
        let test = format!("/webhooks/{id}/test");
        assert_eq!(reader.send("POST", &test, "").status, 403);
        assert_eq!(
            admin.json("POST", &test, &Value::Null, 200),
            json!({ "is_delivered": true, "error": null })
        );
        assert!(receivers[0].next().body.contains("webhook.test"));

        place.user("ada");
        place.print(&format!(
            "user add --username eve --email e@example.com --tenant {second}"
        ));
        let name = |receiver: &Receiver| {
            let body: Value = serde_json::from_str(&receiver.next().body).unwrap();
            let fields = body["data"]["fields"].as_array().unwrap().clone();
            let name = fields.iter().find(|field| field["field"] == "username");
            name.unwrap()["to"].clone()
        };
        assert_eq!(name(&receivers[0]), "ada");
        assert_eq!(name(&receivers[0]), "eve");
        assert_eq!(name(&receivers[1]), "eve");
        assert!(!receivers[1].has_more());
    }
}
