//! The laws of every server that shows one profile through several dialects, checked over HTTP with
//! edge cases.
//!
//! The field tables of the dialects ([`manyface_dialect::View`]) say what a write must do; the laws
//! try it with cases that are drawn from a seed, and shrink what they find to the shortest case.

mod case;
mod case_run;
mod edge_cases;
mod environment;
mod judge;
mod law;
mod pictures;
mod show;
mod value;
mod view;

use std::cell::RefCell;

use manyface_dialect::Dialect;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

pub use environment::{HttpEnvironment, TestEnvironment, TestUser};
pub use law::{Broken, Law};

use self::{
    case::Case,
    case_run::{Tally, run},
    law::Ended,
    view::Mounted,
};
use crate::Failure;

/// The options of a check of the laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LawOptions {
    /// The seed of the random cases: the same seed draws the same cases.
    pub seed: u64,
    /// The number of random cases, in addition to those of every row of the field tables.
    pub cases: u32,
    /// The maximum number of writes of a case.
    pub steps: usize,
    /// Whether every row of the field tables is tried as well: set, set to something else, and emptied
    /// in each way that there may be.
    pub rows: bool,
}

impl Default for LawOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            cases: 32,
            steps: 4,
            rows: true,
        }
    }
}

/// The result of a check of the laws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LawReport {
    /// The number of cases, without those of shrinking.
    pub cases: u32,
    /// The number of accepted writes.
    pub taken: u64,
    /// The number of correctly rejected writes.
    pub rejected: u64,
    /// The first broken law.
    pub broken: Option<Broken>,
}

/// Checks the laws in `environment`, on which each of `mounts` (a path and its dialect) is mounted.
///
/// Returns an error if the server is unreachable; the report says whether a law is broken.
pub fn laws(
    mounts: &[(String, Dialect)],
    environment: &dyn TestEnvironment,
    options: &LawOptions,
) -> Result<LawReport, Failure> {
    let views = mounts.iter().flat_map(|(prefix, dialect)| {
        let views = dialect.views.iter();
        views.map(move |view| Mounted {
            prefix,
            dialect,
            view,
        })
    });
    let views: Vec<_> = views.collect();
    let mut report = LawReport::default();
    if options.rows {
        rows(&views, environment, &mut report)?;
    }
    if report.broken.is_none() && options.cases > 0 {
        drawn(&views, environment, options, &mut report)?;
    }
    Ok(report)
}

fn rows(
    views: &[Mounted<'_>],
    environment: &dyn TestEnvironment,
    report: &mut LawReport,
) -> Result<(), Failure> {
    for mut case in case::of_every_row(views) {
        report.cases += 1;
        let mut ended = attempt(environment, views, &case, report);
        // A failing case may also fail with one step, or with its first steps.
        if let Err(Ended::Broken(law, _)) = ended {
            for shorter in case.shorter() {
                let again = attempt(environment, views, &shorter, report);
                if matches!(again, Err(Ended::Broken(same, _)) if same == law) {
                    (case, ended) = (shorter, again);
                    break;
                }
            }
        }
        match ended {
            Ok(()) => {}
            Err(Ended::Failed(failure)) => return Err(failure),
            Err(Ended::Broken(law, problem)) => {
                report.broken = Some(Broken {
                    law,
                    problem,
                    writes: case.lines(views),
                    seed: None,
                });
                return Ok(());
            }
        }
    }
    Ok(())
}

fn attempt(
    environment: &dyn TestEnvironment,
    views: &[Mounted<'_>],
    case: &Case,
    report: &mut LawReport,
) -> Result<(), Ended> {
    let mut tally = Tally::default();
    let ended = run(environment, views, case, &mut tally);
    report.taken += tally.taken;
    report.rejected += tally.rejected;
    ended
}

/// The broken law, and the problem in the shortest case so far.
#[derive(Default)]
struct Found {
    law: Option<Law>,
    problem: String,
    failure: Option<Failure>,
}

fn drawn(
    views: &[Mounted<'_>],
    environment: &dyn TestEnvironment,
    options: &LawOptions,
    report: &mut LawReport,
) -> Result<(), Failure> {
    /// Each is some hundred requests.
    const MAX_SHRINK_ITERATIONS: u32 = 120;
    let config = Config {
        cases: options.cases,
        failure_persistence: None,
        max_shrink_iters: MAX_SHRINK_ITERATIONS,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&options.seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = case::any(views, environment.providers(), options.steps);
    let (found, observed) = (RefCell::new(Found::default()), RefCell::new(&mut *report));
    let outcome = runner.run(&strategy, |case| {
        let mut found = found.borrow_mut();
        let mut report = observed.borrow_mut();
        if found.law.is_none() {
            report.cases += 1;
        }
        match attempt(environment, views, &case, &mut report) {
            Err(Ended::Failed(failure)) => {
                let reason = failure.to_string();
                found.failure.get_or_insert(failure);
                Err(TestCaseError::fail(reason))
            }
            // A shorter case is of use where it breaks the same law.
            Err(Ended::Broken(law, problem)) if found.law.is_none_or(|known| known == law) => {
                found.law = Some(law);
                found.problem.clone_from(&problem);
                Err(TestCaseError::fail(problem))
            }
            Ok(()) | Err(Ended::Broken(..)) => Ok(()),
        }
    });
    let Found {
        law,
        problem,
        failure,
    } = found.into_inner();
    match (outcome, law) {
        (Ok(()), _) => Ok(()),
        (Err(TestError::Fail(_, case)), Some(law)) => {
            report.broken = Some(Broken {
                law,
                problem,
                writes: case.lines(views),
                seed: Some(options.seed),
            });
            Ok(())
        }
        (Err(error), _) => Err(failure.unwrap_or_else(|| Failure::Target(error.to_string()))),
    }
}
