//! First steps and failures, with the next step in each message.

use std::{net::TcpListener, process::Stdio};

use manyface_testing::{PgBouncer, Postgres};

use crate::host::{Place, ended, rows, until};

/// Returns the number of entries in the folder.
fn contents(place: &Place) -> usize {
    std::fs::read_dir(place.folder.path()).unwrap().count()
}

/// The commands that need a deployment: all but `migrate` and `serve`.
const COMMANDS: [&str; 12] = [
    "check",
    "token --dialect movieknight --user x",
    "user list",
    "user show x",
    "user add --username x --email x@example.com",
    "user remove x",
    "tenant list",
    "key list",
    "catalogue list",
    "catalogue add --kind tag x",
    "media gc",
    "media gc --adopt",
];

#[test]
fn commands_create_no_deployment() {
    for words in COMMANDS {
        let place = Place::empty();
        let (status, printed) = place.end(words);
        assert_eq!(status, Some(3), "{words}: {printed}");
        let folder = place.folder.path().join("manyface-data");
        let expected = format!("there is no deployment in {}; run", folder.display());
        assert!(printed.contains(&expected), "{words}: {printed}");
        assert_eq!(contents(&place), 0, "{words}");
    }
    let server = Postgres::shared();
    for words in COMMANDS {
        let place = Place::at(server.database());
        let (status, printed) = place.end(words);
        assert_eq!(status, Some(3), "{words}: {printed}");
        let is_explained = [
            "there is no deployment",
            "; `manyface migrate` creates them",
        ];
        let mut is_explained = is_explained.iter().map(|part| printed.contains(part));
        assert!(is_explained.any(|is| is), "{words}: {printed}");
        assert_eq!(contents(&place), 0, "{words}");
        let url = place.database.as_ref().unwrap();
        let name = url.rsplit('/').next().unwrap();
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(server.psql(name, tables).trim(), "0", "{words}");
    }
}

#[test]
fn commands_work_after_migrate_without_serve() {
    for place in Place::both_empty() {
        place.print("migrate");
        let token = place.user("ada");
        for words in ["check", "media gc"] {
            assert!(place.run(words).status.success());
        }
        let host = place.serve();
        assert_eq!(host.get(&token).status, 200);
    }
}

#[test]
fn unexpected_schemas_are_reported_with_the_next_step() {
    let server = Postgres::shared();
    for (statement, expected) in [
        (
            "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) \
             FROM __diesel_schema_migrations)",
            "the layout of an older version; `manyface migrate` updates it",
        ),
        (
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')",
            "29990101000000, which this program does not know; use the version",
        ),
    ] {
        let place = Place::on(server);
        let url = place.database.clone().unwrap();
        server.psql(url.rsplit('/').next().unwrap(), statement);
        let (status, printed) = place.end("check");
        assert_eq!(status, Some(3), "{printed}");
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn database_failures_have_a_specific_next_step() {
    let server = Postgres::shared();
    let url = server.database();
    let (server_part, _) = url.rsplit_once('/').unwrap();
    for (database, status, expected) in [
        (
            format!("{server_part}/nowhere"),
            3,
            "does not exist; create it, or",
        ),
        (
            url.replace("postgres@", "nobody:hunter2@"),
            3,
            "does not exist; check the user and password",
        ),
        (
            "postgres://u:hunter2@127.0.0.1:1/db".to_owned(),
            3,
            "refused (os error 111); check that the server is running",
        ),
        (
            format!("{url}?sslmode=require"),
            3,
            "check sslmode and the password",
        ),
    ] {
        let place = Place::sqlite();
        let words = ["check", "--database-url", &database];
        let (ended, printed) = place.end(&words);
        assert_eq!(ended, Some(status), "{printed}");
        assert!(printed.contains(expected), "{expected}: {printed}");
        for word in ["hunter2", "migrate", "object", "pool"] {
            assert!(!printed.contains(word), "{printed}");
        }
    }
}

#[test]
fn commands_exit_with_2_if_the_database_is_unusable() {
    let server = Postgres::shared();
    let create = "CREATE DATABASE latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' \
                  TEMPLATE template0";
    server.psql("postgres", create);
    let bouncer = PgBouncer::start(server, "pool_mode = transaction");
    let migrated = Place::on(server);
    let url = migrated.database.unwrap();
    let pooled = bouncer.url(url.rsplit('/').next().unwrap());
    for (url, expected) in [
        (
            server.url("latin1"),
            "the database's encoding is LATIN1, and must be UTF8",
        ),
        (pooled, "use pool_mode = session"),
    ] {
        let place = Place::sqlite();
        for words in [
            "serve --listen 127.0.0.1:0",
            "migrate",
            "check",
            "user list",
        ] {
            let words = format!("{words} --database-url {url}");
            let (status, printed) = place.end(&words);
            assert_eq!(status, Some(2), "{words}: {printed}");
            assert!(printed.contains(expected), "{words}: {printed}");
        }
    }
}

#[test]
fn session_pooling_is_supported() {
    let server = Postgres::shared();
    let bouncer = PgBouncer::start(server, "pool_mode = session");
    let url = server.database();
    let place = Place::at(bouncer.url(url.rsplit('/').next().unwrap()));
    let hosts = [place.serve(), place.serve()];
    let token = place.token("moviefan");
    for host in &hosts {
        let written = host.patch(&token, r#"{"bio":"pooled"}"#);
        assert_eq!(written.status, 200);
        until("the host is ready", || host.ask("/readyz").status == 200);
    }
}

#[test]
fn bind_errors_are_explained() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    for [address, status, expected] in rows(
        "
taken | 3 | address already in use; pass --listen or stop the other process
192.0.2.1:8460 | 3 | this machine does not have the address
8460 | 2 | flag --listen: must be an IP address and a port, such as 127.0.0.1:8460
localhost:8460 | 2 | flag --listen: must be an IP address
empty | 2 | flag --listen: must be an IP address
",
    ) {
        let address = match address {
            "taken" => &taken,
            "empty" => "",
            address => address,
        };
        let status = status.parse().unwrap();
        let place = Place::sqlite();
        let mut serve = place.command(&["serve", "--listen", address]);
        serve.env("MANYFACE_DEVELOPMENT_ACCESS", "network");
        let (ended, printed) = ended(&serve.output().unwrap());
        assert_eq!(ended, Some(status), "{printed}");
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn closed_pipes_are_no_failure() {
    let place = Place::sqlite();
    place.user("ada");
    for words in ["openapi whop", "user list", "check"] {
        let mut command = place.command(words);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let (status, printed) = ended(&output);
        assert_eq!(status, Some(0), "{words}: {printed}");
        assert_eq!(printed, "", "{words}");
    }
}

#[test]
fn readiness_is_logged_when_it_changes() {
    let server = Postgres::start_new();
    let place = Place::on(&server);
    let host = place.serve();
    host.hear("Next: ");
    server.stop();
    for _ in 0..5 {
        assert_eq!(host.ask("/readyz").status, 503);
    }
    server.start();
    until("the host is ready", || host.ask("/readyz").status == 200);
    for _ in 0..3 {
        assert_eq!(host.ask("/readyz").status, 200);
    }
    host.terminate();
    let said = host.hear_all();
    assert_eq!(said.matches("not ready").count(), 1, "{said}");
    assert_eq!(said.matches("ready again").count(), 1, "{said}");
}

#[test]
fn messages_of_invalid_options_are_plain() {
    let place = Place::sqlite();
    place.user("ada");
    for [words, status, expected] in rows(
        "
user add --external-id foo=1 | 1 | unknown dialect foo; known are movieknight, whop, tenant, iam
user add --external-id tenant=1 | 1 | tenant, which uses canonical UUIDs only
user add --tenant nope | 2 | must be a UUID
user add --created-at yesterday | 2 | must be a time from 0001-01-01T00:00:00Z to 9999-12-30T22:00:00Z, such as 2026-06-25T10:30:00Z
user add --created-at=-000044-03-15T12:00:00Z | 2 | must be a time from 0001-01-01T00:00:00Z
user add --created-at 9999-12-31T23:59:59Z | 2 | to 9999-12-30T22:00:00Z
user add --date-of-birth 20.5.1999 | 2 | must be a date, such as 1999-05-20
user list --after x | 2 | must be a UUID
user show eve | 1 | there is no user eve; `manyface user list` prints all
user operator-data ada --dialect none | 1 | there is no dialect none; known are
token --dialect none --user ada | 2 | none is not served; served are
",
    ) {
        let user = "user add --username eve --email e@example.com";
        let words = words.replace("user add", user);
        let status = status.parse().unwrap();
        let (ended, printed) = place.end(&words);
        assert_eq!(ended, Some(status), "{words}: {printed}");
        assert!(printed.contains(expected), "{words}: {printed}");
    }
}

#[test]
fn production_warns_of_unverified_connections() {
    let place = Place::sqlite();
    place.file("secret.key", "a secret of more than thirty-two bytes");
    let issuer = "[[dialects.iam.issuers]]\nissuer = 'i'\naudience = ['a']\n\
                  algorithms = ['HS256']\nsecret_file = 'secret.key'";
    let warning = "warning: the connection to PostgreSQL at 192.0.2.1 accepts any certificate";
    for (profile, mode, is_warned) in [
        ("production", "", true),
        (
            "production",
            "&sslmode=verify-full&sslrootcert=system",
            false,
        ),
        ("development", "", false),
    ] {
        let file = place.file("m.toml", &format!("profile = '{profile}'\n{issuer}"));
        let url = format!("postgres://u@192.0.2.1/x?connect_timeout=1{mode}");
        let words = ["check", "--config", &file, "--database-url", &url];
        let (status, printed) = place.end(&words);
        assert_eq!(printed.contains(warning), is_warned, "{printed}");
        assert!(matches!(status, Some(2 | 3)), "{printed}");
    }
}
