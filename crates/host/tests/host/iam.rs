//! iam on a running server: the catalogue, uploads, and concurrent writers.

use std::{sync::Barrier, thread};

use manyface_testing::http::Response;

use crate::host::{Host, Place, until};

const PROFILE: &str = "/api/v1/iam/user/profile/";

fn patch(host: &Host, token: &str, body: &str) -> Response {
    host.json("PATCH", PROFILE, token, body)
}

#[test]
fn concurrent_writes_of_different_fields_are_merged() {
    const ROUNDS: usize = 10;
    for place in Place::both() {
        let movieknight = place.user("ada");
        let iam = place.token_for("iam", "ada");
        let host = place.serve();
        let fields = ["bio", "phone", "website_url", "github_url"];
        let barrier = Barrier::new(fields.len() + 1);
        thread::scope(|scope| {
            for field in fields {
                let (host, iam, barrier) = (&host, &iam, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for round in 0..ROUNDS {
                        let value = format!("https://a.example/{field}/{round}");
                        let value = if field == "phone" {
                            &value[18..]
                        } else {
                            &value
                        };
                        let body = format!("{{\"details\":{{\"{field}\":\"{value}\"}}}}");
                        let response = patch(host, iam, &body);
                        assert_eq!(response.status, 200, "{}", response.body);
                        let written = format!("\"{field}\":\"{value}\"");
                        assert!(response.body.contains(&written), "{}", response.body);
                    }
                });
            }
            barrier.wait();
            for round in 0..ROUNDS {
                let body = format!("{{\"name\":\"Ada {round}\",\"countryCode\":\"GB\"}}");
                let response = host.patch(&movieknight, &body);
                assert_eq!(response.status, 200);
            }
        });
        let last = ROUNDS - 1;
        let shown = patch(&host, &iam, "{}").body;
        for text in [
            format!("\"bio\":\"https://a.example/bio/{last}\""),
            format!("\"website_url\":\"https://a.example/website_url/{last}\""),
            format!("\"github_url\":\"https://a.example/github_url/{last}\""),
            format!("\"phone\":\"phone/{last}\""),
            "\"country\":\"GBR\"".to_owned(),
        ] {
            assert!(shown.contains(&text), "{text}: {shown}");
        }
        assert!(host.get(&movieknight).body.contains(&format!("Ada {last}")));
    }
}

#[test]
fn concurrent_additions_of_a_name_create_one_entry() {
    for place in Place::both() {
        let tokens = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|letter| {
            let name = format!("user-{letter}");
            place.user(&name);
            place.token_for("iam", &name)
        });
        let host = place.serve();
        let barrier = Barrier::new(tokens.len());
        thread::scope(|scope| {
            for token in &tokens {
                let (host, barrier) = (&host, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let response =
                        patch(host, token, r#"{"details":{"skills":["Zig","Ada","zig"]}}"#);
                    assert_eq!(response.status, 200, "{}", response.body);
                });
            }
        });
        let listed = place.print("catalogue list --kind skill");
        assert_eq!(listed.lines().count(), 2, "{listed}");
    }
}

#[test]
fn operators_can_edit_the_catalogue_of_a_running_server() {
    for place in Place::both() {
        place.user("ada");
        let token = place.token_for("iam", "ada");
        let names = place.file("names.tsv", "Rust\tA language.\nGo\n\nrust\n");
        place.print(&["catalogue", "load", "--kind", "skill", &names]);
        let added = place.print("catalogue add --kind skill Golang GO");
        let ids: Vec<_> = added
            .lines()
            .map(|line| line[6..].split(',').next().unwrap())
            .collect();
        let host = place.serve_with("[catalogue]\nmode = \"closed\"\n");

        let rejected = patch(&host, &token, r#"{"details":{"skills":["rust","Cobol"]}}"#);
        assert_eq!(rejected.status, 400);
        let sentence = r#"{"details":{"skills":["Object with name=Cobol does not exist."]}}"#;
        assert_eq!(rejected.body, sentence);
        let known = patch(&host, &token, r#"{"details":{"skills":["golang","rust"]}}"#);
        assert_eq!(known.status, 200, "{}", known.body);
        assert!(
            known
                .body
                .contains(r#""name":"Rust","description":"A language.""#)
        );

        place.print(&["catalogue", "merge", ids[0], ids[1]]);
        place.print(&["catalogue", "rename", ids[1], "Go language"]);
        until("the server sees what was renamed", || {
            patch(&host, &token, "{}")
                .body
                .contains("\"name\":\"Go language\"")
        });
        for words in [
            ["catalogue", "rename", ids[1], "RUST"].as_slice(),
            &["catalogue", "merge", ids[0], ids[1]],
            &["catalogue", "rename", "99999", "x"],
        ] {
            let output = place.run(words);
            assert_eq!(output.status.code(), Some(1), "{words:?}");
        }
        let output = place.run("catalogue add --kind colour x");
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn resumes_are_stored_served_and_removed_with_their_user() {
    for place in Place::both() {
        place.user("ada");
        let ada = place.token_for("iam", "ada");
        place.user("eve");
        let eve = place.token_for("iam", "eve");
        let host = place.serve();
        let response = host.upload(&ada, "resume", b"%PDF-1.7 of Ada");
        assert_eq!(response.status, 200, "{}", response.body);
        let url = response.text_after("\"resume\":\"");
        let path = host.path_of(url);
        let read = |token: &str| host.json("GET", path, token, "");
        let own = read(&ada);
        assert_eq!((own.status, own.body.as_str()), (200, "%PDF-1.7 of Ada"));
        let disposition = "attachment; filename=\"resume.pdf\"";
        assert_eq!(own.header("content-disposition"), Some(disposition));
        assert_eq!(own.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(read(&eve).status, 404);
        assert_eq!(host.ask(path).status, 401);

        let same = patch(
            &host,
            &ada,
            &format!(r#"{{"details":{{"resume":"{url}"}}}}"#),
        );
        assert_eq!(same.header("etag"), response.header("etag"));
        place.print("user remove ada");
        let media = place.folder.path().join("manyface-data/media/resumes");
        let left = std::fs::read_dir(media).map_or(0, Iterator::count);
        assert_eq!(left, 0);
    }
}

#[test]
fn files_that_are_no_images_are_rejected_with_the_message_of_the_framework() {
    let place = Place::sqlite();
    place.user("ada");
    let token = place.token_for("iam", "ada");
    let host = place.serve();
    let response = host.upload(&token, "profile_picture", b"<svg/>");
    let sentence = "Upload a valid image. The file you uploaded was either not an image or a \
                    corrupted image.";
    let expected = format!(r#"{{"details":{{"profile_picture":["{sentence}"]}}}}"#);
    assert_eq!((response.status, response.body), (400, expected));
}
