//! `manyface conform` against a running server.

mod interrupted;

use std::{fs, net::TcpListener, process::Output};

use crate::host::{Host, Place, rows};

/// An exchange that fails on every server.
const WRONG: &str = r#"
why = "a profile is a teapot"
source = "decision: for this test"

[[step]]
send = "GET /api/users/me"
status = 418
expect = '"[any]"'
"#;

/// Adds a user and changes their profile.
fn new_user(place: &Place, host: &Host) -> (String, String) {
    let token = place.user("ada");
    let body =
        r#"{"bio":"my own","name":"Ada","countryCode":"DE","avatarUrl":"https://a.example/"}"#;
    assert_eq!(host.patch(&token, body).status, 200);
    let before = host.get(&token).body;
    (token, before)
}

/// Runs `manyface conform`; returns its status, standard output and standard error.
fn conform(place: &Place, words: &[&str]) -> (Option<i32>, String, String) {
    let words = [&["conform"], words].concat();
    let Output {
        status,
        stdout,
        stderr,
    } = place.run(&words);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn reports_are_written_compared_and_show_no_token() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, before) = new_user(&place, &host);
    let url = host.url();
    let file = place.file("token", &format!("{token}\n"));
    let common = ["movieknight", "--url", &url, "--token-file", &file];

    let good = [&common[..], &["--allow-writes", "--json", "-"]].concat();
    let (status, json, said) = conform(&place, &good);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("PATCH /api/users/me") && said.contains(" 0 failed"),
        "{said}"
    );
    assert!(
        said.contains("2  needs an unmodified user [fresh-user]"),
        "{said}"
    );
    assert!(
        json.starts_with("{\n  \"format\": \"manyface-conformance/1\""),
        "{json}"
    );
    assert_eq!(host.get(&token).body, before);

    // A custom suite with a wrong expectation.
    let folder = place.folder.path().join("exchanges");
    fs::create_dir(&folder).unwrap();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../movieknight/exchanges");
    for name in ["suite.toml", "head-is-get-without-a-body.toml"] {
        fs::copy(format!("{own}/{name}"), folder.join(name)).unwrap();
    }
    fs::write(folder.join("a-teapot.toml"), WRONG).unwrap();
    let folder = folder.to_str().unwrap();
    let path = |name: &str| place.folder.path().join(name).to_str().unwrap().to_owned();
    let [json, junit, html] = ["report.json", "report.xml", "report.html"].map(path);
    let reports = [
        "--suite", folder, "--json", &json, "--junit", &junit, "--html", &html,
    ];
    let wrong = [&common[..], &reports].concat();
    let (status, printed, said) = conform(&place, &wrong);
    assert_eq!((status, &*printed), (Some(1), ""), "{said}");
    assert!(
        said.contains("failed: a-teapot: a profile is a teapot"),
        "{said}"
    );
    assert!(said.contains("1 passed, 1 failed, 0 skipped"), "{said}");
    let texts = [&json, &junit, &html].map(|name| fs::read_to_string(name).unwrap());
    for text in texts.iter().chain([&said]) {
        assert!(text.contains("a-teapot") && text.contains("418"), "{text}");
        assert!(!text.contains(&token), "{text}");
    }
    for text in &texts[..] {
        assert!(text.contains("Bearer [redacted]"), "{text}");
    }

    // Earlier failures are no findings.
    let known = [&common[..], &["--suite", folder, "--baseline", &json]].concat();
    let (status, _, said) = conform(&place, &known);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("1  still failing: a-teapot"), "{said}");
}

#[test]
fn tokens_can_be_set_in_the_environment() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, _) = new_user(&place, &host);
    let url = host.url();
    let mut command = place.command("conform movieknight head-is etag");
    command.env("MANYFACE_CONFORM_TOKEN", &token);
    let output = command.env("MANYFACE_CONFORM_URL", &url).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    // A server ignores these variables.
    let mut command = place.command("check");
    command.env("MANYFACE_CONFORM_TOKEN", &token);
    assert!(command.output().unwrap().status.success());
}

#[test]
fn invalid_options_are_reported_before_the_run() {
    let place = Place::sqlite();
    let host = place.serve();
    let (token, _) = new_user(&place, &host);
    let url = host.url();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let unused = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for [words, code, expected] in rows(
        r"
movieknight --url UNUSED --token TOKEN | 3 | Connection refused
movieknight --url URL --token nonsense | 3 | the token of the user is rejected
movieknight --url URL/x --token TOKEN | 3 | the URL is the base of
movieknight --url URL --token TOKEN null-is-rejected | 3 | no exchange can run
movieknight --url URL --token TOKEN no-such-name | 2 | --list
movieknight --url ftp://x --token TOKEN | 2 | --url
movieknight --url http://a:b@127.0.0.1 --token TOKEN | 2 | no password
movieknight --url URL --token a\nb | 2 | --token
movieknight --url URL --token TOKEN --json /nowhere/x | 2 | /nowhere/x
movieknight --url URL --token TOKEN --json - --html - | 2 | standard output
movieknight --url URL --token TOKEN --baseline /nowhere | 2 | --baseline
movieknight --url URL --token TOKEN --no-restore | 2 | --allow-writes
movieknight --url URL --token TOKEN --rate 0 | 2 | --rate
klingon --url URL | 2 | movieknight, tenant, whop
movieknight --url URL | 2 | MANYFACE_CONFORM_TOKEN
movieknight --token x | 2 | MANYFACE_CONFORM_URL
tenant --url URL --token x | 2 | --tenant
",
    ) {
        let words = words.replace("URL", &url).replace("UNUSED", &unused);
        let words = words.replace("TOKEN", &token);
        let words = words.split(' ').map(|word| word.replace(r"\n", "\n"));
        let words: Vec<_> = words.collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let (status, printed, said) = conform(&place, &words);
        let code = code.parse().unwrap();
        assert_eq!((status, &*printed), (Some(code), ""), "{expected}: {said}");
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(!said.contains(&token), "{said}");
    }
}

#[test]
fn all_exchanges_of_each_dialect_are_built_in() {
    let place = Place::sqlite();
    for dialect in manyface::dialects() {
        let name = dialect.name;
        let folder = format!("{}/../{name}/exchanges", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).unwrap().count();
        let (status, printed, said) = conform(&place, &[name, "--list"]);
        assert_eq!(status, Some(0), "{said}");
        // All files but suite.toml are exchanges.
        assert_eq!(printed.lines().count(), files - 1, "{name}");
        assert!(
            printed.contains("\tskipped: would send what can write"),
            "{printed}"
        );
    }
}

/// Returns the printed user, without times and versions.
fn shown(place: &Place, user: &str) -> String {
    let shown = place.print(&format!("user show {user}"));
    let entries = shown.split(",\"");
    let lasting = entries.filter(|entry| {
        let moves = ["version\"", "updated_at\"", "updated_by\"", "updated_via\""];
        !moves.iter().any(|key| entry.starts_with(key))
    });
    lasting.collect::<Vec<_>>().join(",\"")
}

#[test]
fn runs_restore_fields_that_other_dialects_show() {
    let place = Place::sqlite();
    let host = place.serve();
    place.user("ada");
    let tenant = shown(&place, "ada");
    let (_, tenant) = tenant.split_once("\"tenant_id\":\"").unwrap();
    let tenant = tenant.split('"').next().unwrap().to_owned();
    let token = |dialect: &str| place.token_for(dialect, "ada");
    for (dialect, method, path, body) in [
        (
            "movieknight",
            "PATCH",
            "/api/users/me",
            r#"{"bio":"b","name":"Own","avatarUrl":"https://a.example/","countryCode":"DE"}"#,
        ),
        (
            "tenant",
            "PUT",
            "/v1/users/me/profile",
            r#"{"first_name":"\"own\" \u00e9","last_name":"Own"}"#,
        ),
        (
            "iam",
            "PATCH",
            "/api/v1/iam/user/profile/",
            r#"{"full_name":"Own","details":{"skills":["C"],"company_info":[1.50],"user_type":"developer",
                "phone":"+44 20 7946 0000","communication_preferences_email":true}}"#,
        ),
    ] {
        let token = token(dialect);
        let headers = format!(
            "Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             X-Tenant-ID: {tenant}\r\n"
        );
        let response = host.send(method, path, &headers, body);
        assert_eq!(response.status, 200, "{}", response.body);
    }
    let before = shown(&place, "ada");
    for secret in ["\"user_type\":\"developer\"", "https://a.example/", "1.50"] {
        assert!(before.contains(secret), "{before}");
    }
    let url = host.url();
    for dialect in ["movieknight", "whop", "tenant", "iam"] {
        let file = place.file("token", &token(dialect));
        let words = [
            dialect,
            "--url",
            &url,
            "--token-file",
            &file,
            "--tenant",
            &tenant,
        ];
        let (status, _, said) = conform(&place, &[&words[..], &["--allow-writes"]].concat());
        assert_eq!(status, Some(0), "{said}");
        assert_eq!(shown(&place, "ada"), before, "{dialect}: {said}");
    }
}

#[test]
fn whop_conforms_with_every_scope() {
    let place = Place::sqlite();
    let host = place.serve();
    place.user("ada");
    let mut words = vec!["token", "--dialect", "whop", "--user", "ada"];
    for scope in [
        "user:profile:update",
        "user:balance:read",
        "user:email:read",
    ] {
        words.extend(["--scope", scope]);
    }
    let file = place.file("token", &place.print(&words));
    let url = host.url();
    let words = ["whop", "--url", &url, "--token-file", &file];
    let (status, _, said) = conform(&place, &[&words[..], &["--allow-writes"]].concat());
    assert_eq!(status, Some(0), "{said}");
}
