//! Servers that are wrong on purpose: the exchanges must find every one of them.

mod change;
mod dependencies;
mod handlers;
mod message;
mod score;
mod server;
mod subject;
mod table;

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{Extent, Failure, Suite, replay};
use manyface_dialect::Dialect;

use crate::Outcome;
use server::WrongTarget;
use table::{Mutant, Place};

pub(crate) use score::Score;

/// Returns one trial for each mutant in each place in which it is wrong, and one for the right server.
pub(crate) fn trials(
    suite: &Arc<Suite>,
    dialect: fn() -> Dialect,
    score: &Arc<Score>,
) -> Outcome<Vec<Trial>> {
    let title = |name: &str| format!("{}::mutants::{name}", suite.dialect);
    let right = Arc::clone(suite);
    let right = Trial::test(title("the-right-server-is-none"), move || {
        accept_right_server(&right, dialect)
    });
    let mut trials = vec![right];
    let (mutants, lists) = table::load()?;
    for mutant in mutants {
        if !mutant.dialects.contains(&suite.dialect) {
            continue;
        }
        let places: Vec<Place> = match mutant.places.as_deref() {
            None => vec![Place::default()],
            Some("fields") => suite.restore.keys().map(Place::from).collect(),
            Some(list) => {
                let places = lists.get(list).ok_or(format!("no list of places {list}"))?;
                let places = places.get(&suite.dialect).into_iter().flatten();
                places.map(Place::from).collect()
            }
        };
        let mutant = Arc::new(mutant);
        for place in places {
            let label = match &*place.name {
                "" => mutant.name.clone(),
                place => format!("{}::{place}", mutant.name),
            };
            let (suite, mutant) = (Arc::clone(suite), Arc::clone(&mutant));
            let score = Arc::clone(score);
            trials.push(Trial::test(title(&label), move || {
                find(&suite, dialect, &mutant, &place, &score)
            }));
        }
    }
    Ok(trials)
}

/// A mutation that changes nothing is accepted.
fn accept_right_server(suite: &Suite, dialect: fn() -> Dialect) -> Result<(), Failed> {
    let (right, place) = (Mutant::default(), Place::default());
    let target = WrongTarget::new(suite, dialect, &right, &place);
    for exchange in &suite.exchanges {
        let replayed = replay(exchange, suite, &target, Extent::Full);
        replayed.map_err(|failure| format!("{}: {failure}", exchange.name))?;
    }
    if target.has_fired() {
        return Err("the right server fails an exchange".into());
    }
    Ok(())
}

/// Looks for exchanges that the mutant fails: the first one, or all of them.
fn find(
    suite: &Suite,
    dialect: fn() -> Dialect,
    mutant: &Mutant,
    place: &Place,
    score: &Score,
) -> Result<(), Failed> {
    let target = WrongTarget::new(suite, dialect, mutant, place);
    let mut exchanges: Vec<_> = suite.exchanges.iter().collect();
    let key = place.name.rsplit('.').next().unwrap_or_default();
    exchanges.sort_by_key(|exchange| {
        // Exchanges that name the field are likely to find it; those with long bodies are slow.
        let bodies = exchange
            .steps
            .iter()
            .filter_map(|step| step.body.as_deref());
        let is_named = bodies.clone().any(|body| body.contains(key));
        let is_long = bodies.into_iter().any(is_long);
        (is_long, !is_named)
    });
    let (mut has_ever_fired, mut finds) = (false, Vec::new());
    for exchange in exchanges {
        let replayed = replay(exchange, suite, &target, Extent::Full);
        let has_fired = target.has_fired();
        has_ever_fired |= has_fired;
        match replayed {
            Ok(()) => {}
            Err(failure) if has_fired => {
                finds.push((exchange.name.clone(), reasons(&failure)));
                if !score.is_full() {
                    break;
                }
            }
            Err(failure) => {
                let problem = "fails without a wrong response";
                return Err(format!("{}: {problem}: {failure}", exchange.name).into());
            }
        }
    }
    let is_found = !finds.is_empty();
    score.add(&suite.dialect, mutant, &place.name, finds);
    if is_found {
        Ok(())
    } else if has_ever_fired {
        Err(format!("no exchange finds that it {}", mutant.wrong).into())
    } else {
        Err(format!("no exchange makes it wrong: {}", mutant.wrong).into())
    }
}

/// Whether a template repeats something ten thousand times.
fn is_long(template: &str) -> bool {
    let mut times = template.split('*').skip(1);
    times.any(|rest| rest.bytes().take_while(u8::is_ascii_digit).count() > 4)
}

/// The problems of a failure.
fn reasons(failure: &Failure) -> Vec<String> {
    if let Failure::Unexpected { problems, .. } = failure {
        problems.clone()
    } else {
        vec![failure.to_string()]
    }
}
