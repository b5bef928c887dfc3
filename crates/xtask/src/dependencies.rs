//! Which crate may depend on which: the rules of `docs/architecture.md`.

use std::{env, path::Path, process::Command};

use crate::sources;

/// Servers, databases, runtimes, cryptography: crates whose names begin like this.
const MACHINERY: [&str; 10] = [
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
];

/// What a package may depend on, directly or not, to run.
struct Rule<'a> {
    package: &'a str,
    /// The packages of this workspace that it may depend on.
    ours: &'a [&'a str],
    /// The other packages that it must not depend on, by the beginnings of their names.
    banned: &'a [&'a str],
}

/// Returns which dependencies break a rule.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let rules = [
        Rule {
            package: "manyface-core",
            ours: &[],
            banned: &[&MACHINERY[..], &["http"]].concat(),
        },
        Rule {
            package: "manyface-dialect",
            ours: &["manyface-core"],
            banned: &["actix", "diesel", "tokio", "aws-lc"],
        },
        Rule {
            package: "manyface-store",
            ours: &["manyface-core"],
            banned: &["actix", "jsonwebtoken"],
        },
        Rule {
            package: "manyface-media",
            ours: &["manyface-core"],
            banned: &["actix", "diesel", "jsonwebtoken", "openssl-sys"],
        },
        Rule {
            package: "manyface-auth",
            ours: &["manyface-core"],
            banned: &["actix", "diesel"],
        },
        Rule {
            package: "manyface-serve",
            ours: &["manyface-core", "manyface-dialect"],
            banned: &["diesel", "jsonwebtoken"],
        },
        // Users of the conformance suite get no other server with it.
        Rule {
            package: "manyface-conformance",
            ours: &["manyface-core"],
            banned: &["actix", "diesel", "jsonwebtoken", "openssl-sys", "tokio"],
        },
    ];
    let mut problems: Vec<_> = rules.iter().flat_map(|rule| rule.check(root)).collect();
    let dialects = sources::dialects(root).into_iter();
    let adapters = dialects.map(|dialect| format!("manyface-{dialect}"));
    for package in adapters.chain(["fifth-dialect".to_owned()]) {
        let rule = Rule {
            package: &package,
            ours: &["manyface-core", "manyface-dialect"],
            banned: &MACHINERY,
        };
        problems.extend(rule.check(root));
    }
    problems
}

impl Rule<'_> {
    fn check(&self, root: &Path) -> Vec<String> {
        let package = self.package;
        let tree = match tree(root, package) {
            Ok(tree) => tree,
            Err(problem) => return vec![format!("{package}: {problem}")],
        };
        let names = tree
            .lines()
            .skip(1)
            .filter_map(|line| line.split(' ').next());
        let broken = names.filter(|name| self.is_broken_by(name));
        let mut problems: Vec<_> = broken
            .map(|name| format!("{package} depends on {name}"))
            .collect();
        problems.sort();
        problems.dedup();
        problems
    }

    fn is_broken_by(&self, name: &str) -> bool {
        if name == self.package || name.is_empty() {
            return false;
        }
        let is_ours = name.starts_with("manyface");
        let is_banned = self.banned.iter().any(|prefix| name.starts_with(prefix));
        is_banned || (is_ours && !self.ours.contains(&name))
    }
}

/// Returns what a package depends on to run, one line each, beginning with itself.
fn tree(root: &Path, package: &str) -> Result<String, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--offline", "-e", "normal"])
        .args(["--prefix", "none", "-p", package])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo tree: {error}"))?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        return Err(text(&output.stderr));
    }
    let tree = text(&output.stdout);
    if tree.starts_with(package) {
        Ok(tree)
    } else {
        Err(format!("cargo tree does not begin with it:\n{tree}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_finds_what_breaks_it() {
        let rule = Rule {
            package: "manyface-iam",
            ours: &["manyface-core"],
            banned: &["actix"],
        };
        for good in ["manyface-iam", "manyface-core", "serde", ""] {
            assert!(!rule.is_broken_by(good), "{good}");
        }
        for bad in ["manyface-store", "manyface", "actix-web"] {
            assert!(rule.is_broken_by(bad), "{bad}");
        }
    }
}
