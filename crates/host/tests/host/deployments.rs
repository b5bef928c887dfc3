//! Variables, paths, numbers and URLs of common platforms.

use crate::{
    host::{Place, ended, rows},
    issuer_keys::key_server,
};

/// Runs `check` with an environment variable.
fn check_with(name: &str, value: &str) -> (Option<i32>, String) {
    let place = Place::sqlite();
    let mut command = place.command("check");
    ended(&command.env(name, value).output().unwrap())
}

#[test]
fn service_links_of_kubernetes_are_ignored() {
    let place = Place::sqlite();
    let mut command = place.command("check");
    for service in [
        "MANYFACE",
        "MANYFACE_DB",
        "MANYFACE_POSTGRESQL",
        "MANYFACE_METRICS",
    ] {
        for (name, value) in [
            ("SERVICE_HOST", "10.0.0.2"),
            ("SERVICE_PORT", "5432"),
            ("SERVICE_PORT_HTTP_METRICS", "5432"),
            ("PORT", "tcp://10.0.0.2:5432"),
            ("PORT_5432_TCP", "tcp://10.0.0.2:5432"),
            ("PORT_5432_TCP_PROTO", "tcp"),
            ("PORT_5432_TCP_PORT", "5432"),
            ("PORT_5432_TCP_ADDR", "10.0.0.2"),
            ("PORT_53_UDP_ADDR", "10.0.0.2"),
        ] {
            command.env(format!("{service}_{name}"), value);
        }
    }
    let (status, printed) = ended(&command.output().unwrap());
    assert_eq!(status, Some(0), "{printed}");
}

#[test]
fn unknown_variables_with_the_prefix_are_reported() {
    for name in [
        "MANYFACE_LISTN",
        "MANYFACE_PORTS",
        "MANYFACE_PORT_HTTP",
        "MANYFACE_DB_PORT_5432",
        "MANYFACE_DB_PORT_X_TCP",
        "MANYFACE_DB_SERVICE",
        "MANYFACE_SERVICE_PORTAL",
    ] {
        let (status, printed) = check_with(name, "x");
        assert_eq!(status, Some(2), "{printed}");
        assert!(printed.contains(name), "{printed}");
    }
}

#[test]
fn empty_variables_count_as_unset() {
    for name in [
        "MANYFACE_CONFIG",
        "MANYFACE_DATABASE_URL",
        "MANYFACE_DATA_DIR",
        "MANYFACE_LISTEN",
        "MANYFACE_LOG",
        "MANYFACE_PUBLIC_URL",
        "MANYFACE_LISTN",
    ] {
        let (status, printed) = check_with(name, "");
        assert_eq!(status, Some(0), "{printed}");
        assert!(!printed.contains(name), "{printed}");
    }
    let place = Place::sqlite();
    let mut conform = place.command("conform movieknight");
    let (_, printed) = ended(&conform.env("MANYFACE_CONFORM_URL", "").output().unwrap());
    assert!(
        printed.contains("MANYFACE_CONFORM_URL: not given"),
        "{printed}"
    );
    let issuer = "profile = 'production'\n[[dialects.iam.issuers]]\nissuer = 'i'\n\
                  audience = ['a']\nalgorithms = ['HS256']\nsecret_env = 'THE_SECRET'";
    let file = place.file("m.toml", issuer);
    let mut check = place.command(&["check", "--config", &file]);
    let (status, printed) = ended(&check.env("THE_SECRET", "").output().unwrap());
    assert_eq!(status, Some(2), "{printed}");
    assert!(
        printed.contains("THE_SECRET is not set or empty"),
        "{printed}"
    );
}

#[test]
fn variables_with_invalid_values_are_reported() {
    for [name, value, expected] in rows(
        "
LISTEN | 8460 | must be an IP address and a port, such as 127.0.0.1:8460
LISTEN | localhost:8460 | must be an IP address and a port
LISTEN | 127.0.0.1:99999 | must be an IP address and a port
DATABASE_URL | postgres:///db | needs a host
DATABASE_URL | postgres://u:hun@ter2@h/db | write @ in a password as %40
DATABASE_URL | postgres://h/db?sslmode=allow | sslmode=allow is not known
DATABASE_URL | postgres://h/db?pgbouncer=true | parameter pgbouncer is not
DATABASE_URL | host=h dbname=db | write postgres://USER@HOST/DATABASE
PUBLIC_URL | id.example.com | not an http or https URL
LOG | verbose | verbose is not a level
LOG | info,a=b=c | too many '='
",
    ) {
        let name = &format!("MANYFACE_{name}");
        let (status, printed) = check_with(name, value);
        assert_eq!(status, Some(2), "{printed}");
        assert!(
            printed.contains(&format!("environment {name}: ")),
            "{printed}"
        );
        assert!(printed.contains(expected), "{printed}");
        assert!(!printed.contains("ter2"), "{printed}");
    }
}

#[test]
fn paths_in_a_file_are_relative_to_the_file() {
    let place = Place::sqlite();
    for folder in ["etc/policies", "elsewhere"] {
        std::fs::create_dir_all(place.folder.path().join(folder)).unwrap();
    }
    place.file("etc/secret.key", "a secret of more than thirty-two bytes");
    let permit = "permit (principal, action, resource);";
    place.file("etc/policies/all.cedar", permit);
    place.file(
        "etc/m.toml",
        "profile = 'production'\ndata_dir = 'data'\ndatabase_url = 'sqlite:data/users.db'\n\
         media.folder = '../media'\npolicies.dir = 'policies'\n\
         [[dialects.iam.issuers]]\nissuer = 'i'\naudience = ['a']\nalgorithms = ['HS256']\n\
         secret_file = 'secret.key'",
    );
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        command.current_dir(place.folder.path().join("elsewhere"));
        ended(
            &command
                .args(["--config", "../etc/m.toml"])
                .output()
                .unwrap(),
        )
    };
    let (status, printed) = run(&["check"]);
    assert_eq!(status, Some(3), "{printed}");
    assert!(printed.contains("etc/data/users.db"), "{printed}");
    let (status, printed) = run(&["migrate"]);
    assert_eq!(status, Some(0), "{printed}");
    let (status, printed) = run(&["check"]);
    assert_eq!(status, Some(0), "{printed}");
    let etc = place.folder.path().join("etc");
    assert!(etc.join("data/users.db").exists(), "{printed}");
    assert!(place.folder.path().join("media").exists(), "{printed}");
    assert!(printed.contains("/etc/policies\"    ("), "{printed}");
    place.file("etc/m.toml", "policies.dir = 'nowhere'");
    let (status, printed) = run(&["check"]);
    assert_eq!(status, Some(2), "{printed}");
    assert!(printed.contains("/etc/nowhere"), "{printed}");
    // Options and variables are relative to the working directory.
    let mine = place.folder.path().join("elsewhere/mine");
    let (status, printed) = place.end("check --data-dir elsewhere/mine");
    assert_eq!(status, Some(3), "{printed}");
    assert!(printed.contains(&mine.display().to_string()), "{printed}");
}

/// Numbers outside the range of every setting and option.
const EXTREMES: [&str; 4] = [
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "99999999999999999999999999",
];

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");

/// Returns the configuration file in the documentation.
fn documented_file() -> &'static str {
    let (_, file) = OPERATIONS.split_once("```toml\n").unwrap();
    let (file, _) = file.split_once("\n```").unwrap();
    file
}

/// Replaces `from`, which must occur once.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

#[test]
fn the_documented_file_passes_check() {
    const DATABASE: &str = "postgres://manyface@db.internal/manyface?sslmode=verify-full";
    const KEYS: &str = "https://id.example.com/.well-known/jwks.json";
    const FOLDER: &str = "folder = \"manyface-data/media\"";
    for place in Place::both() {
        let database = place.database.as_deref();
        let database = database.unwrap_or("sqlite:manyface-data/manyface.sqlite");
        let (keys, _fetched) = key_server();
        let file = replaced(documented_file(), DATABASE, database);
        let file = replaced(&file, KEYS, &keys);
        // Enable the commented settings in place of those that they exclude.
        let others = if cfg!(feature = "s3") {
            let others = replaced(&file, "\n# s3 = ", "\ns3 = ");
            replaced(&others, FOLDER, "")
        } else {
            file.clone()
        };
        let others = replaced(&others, "\n# dir = ", "\ndir = ");
        let others = replaced(&others, "\n# subject_claim = ", "\nsubject_claim = ");
        std::fs::create_dir(place.folder.path().join("policies")).unwrap();
        place.file(
            "policies/1.cedar",
            "permit (principal, action, resource);\n",
        );
        for text in [&file, &others] {
            let path = place.file("m.toml", text);
            let (status, printed) = place.end(&["check", "--config", &path]);
            assert_eq!(status, Some(0), "{printed}");
            assert!(printed.contains("dialect movieknight: /api\n"), "{printed}");
            assert!(printed.contains(&format!("movieknight, {keys}: 1 key")));
            assert!(printed.ends_with("all is well\n"), "{printed}");
        }
    }
}

#[test]
fn every_setting_is_documented() {
    let place = Place::sqlite();
    let mut settings = 0;
    for table in [
        "",
        "[admin]",
        "[auth]",
        "[catalogue]",
        "[connections]",
        "[database]",
        "[dialects.movieknight]",
        "[[dialects.movieknight.deprecations]]",
        "[[dialects.movieknight.issuers]]",
        "[media]",
        "[media.s3]",
        "[policies]",
        "[quotas]",
        "[resumes]",
        "[tls]",
        "[usage]",
        "[webhooks]",
    ] {
        let path = place.file("m.toml", &format!("{table}\nno_such_setting = 1\n"));
        let (_, printed) = place.end(&["check", "--config", &path]);
        let (_, known) = printed
            .split_once("unknown field `no_such_setting`, expected ")
            .unwrap();
        for name in known.split('`').skip(1).step_by(2) {
            settings += 1;
            let is_documented = OPERATIONS.split(|c: char| c != '_' && !c.is_alphanumeric());
            let is_documented = { is_documented }.any(|word| word == name);
            assert!(is_documented, "{table} {name}");
        }
    }
    assert!(settings > 60, "{settings}");
}

#[test]
fn every_number_in_the_documented_file_is_bounded() {
    let file = documented_file();
    let lines: Vec<&str> = file.lines().collect();
    let mut numbers = 0;
    let place = Place::sqlite();
    for (index, line) in lines.iter().enumerate() {
        let Some((key, value)) = line.split_once(" = ") else {
            continue;
        };
        let number = value.split(' ').next().unwrap();
        if key.starts_with('#') || number.parse::<u64>().is_err() {
            continue;
        }
        numbers += 1;
        let most = i64::MAX.to_string();
        for extreme in EXTREMES.into_iter().chain([&most[..]]) {
            let mut changed: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
            changed[index] = format!("{key} = {extreme}");
            let path = place.file("m.toml", &changed.join("\n"));
            let (status, printed) = place.end(&["check", "--config", &path]);
            assert_eq!(status, Some(2), "{key} = {extreme}: {printed}");
            let line = format!("m.toml: line {}, {key}: ", index + 1);
            assert!(printed.contains(&line), "{line}: {printed}");
        }
        let mut changed: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        changed[index] = format!("{key} = {most}");
        let path = place.file("m.toml", &changed.join("\n"));
        let (_, printed) = place.end(&["check", "--config", &path]);
        let expected = format!("{key}: must be a whole number from ");
        assert!(printed.contains(&expected), "{expected}: {printed}");
    }
    assert!(numbers > 15, "{numbers}");
}

#[test]
fn every_number_on_the_command_line_is_bounded() {
    let place = Place::sqlite();
    let conform = "conform movieknight --url http://127.0.0.1:1 --token x";
    for (words, option) in [
        (conform, "--jobs"),
        (conform, "--rate"),
        (conform, "--timeout"),
        (conform, "--deadline"),
        ("token --dialect iam --user x", "--ttl"),
        ("user list", "--limit"),
    ] {
        for extreme in EXTREMES {
            let value = match option {
                "--timeout" | "--deadline" | "--ttl" => format!("{extreme}s"),
                _ => extreme.to_owned(),
            };
            let option = format!("{option}={value}");
            if option == "--limit=18446744073709551615" {
                continue;
            }
            let (status, printed) = place.end(&format!("{words} {option}"));
            assert_eq!(status, Some(2), "{option}: {printed}");
            assert!(
                printed.contains(option.split('=').next().unwrap()),
                "{printed}"
            );
        }
    }
}
