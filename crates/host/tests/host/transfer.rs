//! `manyface export` and `manyface import`.

use std::{collections::BTreeMap, fmt::Write, fs, process::Output};

use crate::host::{Place, Words, files};

/// Two red pixels by two, as a PNG.
const RED: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4z8AARAwQCgAf7gP9Y167WwAAAABJRU5ErkJggg==";

/// Runs a command that must end with `status`, and returns its standard output and error.
fn ended(place: &Place, words: &(impl Words + ?Sized), status: i32) -> (String, String) {
    let Output {
        status: ended,
        stdout,
        stderr,
    } = place.run(words);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert_eq!(ended.code(), Some(status), "{stderr}");
    (stdout, stderr)
}

fn lines(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        writeln!(
            text,
            r#"{{"username":"user{number}","email":"u{number}@example.com","bio":"Number {number}","avatar":{{"external":"https://a.example/{number}.png"}},"country":"DE"}}"#
        )
        .unwrap();
    }
    text
}

#[test]
fn an_imported_export_reproduces_the_responses_of_every_dialect() {
    for [from, to] in [
        [Place::sqlite(), Place::postgres()],
        [Place::postgres(), Place::sqlite()],
    ] {
        let file = from.file("users.ndjson", &lines(20));
        from.print(&["import", &file]);
        from.print("user set user1 display_name=One address:={\"b\":1.50} country=FR");
        from.print("user rename user2 renamed");
        from.print("user suspend user3");
        from.print("user remove user4");
        from.print("user identity add user5 https://id.example#5");
        from.print("key add --dialect whop --account biz_1");
        let exported = from.print("export --all");
        let file = to.file("export.ndjson", &exported);
        let (_, said) = ended(&to, &["import", &file], 0);
        assert!(said.contains(" 0 rejected"), "{said}");
        let imported = to.print("export --all");
        for (imported, exported) in imported.lines().zip(exported.lines()) {
            assert_eq!(imported, exported);
        }
        assert_eq!(imported.lines().count(), exported.lines().count());
        assert_eq!(to.print("key list"), from.print("key list"));
        for user in ["user0", "user1", "renamed", "user3", "user5", "user19"] {
            for words in ["user views", "user show"] {
                let words = format!("{words} {user}");
                assert_eq!(to.print(&words), from.print(&words), "{words}");
            }
        }
        let (report, said) = ended(&to, &["import", &file], 0);
        assert_eq!(report, "", "{said}");

        let one = from.print("export user1");
        assert!(exported.contains(one.lines().nth(1).unwrap()), "{one}");
        assert_eq!(
            one.lines()
                .filter(|line| line.contains("\"change\""))
                .count(),
            2
        );
        let (_, said) = ended(&from, "export missing", 1);
        assert!(said.contains("there is no user missing"), "{said}");
    }
}

#[test]
fn broken_lines_are_reported_with_their_numbers() {
    for place in Place::both() {
        let text = format!(
            "{}{{\n{{\"username\":\"x y\",\"email\":\"x\",\"external_ids\":{{\"whop\":\"1\"}}}}\n{{\"username\":\"ok\",\"email\":\"a@b.example\",\"external_ids\":{{\"whop\":\"1\"}}}}\n",
            lines(2)
        );
        let file = place.file("users.ndjson", &text);
        let (report, said) = ended(&place, &["import", &file, "--dry-run"], 1);
        assert_eq!(report.lines().count(), 5, "{report}");
        assert!(
            said.contains("2 added") && said.contains("nothing was written"),
            "{said}"
        );
        assert_eq!(place.print("user list"), "");
        let (report, said) = ended(&place, &["import", &file], 1);
        let reports: Vec<_> = report.lines().collect();
        assert_eq!(reports.len(), 3, "{report}");
        assert!(
            reports[0].starts_with(r#"{"line":3,"outcome":"rejected""#),
            "{report}"
        );
        for field in ["username", "email"] {
            assert!(
                reports[1].contains(&format!(r#""field":"{field}""#)),
                "{report}"
            );
        }
        assert!(reports[2].contains("has no valid id of whop"), "{report}");
        assert!(said.contains("3 lines were rejected"), "{said}");
        assert_eq!(place.print("user list").lines().count(), 2);

        let changed = text.replace("Number 1", "New");
        let file = place.file("changed.ndjson", &changed);
        let (report, _) = ended(
            &place,
            &["import", &file, "--on-conflict", "update", "--fail-fast"],
            1,
        );
        assert!(
            report.contains(r#"{"line":2,"type":"user","key":"user1","outcome":"updated","fields":[{"field":"bio","from":"Number 1","to":"New"}]}"#),
            "{report}"
        );
        assert_eq!(report.lines().count(), 2, "{report}");
        assert!(place.print("user show user1").contains(r#""bio":"New""#));
    }
}

#[test]
fn an_import_continues_from_its_checkpoint() {
    let place = Place::sqlite();
    let text = lines(1_200);
    let broken = text.replacen("\"user700\"", "\"x y\"", 1);
    let file = place.file("users.ndjson", &broken);
    let checkpoint = place.folder.path().join("checkpoint.json");
    let words = [
        "import",
        &file,
        "--fail-fast",
        "--checkpoint",
        "checkpoint.json",
    ];
    ended(&place, &words, 1);
    let progress = fs::read_to_string(&checkpoint).unwrap();
    assert!(progress.starts_with(r#"{"lines":500,"#), "{progress}");
    place.file("users.ndjson", &text.replacen("\"user7\"", "\"other\"", 1));
    let (_, said) = ended(&place, &words, 2);
    assert!(said.contains("belongs to another input"), "{said}");
    place.file("users.ndjson", &text);
    let (_, said) = ended(&place, &words, 0);
    assert!(said.contains("continuing after line 500"), "{said}");
    assert!(
        said.contains("500 added, 0 updated, 200 unchanged"),
        "{said}"
    );
    assert!(!checkpoint.exists());
    assert_eq!(place.print("user list --limit 2000").lines().count(), 1_200);
}

/// The stored images and résumés, by their paths.
fn media(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let files = files(place.folder.path()).into_iter();
    let media = files.filter_map(|file| {
        let path = file.strip_prefix(place.folder.path()).unwrap();
        let path = path.to_str().unwrap().to_owned();
        let is_media = path.contains("/images/") || path.contains("/resumes/");
        is_media.then(|| (path, fs::read(&file).unwrap()))
    });
    media.collect()
}

#[test]
fn images_and_resumes_are_exported_with_their_users() {
    for [from, to] in [
        [Place::sqlite(), Place::postgres()],
        [Place::postgres(), Place::sqlite()],
    ] {
        for name in ["ada", "grace"] {
            from.user(name);
        }
        let host = from.serve();
        for name in ["ada", "grace"] {
            let set = host.patch(&from.token(name), &format!(r#"{{"avatarUrl":"{RED}"}}"#));
            assert_eq!(set.status, 200, "{}", set.body);
        }
        let sent = host.upload(&from.token_for("iam", "ada"), "resume", b"%PDF-1.4 x");
        assert_eq!(sent.status, 200, "{}", sent.body);
        host.kill();
        let exported = from.print("export --all");
        let count = |kind: &str| exported.matches(&format!(r#"{{"type":"{kind}","#)).count();
        assert_eq!((count("image"), count("file"), count("user")), (1, 1, 2));

        let file = to.file("users.ndjson", &from.print("export --all --without-files"));
        let (report, _) = ended(&to, &["import", &file, "--dry-run"], 1);
        assert!(report.contains("which is not stored"), "{report}");
        let file = to.file("export.ndjson", &exported);
        ended(&to, &["import", &file, "--dry-run"], 0);
        assert_eq!(media(&to), BTreeMap::new());
        let (report, said) = ended(&to, &["import", &file], 0);
        assert_eq!(report, "", "{said}");
        assert_eq!(media(&to).len(), media(&from).len());
        assert_eq!(media(&to), media(&from));
        for name in ["ada", "grace"] {
            let words = format!("user views {name}");
            assert_eq!(to.print(&words), from.print(&words));
        }
        assert_eq!(
            from.print("export ada")
                .matches(r#"{"type":"image","#)
                .count(),
            1
        );
    }
}

#[test]
fn responses_of_a_dialect_are_imported() {
    let [from, to] = [Place::sqlite(), Place::sqlite()];
    from.user("ada");
    let host = from.serve();
    let token = from.token("ada");
    let set = r#"{"bio":"x","countryCode":"NO","name":"Ada","avatarUrl":"https://a.example/b"}"#;
    let shown = host.patch(&token, set).body;
    host.kill();
    let file = to.file("users.ndjson", &shown);
    let words = ["import", &file, "--as", "movieknight"];
    let (_, said) = ended(&to, &words, 0);
    assert!(said.contains("1 added"), "{said}");
    let (_, said) = ended(&to, &words, 0);
    assert!(said.contains("1 unchanged"), "{said}");
    let host = to.serve();
    assert_eq!(host.get(&to.token("ada")).body, shown);
    let (_, said) = ended(&to, &["import", &file, "--as", "other"], 2);
    assert!(said.contains("--as"), "{said}");
    let (report, _) = ended(&to, &["import", &file, "--as", "tenant", "--dry-run"], 1);
    assert!(report.contains("is required for a new user"), "{report}");
}
