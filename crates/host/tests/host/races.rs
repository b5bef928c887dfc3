//! Concurrent clients of a running server.

use std::thread;

use crate::host::Place;

const CLIENTS: usize = 64;

#[test]
fn concurrent_patches_of_different_fields_are_merged() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (host, token) = (&host, &token);
                scope.spawn(move || {
                    let body = match client % 4 {
                        0 => r#"{"bio":"kept"}"#,
                        1 => r#"{"name":"Kept"}"#,
                        2 => r#"{"countryCode":"DE"}"#,
                        _ => r#"{"avatarUrl":"https://kept.example/"}"#,
                    };
                    assert_eq!(host.patch(token, body).status, 200);
                });
            }
        });
        let body = host.get(&token).body;
        for kept in [
            r#""bio":"kept""#,
            r#""name":"Kept""#,
            r#""countryCode":"DE""#,
            r#""avatarUrl":"https://kept.example/""#,
        ] {
            assert!(body.contains(kept), "{kept} is lost: {body}");
        }
    }
}

#[test]
fn one_of_two_concurrent_conditional_writes_succeeds() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        for round in 0..8 {
            let before = host.get(&token);
            let condition = format!("If-Match: {}\r\n", before.header("etag").unwrap());
            let write = |writer: u32| {
                let body = format!(r#"{{"bio":"{round} by {writer}"}}"#);
                host.patch_if(&token, &body, &condition)
            };
            let responses = thread::scope(|scope| {
                let writers = [1, 2].map(|writer| scope.spawn(move || write(writer)));
                writers.map(|writer| writer.join().unwrap())
            });
            let mut statuses = responses.each_ref().map(|response| response.status);
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412]);
            let won = responses
                .iter()
                .find(|response| response.status == 200)
                .unwrap();
            assert_eq!(host.get(&token).body, won.body);
        }
    }
}
