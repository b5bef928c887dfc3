//! Tokens that must not open the door of the served host.

use crate::{
    client::send,
    host::{ME, Place},
};

#[test]
fn only_the_issuers_own_tokens_are_taken() {
    let place = Place::sqlite();
    let host = place.serve();
    let good = place.token("moviefan");
    assert_eq!(host.get(&good).status, 200);
    let mut parts = good.split('.');
    let (header, claims, signature) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    // {"alg":"none"} and {"alg":"None","typ":"JWT"}, without padding.
    let none = "eyJhbGciOiJub25lIn0";
    let other = Place::sqlite();
    other.user("ada");
    for token in [
        &format!("{none}.{claims}."),
        &format!("{none}.{claims}.{signature}"),
        &format!("{header}.{claims}."),
        &format!("{header}.{claims}"),
        &format!("{header}.{claims}.{signature}."),
        &format!("{header}.{claims}.{signature}="),
        &format!("{header}.{claims}.A{signature}"),
        &format!("{header}.{claims}.{}", &signature[..signature.len() - 1]),
        &format!("{header}.A{claims}.{signature}"),
        "x",
        &"x".repeat(64_000),
        // Signed with another deployment's key.
        &other.token("ada"),
    ] {
        let answer = host.get(token);
        let error = r#"{"ok":false,"error":"invalid token"}"#;
        assert_eq!((answer.status, answer.body.as_str()), (401, error));
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge, Some("Bearer error=\"invalid_token\""));
    }
}

#[test]
fn a_token_works_until_it_expires() {
    let place = Place::sqlite();
    let file = place.file("m.toml", "");
    let host = place.serve_with(&["--config", &file]);
    let words = [
        "token",
        "--dialect",
        "movieknight",
        "--user",
        "moviefan",
        "--ttl",
    ];
    let long = place.run(&[&words[..], &["31d"]].concat());
    assert_eq!(
        long.status.code(),
        Some(2),
        "longer than any token may live"
    );
    let good = place.print(&[&words[..], &["29d"]].concat());
    assert_eq!(host.get(&good).status, 200);
}

#[test]
fn a_token_is_taken_from_the_header_alone_and_once() {
    let place = Place::sqlite();
    let host = place.serve();
    let token = place.token("moviefan");
    let ask = |path: &str, headers: &str| {
        send(&host.authority, "GET", path, headers, "")
            .unwrap()
            .status
    };
    let line = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(ask(ME, &line), 200);
    assert_eq!(ask(ME, &format!("authorization: bearer {token}\r\n")), 200);
    assert_eq!(ask(ME, &format!("{line}{line}")), 401);
    assert_eq!(ask(ME, &format!("Authorization: Token {token}\r\n")), 401);
    assert_eq!(ask(&format!("{ME}?access_token={token}"), ""), 401);
    assert_eq!(ask(ME, ""), 401);
}
