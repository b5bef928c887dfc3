//! Replaying a dialect's exchanges in memory, in the tests of its own crate.

use std::{path::Path, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial};
use manyface_conformance::{Exchange, Extent, MemoryTarget, Suite, replay};
use manyface_dialect::Dialect;

/// Runs the exchanges in the folder `exchanges` of a crate, whose folder is `manifest`, as the tests of
/// a program without a harness of its own. Responses are also checked against the OpenAPI document.
pub fn replay_exchanges(manifest: &str, dialect: fn() -> Dialect) -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = Path::new(manifest).join("exchanges");
    let suite = Suite::load(&folder).map_err(|error| error.to_string());
    let described = suite.and_then(|suite| {
        let described = suite.described_by(dialect().openapi);
        described.map_err(|error| error.to_string())
    });
    match described {
        Ok(suite) => libtest_mimic::run(&arguments, trials(&Arc::new(suite), dialect)).exit_code(),
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn trials(suite: &Arc<Suite>, dialect: fn() -> Dialect) -> Vec<Trial> {
    let target = Arc::new(MemoryTarget::new(dialect));
    let is_played = |exchange: &&Exchange| {
        let skipped = exchange.skipped(suite, &*target, Extent::All, true);
        skipped.is_none()
    };
    let exchanges = suite.exchanges.iter().filter(is_played).cloned();
    let trial = |exchange: Exchange| {
        let (suite, target) = (Arc::clone(suite), Arc::clone(&target));
        Trial::test(exchange.name.clone(), move || {
            let replayed = replay(&exchange, &suite, &*target, Extent::All);
            replayed.map_err(|failure| format!("{}\n{failure}", exchange.why).into())
        })
    };
    exchanges.map(trial).collect()
}
