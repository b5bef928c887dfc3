//! Valid and invalid settings.

use crate::host::Place;

/// Runs `check` with a configuration file; returns its status and output.
fn check(text: &str) -> (i32, String) {
    let place = Place::sqlite();
    let file = place.file("manyface.toml", text);
    place.file("short.key", "too short");
    place.file("long.key", "a secret of more than thirty-two bytes");
    let output = place.run(&["check", "--config", &file]);
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

/// Returns a production configuration with one issuer, for movieknight only.
fn issuer(settings: &str) -> String {
    let dialects = manyface::dialects();
    let others = dialects.iter().map(|dialect| dialect.name);
    let others = others.filter(|name| *name != "movieknight");
    let others = others.map(|name| format!("[dialects.{name}]\nenabled = false\n"));
    let others: String = others.collect();
    format!("profile = 'production'\n{others}[[dialects.movieknight.issuers]]\n{settings}")
}

#[test]
fn mistakes_are_reported_and_exit_with_2() {
    for (text, expected) in [
        ("lisen = '127.0.0.1:1'", "lisen"),
        ("[database]\npool = 3", "pool"),
        ("listen = 'nowhere'", "listen"),
        ("profile = 'staging'", "staging"),
        ("log = 'loud'", "log"),
        ("[dialects.myspace]\nenabled = true", "myspace"),
        ("[dialects.movieknight]\nprefix = 'api'", "prefix"),
        (
            "[dialects.movieknight]\nprefix = '/docs/v1'",
            "/docs is reserved by the host",
        ),
        (
            "[dialects.movieknight]\nprefix = '/media'",
            "/media is reserved by the host",
        ),
        ("docs = 'yes'", "docs"),
        ("profile = 'production'", "at least one issuer"),
    ] {
        check_mistake(text, expected);
    }
    let named = "issuer = 'i'\naudience = ['a']";
    let keyed = "algorithms = ['HS256']\nsecret_file = 'long.key'";
    let long = "secret_file = 'long.key'";
    for (settings, expected) in [
        (format!("{keyed}\naudience = ['a']"), "issuer"),
        (format!("{keyed}\nissuer = 'i'"), "audience"),
        (
            format!("algorithms = ['HS256']\nsecret_file = 'short.key'\n{named}"),
            "32 bytes",
        ),
        (format!("algorithms = []\n{long}\n{named}"), "algorithm"),
        (format!("algorithms = ['none']\n{long}\n{named}"), "none"),
        (
            format!("algorithms = ['HS256', 'RS256']\n{long}\n{named}"),
            "movieknight",
        ),
        (format!("algorithms = ['HS256']\n{named}"), "movieknight"),
    ] {
        check_mistake(&issuer(&settings), expected);
    }
}

fn check_mistake(text: &str, expected: &str) {
    let (status, said) = check(text);
    assert_eq!(status, 2, "{text}: {said}");
    assert!(said.contains(expected), "{text}: {said}");
    let is_secret = said.contains("too short") || said.contains("a secret of");
    assert!(!is_secret, "{said}");
}

#[test]
fn unknown_variables_are_reported() {
    let place = Place::sqlite();
    let output = place.command("check").env("MANYFACE_LISTN", "x").output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("MANYFACE_LISTN"));
}

#[test]
fn passwords_are_never_printed() {
    let place = Place::sqlite();
    for url in [
        "postgres://u:hunter2@127.0.0.1:1/db",
        "mysql://u:hunter2@h/db",
        "postgres://u:hunter2@h:x/db",
    ] {
        for words in ["check", "user list", "migrate"] {
            let output = place
                .command(words)
                .env("MANYFACE_DATABASE_URL", url)
                .output();
            let output = output.unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert!(!said.contains("hunter2"), "{said}");
            assert!(matches!(output.status.code(), Some(2 | 3)), "{said}");
        }
    }
}

#[test]
fn secrets_in_the_file_are_never_printed() {
    for text in [
        "database_url = 'postgres://u:hunter2@h:54x2/db'",
        "databse_url = 'postgres://u:hunter2@h/db'",
        "database_url = 'postgres://u:hunter2@h/db",
        "database_url = ['hunter2']",
        "[[dialects.movieknight.issuers]]\nsecret = 'hunter2'",
        "log = 'hunter2'\nlisten = 'hunter2'",
    ] {
        let (status, said) = check(text);
        assert_eq!(status, 2, "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(said.contains("line "), "{said}");
    }
}

#[test]
fn unrelated_variables_are_ignored() {
    let place = Place::sqlite();
    place.file(
        "m.toml",
        &format!(
            "{}{}",
            issuer("algorithms = ['HS256']\nsecret_env = "),
            "'MANYFACE_JWT_SECRET'\nissuer = 'i'\naudience = ['a']"
        ),
    );
    let mut command = place.command("check --config m.toml");
    command.env("MANYFACE_PORT_8460_TCP", "tcp://10.0.0.1:8460");
    command.env("MANYFACE_SERVICE_HOST", "10.0.0.1");
    command.env(
        "MANYFACE_JWT_SECRET",
        "a secret of more than thirty-two bytes",
    );
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn settings_that_are_not_utf8_are_rejected() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::sqlite();
    let path = std::ffi::OsStr::from_bytes(b"caf\xe9.toml");
    let output = place.command("check").env("MANYFACE_CONFIG", path).output();
    assert_eq!(output.unwrap().status.code(), Some(2));
}

#[test]
fn data_folders_can_have_any_name() {
    let place = Place::sqlite();
    for folder in ["what?", "a:memory:b", "a b"] {
        place.print(&["--data-dir", folder, "migrate"]);
        assert!(
            place
                .folder
                .path()
                .join(folder)
                .join("manyface.sqlite")
                .exists()
        );
    }
}

#[test]
fn replaced_keys_are_loaded_on_sighup() {
    let place = Place::sqlite();
    place.file("token.key", "a secret of more than thirty-two bytes");
    let settings = "algorithms = ['HS256']\nsecret_file = 'token.key'\nissuer = 'manyface-development'\naudience = ['manyface:movieknight']";
    let host = place.serve_with(&issuer(settings));
    let token = place.user("ada");
    assert_eq!(host.get(&token).status, 401);
    let key = std::fs::read_to_string(place.folder.path().join("manyface-data/signing.key"));
    place.file("token.key", &key.unwrap());
    host.hang_up();
    crate::host::until("the new key counts", || host.get(&token).status == 200);
    place.file("token.key", "another secret of more than thirty-two bytes");
    host.hang_up();
    crate::host::until("the old key does not", || host.get(&token).status == 401);
}

#[test]
fn check_prints_the_source_of_each_setting() {
    for mut place in Place::both() {
        let file = place.file("m.toml", "log = 'warn'\n[database]\nreaders = 3\nqueue = 9");
        let url = place.database.take();
        let mut command = place.command(&["check", "--config", &file, "--listen", "127.0.0.1:1"]);
        command.env("MANYFACE_LOG", "info");
        if let Some(url) = url {
            command.env("MANYFACE_DATABASE_URL", url);
        }
        let output = command.output().unwrap();
        assert!(output.status.success());
        let printed = String::from_utf8(output.stdout).unwrap();
        for line in [
            "log = \"info\"    (environment MANYFACE_LOG)",
            "listen = \"127.0.0.1:1\"    (flag --listen)",
            &format!("database.readers = 3    ({file})"),
        ] {
            assert!(printed.contains(line), "{line} is not in:\n{printed}");
        }
    }
}

#[test]
fn only_the_owner_can_read_the_development_key() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    place.user("ada");
    let key = place.folder.path().join("manyface-data/signing.key");
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = std::fs::read_to_string(&key).unwrap();
    assert_eq!(secret.trim().len(), 64);
    let output = place.run("check");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains(secret.trim()));
}

#[test]
fn production_accepts_configured_issuers_only() {
    let place = Place::sqlite();
    let development = place.user("ada");
    place.file("long.key", "a secret of more than thirty-two bytes");
    let settings =
        "algorithms = ['HS256']\nsecret_file = 'long.key'\nissuer = 'i'\naudience = ['a']";
    let host = place.serve_with(&issuer(settings));
    assert_eq!(host.get(&development).status, 401);
    let output = place.run("token --dialect movieknight --user x --config manyface.toml");
    assert_eq!(output.status.code(), Some(2));
}
