//! Replays a dialect's exchanges in memory, in the tests of its crate.

use std::{path::Path, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Failed, Trial};
use manyface_conformance::{Description, Exchange, Extent, MemoryTarget, Suite, replay};
use manyface_dialect::Dialect;

/// Runs the exchanges in the folder `exchanges` of a crate, whose folder is `manifest`, as the tests of
/// a program without the default harness, and compares the OpenAPI document with the dialect
/// ([`Description::check_document`], [`Suite::check_requests`] with `exceptions`).
pub fn replay_exchanges(
    manifest: &str,
    dialect: fn() -> Dialect,
    exceptions: &'static [&'static str],
) -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(manifest).join("exchanges");
    let suite = Suite::load(&folder).map_err(|error| error.to_string());
    let described = suite.and_then(|suite| {
        let described = suite.described_by(dialect().openapi);
        described.map_err(|error| error.to_string())
    });
    match described {
        Ok(suite) => {
            let suite = Arc::new(suite);
            let mut trials = trials(&suite, dialect);
            trials.extend(documents(suite, dialect, exceptions));
            libtest_mimic::run(&arguments, trials).exit_code()
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn trials(suite: &Arc<Suite>, dialect: fn() -> Dialect) -> Vec<Trial> {
    let target = Arc::new(MemoryTarget::new(dialect));
    let is_included = |exchange: &&Exchange| {
        let skipped = exchange.skipped(suite, &*target, Extent::Full, true);
        skipped.is_none()
    };
    let exchanges = suite.exchanges.iter().filter(is_included).cloned();
    let trial = |exchange: Exchange| {
        let (suite, target) = (Arc::clone(suite), Arc::clone(&target));
        Trial::test(exchange.name.clone(), move || {
            let replayed = replay(&exchange, &suite, &*target, Extent::Full);
            replayed.map_err(|failure| format!("{}\n{failure}", exchange.why).into())
        })
    };
    exchanges.map(trial).collect()
}

fn documents(
    suite: Arc<Suite>,
    dialect: fn() -> Dialect,
    exceptions: &'static [&'static str],
) -> [Trial; 2] {
    let none = |problems: Vec<String>| {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Failed::from(problems.join("\n")))
        }
    };
    [
        Trial::test("openapi::the-document-is-the-dialects", move || {
            let mut problems = Description::check_document(&dialect());
            let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
            if !dialect().openapi.contains(version) {
                problems.push(format!("the document does not have {version}"));
            }
            none(problems)
        }),
        Trial::test("openapi::requests-are-as-documented", move || {
            none(suite.check_requests(dialect, exceptions)?)
        }),
    ]
}
