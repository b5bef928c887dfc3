//! Commands while a server runs.

use crate::host::{Place, Words};

fn code(place: &Place, words: &(impl Words + ?Sized)) -> (i32, String) {
    let output = place.run(words);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{said}");
    (output.status.code().unwrap(), said)
}

#[test]
fn users_are_added_shown_and_listed() {
    for place in Place::both() {
        let host = place.serve();
        let added = place.print(&[
            "user",
            "add",
            "--username",
            "Ada",
            "--email",
            "ada@example.com",
            "--display-name",
            " Ada L ",
            "--given-name",
            "Ada",
            "--date-of-birth",
            "1815-12-10",
            "--auth-provider",
            "oidc",
            "--identity",
            "https://id.example#ada-1",
        ]);
        assert!(
            added.contains(r#""username":"Ada","email":"ada@example.com","display_name":"Ada L""#)
        );
        assert!(added.contains(r#""auth_provider":"oidc""#));
        assert_eq!(place.print("user show aDA"), added);
        let id = added.split('"').nth(3).unwrap();
        assert_eq!(place.print(&format!("user show {id}")), added);
        let (_, external) = added.split_once(r#""movieknight":""#).unwrap();
        let external = format!("movieknight:{}", &external[..24]);
        assert_eq!(place.print(&["user", "show", &external]), added);
        assert_eq!(place.print("user list").lines().count(), 2);
        assert_eq!(place.print("user list --limit 1").lines().count(), 1);
        assert_eq!(place.print(&format!("user list --after {id}")), "");
        let response = host.get(&place.token("Ada"));
        assert!(
            response.body.contains(r#""name":"Ada L""#),
            "{}",
            response.body
        );
        assert!(
            response
                .body
                .contains(r#""dateOfBirth":"1815-12-10T00:00:00.000Z""#)
        );
    }
}

#[test]
fn invalid_users_are_reported() {
    for place in Place::both() {
        place.user("ada");
        let add = |username: &str, email: &str, more: &[&str]| {
            let words = [
                &["user", "add", "--username", username, "--email", email],
                more,
            ]
            .concat();
            code(&place, &words)
        };
        for (username, email, more, expected) in [
            ("ADA", "a@b", &[][..], "username is taken"),
            ("admin", "a@b", &[], "username is reserved"),
            (".", "a@b", &[], "username must not be empty"),
            ("a b", "a@b", &[], "username must be letters"),
            ("eve", "nonsense", &[], "email is not an address"),
            (
                "eve",
                "a@b",
                &["--external-id", "movieknight=xyz"],
                "is not an id of movieknight",
            ),
            (
                "eve",
                "a@b",
                &["--tenant", "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0"],
                "tenant_id does not exist",
            ),
        ] {
            let (status, said) = add(username, email, more);
            assert_eq!(status, 1, "{said}");
            assert!(said.contains(expected), "{said}");
        }
        assert_eq!(code(&place, "user add --username eve").0, 2);
        assert_eq!(code(&place, "user show eve").0, 1);
    }
}

#[test]
fn operator_data_is_checked_and_shown() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        let operator_data = |text: &str| {
            place.run(&[
                "user",
                "operator-data",
                "ada",
                "--dialect",
                "movieknight",
                text,
            ])
        };
        assert!(
            operator_data(r#"{"badges":["gold"],"aiUsage":{"used":2,"limit":5}}"#)
                .status
                .success()
        );
        let response = host.get(&token);
        let expected = r#""badges":["gold"],"aiUsage":{"used":2,"limit":5,"remaining":3}"#;
        assert!(response.body.contains(expected), "{}", response.body);
        assert_eq!(operator_data(r#"{"badges":7}"#).status.code(), Some(1));
        assert_eq!(operator_data("nonsense").status.code(), Some(1));
        assert_eq!(host.get(&token).body, response.body);
        place.print("user operator-data ada --dialect movieknight --clear");
        assert!(
            host.get(&token)
                .body
                .contains(r#""badges":[],"aiUsage":{"used":0"#)
        );
        assert_eq!(
            place.print("user operator-data ada --dialect movieknight"),
            "null"
        );
        assert_eq!(code(&place, "user operator-data ada --dialect none").0, 1);
    }
}

#[test]
fn tokens_of_removed_users_are_rejected() {
    for place in Place::both() {
        let host = place.serve();
        let token = place.user("ada");
        assert_eq!(host.get(&token).status, 200);
        assert_eq!(code(&place, "user remove ada").0, 0);
        for response in [host.get(&token), host.patch(&token, r#"{"bio":"x"}"#)] {
            assert_eq!(response.status, 401);
            assert_eq!(response.body, r#"{"ok":false,"error":"invalid token"}"#);
            assert_eq!(
                response.header("www-authenticate"),
                Some("Bearer error=\"invalid_token\"")
            );
        }
        assert_eq!(code(&place, "user remove ada").0, 1);
        // The next user of this name is another one.
        let free = place.file("free.toml", "username_rest_days = 0\n");
        let words = "user add --username ada --email ada@example.com --config";
        place.print(&format!("{words} {free}"));
        assert_eq!(host.get(&token).status, 401);
    }
}

#[test]
fn healthcheck_reports_by_its_exit_status() {
    let place = Place::sqlite();
    let host = place.serve();
    let url = host.url();
    assert_eq!(code(&place, &format!("healthcheck --url {url}")).0, 0);
    host.kill();
    assert_eq!(code(&place, &format!("healthcheck --url {url}")).0, 1);
    assert_eq!(code(&place, "healthcheck --url ftp://x").0, 2);
}
