//! Which crate may know which: the arrows of `docs/architecture.md`.

use std::{path::Path, process::Command};

/// The crates that a package needs, directly or not, to run.
fn tree(package: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "-e",
            "normal",
            "--prefix",
            "none",
            "-p",
            package,
        ])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn check(package: &str, is_foreign: impl Fn(&str) -> bool) {
    let tree = tree(package);
    assert!(tree.starts_with(package), "{tree}");
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        assert!(!is_foreign(name), "{package} needs {name}");
    }
}

/// Servers, databases, runtimes, cryptography.
fn is_machinery(name: &str) -> bool {
    [
        "actix",
        "diesel",
        "tokio",
        "hyper",
        "libsqlite3",
        "aws-lc",
        "ring",
        "rustls",
        "jsonwebtoken",
        "openssl",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}

#[test]
fn adapters_know_the_core_and_what_a_dialect_is() {
    let ours = manyface::dialects().into_iter();
    let ours = ours.map(|dialect| format!("manyface-{}", dialect.name));
    for package in ours.chain(["fifth-dialect".to_owned()]) {
        let ours = ["manyface-core", "manyface-dialect", &package].map(str::to_owned);
        check(&package, |name| {
            is_machinery(name)
                // Documents are made in tests.
                || name.starts_with("utoipa")
                || (name.starts_with("manyface") && !ours.iter().any(|own| own == name))
        });
    }
}

#[test]
fn the_core_knows_nobody() {
    check("manyface-core", |name| {
        is_machinery(name)
            || name == "http"
            || (name.starts_with("manyface") && name != "manyface-core")
    });
}

#[test]
fn stores_keys_and_servers_do_not_know_each_other() {
    let knows_only = |package: &str, known: &[&str], machinery: &[&str]| {
        check(package, |name| {
            let is_ours = name.starts_with("manyface") && name != package;
            (is_ours && !known.contains(&name)) || machinery.iter().any(|m| name.starts_with(m))
        });
    };
    knows_only(
        "manyface-dialect",
        &["manyface-core"],
        &["actix", "diesel", "tokio", "aws-lc"],
    );
    knows_only(
        "manyface-store",
        &["manyface-core"],
        &["actix", "jsonwebtoken"],
    );
    knows_only(
        "manyface-media",
        &["manyface-core"],
        &["actix", "diesel", "jsonwebtoken", "openssl-sys"],
    );
    knows_only("manyface-auth", &["manyface-core"], &["actix", "diesel"]);
    knows_only(
        "manyface-serve",
        &["manyface-core", "manyface-dialect"],
        &["diesel", "jsonwebtoken"],
    );
    // Whoever tests a server of their own with the kit gets no other server with it.
    knows_only(
        "manyface-conformance",
        &["manyface-core"],
        &["actix", "diesel", "jsonwebtoken", "openssl-sys", "tokio"],
    );
}
