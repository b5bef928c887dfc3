//! Checks dependencies between crates: the rules of `docs/architecture.md`.

use std::{env, path::Path, process::Command};

use crate::sources;

/// Prefixes of the names of crates for servers, databases, runtimes and cryptography.
const INFRASTRUCTURE: [&str; 10] = [
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

/// The allowed dependencies of a package, direct and transitive, without those of its tests.
struct Rule<'a> {
    package: &'a str,
    /// The packages of this workspace that it may depend on.
    workspace: &'a [&'a str],
    /// Prefixes of the names of other packages that it must not depend on.
    banned: &'a [&'a str],
}

/// Returns the dependencies that break a rule.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let rules = [
        Rule {
            package: "manyface-core",
            workspace: &[],
            banned: &[&INFRASTRUCTURE[..], &["http"]].concat(),
        },
        Rule {
            package: "manyface-dialect",
            workspace: &["manyface-core"],
            banned: &["actix", "diesel", "tokio", "aws-lc"],
        },
        Rule {
            package: "manyface-store",
            workspace: &["manyface-core"],
            banned: &["actix", "jsonwebtoken"],
        },
        Rule {
            package: "manyface-media",
            workspace: &["manyface-core"],
            banned: &["actix", "diesel", "jsonwebtoken", "openssl-sys"],
        },
        Rule {
            package: "manyface-auth",
            workspace: &["manyface-core"],
            banned: &["actix", "diesel"],
        },
        Rule {
            package: "manyface-serve",
            workspace: &["manyface-core", "manyface-dialect"],
            banned: &["diesel", "jsonwebtoken"],
        },
        // Users of the conformance suite must not have to compile a server.
        Rule {
            package: "manyface-conformance",
            workspace: &["manyface-core"],
            banned: &["actix", "diesel", "jsonwebtoken", "openssl-sys", "tokio"],
        },
    ];
    let mut problems: Vec<_> = rules.iter().flat_map(|rule| rule.check(root)).collect();
    let dialects = sources::dialects(root).into_iter();
    let adapters = dialects.map(|dialect| format!("manyface-{dialect}"));
    for package in adapters.chain(["fifth-dialect".to_owned()]) {
        let rule = Rule {
            package: &package,
            workspace: &["manyface-core", "manyface-dialect"],
            banned: &INFRASTRUCTURE,
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
        let is_workspace = name.starts_with("manyface");
        let is_banned = self.banned.iter().any(|prefix| name.starts_with(prefix));
        is_banned || (is_workspace && !self.workspace.contains(&name))
    }
}

/// Returns a package and its dependencies, one per line, without those of its tests.
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
        Err(format!(
            "the output of cargo tree begins with another package:\n{tree}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_rules_are_reported() {
        let rule = Rule {
            package: "manyface-iam",
            workspace: &["manyface-core"],
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
