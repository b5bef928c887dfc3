//! Replays every exchange of every dialect against every target. What is somewhere else is asked by
//! `manyface conform`.

mod cleanup;
mod fake;
mod files;
mod hostile;
mod laws;
mod mutants;
mod reports;
mod runs;
mod served;

use std::{path::Path, process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial};
use manyface_conformance::{Exchange, Extent, Source, Suite, Target, replay};

use mutants::Score;
use served::{Database, Served};

/// The dialects that have exchanges.
const DIALECTS: [fn() -> manyface_dialect::Dialect; 4] = [
    manyface_movieknight::dialect,
    manyface_whop::dialect,
    manyface_tenant::dialect,
    manyface_iam::dialect,
];
/// The databases of the host.
const DATABASES: [(&str, Database); 2] = [
    ("sqlite", Database::Sqlite),
    ("postgresql", Database::Postgresql),
];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let score = Arc::new(Score::new());
    match trials(&score) {
        Ok(trials) => {
            let conclusion = libtest_mimic::run(&arguments, trials);
            score.print();
            conclusion.exit_code()
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn trials(score: &Arc<Score>) -> Outcome<Vec<Trial>> {
    let mut trials = laws::trials();
    for dialect in DIALECTS {
        let name = dialect().name;
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let suite = Suite::load(&crates.join(name).join("exchanges"))?;
        let suite = Arc::new(suite.described_by(dialect().openapi)?);
        for (label, database) in DATABASES {
            let served: Arc<dyn Target> = Arc::new(Served::new(database, dialect));
            add(&mut trials, &suite, label, &served, Extent::Full);
        }
        trials.extend(files::trials(&suite));
        trials.extend(runs::trials(&suite, dialect));
        trials.extend(mutants::trials(&suite, dialect, score)?);
        // The suite's own trials falsify movieknight's responses.
        if name == manyface_movieknight::NAME {
            trials.extend(cleanup::trials(&suite, dialect));
            trials.extend(hostile::trials(&suite));
            trials.extend(reports::trials(&suite));
        }
    }
    Ok(trials)
}

fn add(
    trials: &mut Vec<Trial>,
    suite: &Arc<Suite>,
    name: &str,
    target: &Arc<dyn Target>,
    extent: Extent,
) {
    for exchange in &suite.exchanges {
        if exchange.skipped(suite, &**target, extent, true).is_some() {
            continue;
        }
        let title = format!("{}::{name}::{}", suite.dialect, exchange.name);
        let kind = kind(exchange);
        let (exchange, suite) = (exchange.clone(), Arc::clone(suite));
        let target = Arc::clone(target);
        let trial = Trial::test(title, move || {
            let replayed = replay(&exchange, &suite, &*target, extent);
            replayed.map_err(|failure| format!("{}\n{failure}", exchange.why).into())
        });
        trials.push(trial.with_kind(kind));
    }
}

fn kind(exchange: &Exchange) -> &'static str {
    match exchange.source {
        Source::Contract(_) => "contract",
        Source::Decision(_) => "decision",
    }
}
