//! Tokens that the server must reject, and explanations of tokens.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use crate::{
    host::{ME, Place},
    tenants::user,
};

#[test]
fn only_tokens_of_the_issuer_are_accepted() {
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
        // The key of another deployment signed it.
        &other.token("ada"),
    ] {
        let response = host.get(token);
        let error = r#"{"ok":false,"error":"invalid token"}"#;
        assert_eq!((response.status, response.body.as_str()), (401, error));
        let challenge = response.header("www-authenticate");
        assert_eq!(challenge, Some("Bearer error=\"invalid_token\""));
    }
}

#[test]
fn tokens_work_until_they_expire() {
    let place = Place::sqlite();
    let host = place.serve_with("");
    let words = "token --dialect movieknight --user moviefan --ttl";
    let long = place.run(&format!("{words} 31d"));
    // The lifetime exceeds the maximum.
    assert_eq!(long.status.code(), Some(2));
    let good = place.print(&format!("{words} 29d"));
    assert_eq!(host.get(&good).status, 200);
}

#[test]
fn tokens_must_be_in_the_header_and_only_once() {
    let place = Place::sqlite();
    let host = place.serve();
    let token = place.token("moviefan");
    let ask = |path: &str, headers: &str| host.send("GET", path, headers, "").status;
    let line = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(ask(ME, &line), 200);
    assert_eq!(ask(ME, &format!("authorization: bearer {token}\r\n")), 200);
    assert_eq!(ask(ME, &format!("{line}{line}")), 401);
    assert_eq!(ask(ME, &format!("Authorization: Token {token}\r\n")), 401);
    assert_eq!(ask(&format!("{ME}?access_token={token}"), ""), 401);
    assert_eq!(ask(ME, ""), 401);
}

#[test]
fn rejection_reasons_are_logged() {
    for place in Place::both() {
        let host = place.serve();
        let elsewhere = Place::sqlite();
        elsewhere.user("ada");
        let other_server = elsewhere.token("ada");
        let other_dialect = place.print("token --dialect iam --user moviefan");
        let long = "x".repeat(9_000);
        let unknown = format!("mfk_{}", "x".repeat(43));
        for (token, code, reason) in [
            (other_server.as_str(), "wrong_signature", "wrong signature"),
            (
                &other_dialect,
                "wrong_audience",
                "aud is [\\\"manyface:iam\\\"], expected one of",
            ),
            (&long, "too_long", "longer than 8192 bytes: 9000 bytes"),
            ("mfk_unknown", "malformed_api_key", "43 characters"),
            (&unknown, "unknown_api_key", "no such API key"),
        ] {
            let response = host.get(token);
            assert_eq!(response.body, r#"{"ok":false,"error":"invalid token"}"#);
            let id = response.header("x-request-id").unwrap();
            let line = host.hear(&format!("{id}\""));
            let line = line
                .lines()
                .find(|line| line.contains(id))
                .unwrap()
                .to_owned();
            for part in ["\"INFO\"", "\"movieknight\"", code, reason] {
                assert!(line.contains(part), "{part}: {line}");
            }
            assert!(!line.contains(token), "{line}");
        }
        let missing = host.ask(ME).header("x-request-id").unwrap().to_owned();
        let basic = host.send("GET", ME, "Authorization: Basic eDp5\r\n", "");
        assert_eq!(
            basic.body,
            r#"{"ok":false,"error":"authentication required"}"#
        );
        let said = host.hear("the scheme of Authorization is not Bearer");
        let mut lines = said.lines().filter(|line| line.contains("\"INFO\""));
        assert!(!lines.any(|line| line.contains(&missing)), "{said}");
        assert!(!said.contains("eDp5"), "{said}");
    }
}

fn inspect(place: &Place, dialect: &str, token: impl AsRef<[u8]>) -> (i32, String) {
    let mut child = place
        .command(&format!("token inspect --dialect {dialect}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let token = token.as_ref();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(token).unwrap();
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let said = [stdout, stderr].concat();
    let said = String::from_utf8(said).unwrap();
    let token = String::from_utf8_lossy(token);
    let signature = token.trim().rsplit('.').next().unwrap();
    assert!(signature.len() < 16 || !said.contains(signature), "{said}");
    (status.code().unwrap(), said)
}

#[test]
fn inspect_explains_a_token_from_standard_input() {
    for place in Place::both() {
        let token = place.user("ada");
        let (code, said) = inspect(&place, "movieknight", format!("Bearer {token}\n"));
        assert_eq!(code, 0, "{said}");
        for part in [
            "header alg: HS256",
            "claim aud: \"manyface:movieknight\"",
            "is ada (",
            "accepted",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let (code, said) = inspect(&place, "tenant", &token);
        assert_eq!(code, 1, "{said}");
        for part in [
            "FAILED  audience: aud is [\"manyface:movieknight\"]",
            "ok      signature: HS256 (no kid)",
            "this is a token of another dialect: movieknight",
            "rejected: wrong_audience",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let (message, _) = token.rsplit_once('.').unwrap();
        let (code, said) = inspect(&place, "movieknight", format!("{message}.AAAA"));
        assert!(
            code == 1 && said.contains("rejected: wrong_signature"),
            "{said}"
        );
        assert!(!said.contains("another dialect"), "{said}");
        for (input, expected) in [
            (b"opaque".as_slice(), "rejected: malformed_token"),
            (b"mfk_unknown", "rejected: malformed_api_key"),
            (
                b"\xff\xfea.b.c",
                "rejected: malformed_token: standard input is not UTF-8",
            ),
            (
                &[b'a'; 8_193],
                "rejected: too_long: longer than 8192 bytes: 8193 bytes",
            ),
            (
                "é".repeat(33_000).as_bytes(),
                "rejected: too_long: standard input has more than 65536 bytes",
            ),
        ] {
            let (code, said) = inspect(&place, "whop", input);
            assert!(code == 1 && said.contains(expected), "{said}");
        }
        let (code, said) = inspect(&place, "nope", &token);
        assert!(
            code == 2 && said.contains("served are movieknight, "),
            "{said}"
        );
        assert_eq!(inspect(&place, "movieknight", " \n").0, 2);

        place.print("user remove ada");
        let (code, said) = inspect(&place, "movieknight", &token);
        assert!(code == 1 && said.contains("rejected: no_user"), "{said}");
    }
}

#[test]
fn inspect_names_users_of_suspended_tenants() {
    for place in Place::both() {
        let host = place.serve();
        let id = "018f3c7a-2a5b-7c3d-8e4f-0123456789ab";
        place.print(&format!("tenant add --name Acme --id {id}"));
        user(&place, "ada", &["--tenant", id]);
        let token = place.token("ada");
        assert_eq!(inspect(&place, "movieknight", &token).0, 0);
        place.print(&format!("tenant suspend {id}"));
        let (code, said) = inspect(&place, "movieknight", &token);
        assert!(
            code == 1 && said.contains("rejected: suspended_tenant"),
            "{said}"
        );
        // The log contains the reason, which the response omits, without the user's names.
        let gone = place.user("bob");
        place.print("user remove bob");
        for (token, code) in [(&token, "suspended_tenant"), (&gone, "no_user")] {
            let response = host.get(token);
            assert_eq!(response.body, r#"{"ok":false,"error":"invalid token"}"#);
            let said = host.hear(response.header("x-request-id").unwrap());
            assert!(said.contains(code), "{said}");
            assert!(!said.contains("example.com"), "{said}");
        }
    }
}

#[test]
fn tokens_have_the_scopes_of_their_dialect_by_default() {
    let place = Place::sqlite();
    let host = place.serve();
    let words = "token --dialect whop --user moviefan";
    let patch = |more: &str| {
        let token = place.print(&format!("{words} {more}"));
        let path = "/api/v1/users/me";
        host.json("PATCH", path, &token, r#"{"bio":"x"}"#).status
    };
    assert_eq!(patch(""), 200);
    assert_eq!(patch("--scope user:email:read"), 403);
    let unknown_user = place.run("token --dialect whop --user unknown");
    let said = String::from_utf8(unknown_user.stderr).unwrap();
    assert!(said.contains("`manyface user list`"), "{said}");
    assert_eq!(place.run("token").status.code(), Some(2));
}
