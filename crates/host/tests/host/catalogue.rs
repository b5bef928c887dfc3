//! The catalogue on a running server: visibility for tenants, and rejected requests.

use std::{sync::Barrier, thread};

use manyface_testing::http::Response;

use crate::{
    host::{Host, Place},
    tenants::{tenant, user},
};

const PROFILE: &str = "/api/v1/iam/user/profile/";
const LISTS: [&str; 4] = [
    "skills",
    "investment_interests",
    "technical_interests",
    "focus_area",
];

fn ask(host: &Host, token: &str, form: &str, more: &str, body: &str) -> Response {
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: {form}\r\n{more}");
    host.send("PATCH", PROFILE, &headers, body)
}

fn patch(host: &Host, token: &str, body: &str) -> Response {
    ask(host, token, "application/json", "", body)
}

/// Returns the ids of the list `name` in a response.
fn ids<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    let (_, rest) = response.body.split_once(&format!("\"{name}\":[")).unwrap();
    let list = rest.split(']').next().unwrap();
    list.split(',').filter(|id| !id.is_empty()).collect()
}

#[test]
fn tenants_see_their_own_and_shared_entries() {
    for place in Place::both() {
        let tenants = [tenant(&place, "one"), tenant(&place, "two")];
        for (name, tenant) in ["ada", "bert"].iter().zip(&tenants) {
            user(&place, name, &["--tenant", tenant]);
        }
        let add = |more: &[&str], name: &str| {
            let words = ["catalogue", "add", "--kind", "skill"];
            place.print(&[&words, more, &[name]].concat());
        };
        add(&[], "Shared");
        add(&["--tenant", &tenants[0]], "Of one");
        let host = place.serve();
        let (ada, bert) = (
            place.token_for("iam", "ada"),
            place.token_for("iam", "bert"),
        );
        let secret = patch(
            &host,
            &ada,
            r#"{"details":{"skills":["Of one","SHARED","Secret"],"focus_area":["Secret"]}}"#,
        );
        assert_eq!(secret.status, 200, "{}", secret.body);
        assert!(secret.body.contains(r#""name":"Shared""#));
        let theirs = ids(&secret, "skills");
        for list in LISTS {
            let send = |id: &str| {
                let body = format!(r#"{{"details":{{"{list}":[{id}]}}}}"#);
                patch(&host, &bert, &body)
            };
            for id in [theirs[0], theirs[2], ids(&secret, "focus_area")[0]] {
                let (rejected, unknown) = (send(id), send("7"));
                assert_eq!((rejected.status, unknown.status), (400, 400));
                assert_eq!(
                    rejected.body,
                    unknown.body.replace(r#"\"7\""#, &format!(r#"\"{id}\""#))
                );
            }
        }
        let shared = format!(r#"{{"details":{{"skills":[{},"secret"]}}}}"#, theirs[1]);
        let own = patch(&host, &bert, &shared);
        assert_eq!(own.status, 200, "{}", own.body);
        assert_eq!(ids(&own, "skills")[0], theirs[1]);
        assert_ne!(ids(&own, "skills")[1], theirs[2]);
        assert!(own.body.contains(r#""name":"secret""#), "{}", own.body);

        let listed = |more: &[&str]| {
            let words = ["catalogue", "list", "--kind", "skill"];
            place.print(&[&words, more].concat()).lines().count()
        };
        let [one, two] = &tenants;
        assert_eq!(listed(&[]), 4);
        assert_eq!(listed(&["--shared"]), 1);
        assert_eq!(listed(&["--tenant", one]), 2);
        assert_eq!(listed(&["--tenant", two]), 1);
        let foreign = ["catalogue", "merge", theirs[2], ids(&own, "skills")[1]];
        assert_eq!(place.run(&foreign).status.code(), Some(1));
        let missing = "0190d2a4-5d3c-7cc3-9a1b-000000000000";
        let words = format!("catalogue add --kind skill --tenant {missing} x");
        assert_eq!(place.run(&words).status.code(), Some(1));
        // A shared name replaces equal names of tenants.
        add(&[], "SECRET");
        assert_eq!(listed(&[]), 3);
    }
}

#[test]
fn rejected_requests_add_no_names() {
    for place in Place::both() {
        place.user("ada");
        place.user("eve");
        let token = place.token_for("iam", "ada");
        let host = place.serve();
        let json = "application/json";
        let multipart = "multipart/form-data; boundary=b";
        let part = |name: &str, more: &str, text: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"details.{name}\"{more}\r\n\r\n{text}\r\n"
            )
        };
        let names = part("skills", "", "Orphan");
        let file = |name: &str| {
            let file = part(name, "; filename=\"x\"", "no such file");
            format!("{names}{file}--b--\r\n")
        };
        for (form, more, body, status) in [
            (multipart, "", file("profile_picture"), 400),
            (multipart, "", file("resume"), 400),
            (
                json,
                "If-Match: \"1-1-iam\"\r\n",
                r#"{"details":{"skills":["Orphan"]}}"#.to_owned(),
                412,
            ),
            (
                json,
                "",
                r#"{"username":"eve","details":{"skills":["Orphan"]}}"#.to_owned(),
                400,
            ),
            (
                json,
                "",
                r#"{"username":"root","details":{"skills":["Orphan"]}}"#.to_owned(),
                400,
            ),
            (
                json,
                "",
                r#"{"details":{"skills":["Orphan"],"focus_area":[7]}}"#.to_owned(),
                400,
            ),
        ] {
            let response = ask(&host, &token, form, more, &body);
            assert_eq!(response.status, status, "{body}: {}", response.body);
        }
        let listed = || place.print("catalogue list");
        assert_eq!(listed(), "");

        // Of concurrent conditional writers, all but one are rejected.
        let current = patch(&host, &token, "{}");
        let tag = format!("If-Match: {}\r\n", current.header("etag").unwrap());
        let writers = 12;
        let barrier = Barrier::new(writers);
        let written: usize = thread::scope(|scope| {
            let writers: Vec<_> = (0..writers)
                .map(|writer| {
                    let (host, token, tag, barrier) = (&host, &token, &tag, &barrier);
                    scope.spawn(move || {
                        let body = format!(r#"{{"details":{{"skills":["Name {writer}"]}}}}"#);
                        barrier.wait();
                        let response = ask(host, token, "application/json", tag, &body);
                        usize::from(response.status == 200)
                    })
                })
                .collect();
            writers.into_iter().map(|done| done.join().unwrap()).sum()
        });
        assert_eq!(written, 1);
        assert_eq!(listed().lines().count(), 1, "{}", listed());
    }
}
