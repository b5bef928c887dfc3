//! Servers that are wrong on purpose: the kit must find every one of them.

mod answers;
mod bodies;
mod callers;
mod edit;
mod headers;
mod iam;
mod iam_fields;
mod json;
mod movieknight;
mod mutant;
mod parts;
mod score;
mod server;
mod tags;
mod tenant;
mod texts;
mod values;
mod whop;
mod whop_users;
mod writes;

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{Extent, Failure, Suite, replay};
use manyface_dialect::Dialect;

use mutant::{Deed, Mutant};
use server::WrongTarget;

pub(crate) use score::Score;

/// Every mutant there is.
fn all() -> Vec<Mutant> {
    let groups = [
        answers::mutants(),
        bodies::mutants(),
        callers::mutants(),
        headers::mutants(),
        iam::mutants(),
        iam_fields::mutants(),
        json::mutants(),
        movieknight::mutants(),
        parts::mutants(),
        tags::mutants(),
        tenant::mutants(),
        texts::mutants(),
        values::mutants(),
        whop::mutants(),
        whop_users::mutants(),
        writes::mutants(),
    ];
    groups.into_iter().flatten().collect()
}

/// One trial for each mutant in each place in which it is wrong, and one for a server that is not
/// wrong at all.
pub(crate) fn trials(
    suite: &Arc<Suite>,
    dialect: fn() -> Dialect,
    score: &Arc<Score>,
) -> Vec<Trial> {
    let title = |name: &str| format!("{}::mutants::{name}", suite.dialect);
    let right = Arc::clone(suite);
    let right = Trial::test(title("the-right-server-is-none"), move || {
        the_right_server(&right, dialect)
    });
    let mut trials = vec![right];
    for mutant in all() {
        if !mutant.dialects.contains(&&*suite.dialect) {
            continue;
        }
        let mutant = Arc::new(mutant);
        for place in mutant.places_in(suite) {
            let label = if place.is_empty() {
                mutant.name.to_owned()
            } else {
                format!("{}::{place}", mutant.name)
            };
            let (suite, mutant) = (Arc::clone(suite), Arc::clone(&mutant));
            let score = Arc::clone(score);
            trials.push(Trial::test(title(&label), move || {
                hunt(&suite, dialect, &mutant, &place, &score)
            }));
        }
    }
    trials
}

/// What stands before the mutants changes nothing by itself.
fn the_right_server(suite: &Suite, dialect: fn() -> Dialect) -> Result<(), Failed> {
    let target = WrongTarget::new(suite, dialect, Deed::Says(|_, _, _| {}), "");
    for exchange in &suite.exchanges {
        let replayed = replay(exchange, suite, &target, Extent::All);
        replayed.map_err(|failure| format!("{}: {failure}", exchange.name))?;
    }
    if target.has_fired() {
        return Err("the right server has done something wrong".into());
    }
    Ok(())
}

/// Looks for exchanges that the mutant does not pass: the first one, or all of them.
fn hunt(
    suite: &Suite,
    dialect: fn() -> Dialect,
    mutant: &Mutant,
    place: &str,
    score: &Score,
) -> Result<(), Failed> {
    let target = WrongTarget::new(suite, dialect, mutant.deed, place);
    let mut exchanges: Vec<_> = suite.exchanges.iter().collect();
    let key = place.rsplit('.').next().unwrap_or_default();
    exchanges.sort_by_key(|exchange| {
        // Where it is named, it is likely found; what is long comes last.
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
        let replayed = replay(exchange, suite, &target, Extent::All);
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
                let problem = "fails though nothing wrong was done";
                return Err(format!("{}: {problem}: {failure}", exchange.name).into());
            }
        }
    }
    let is_found = !finds.is_empty();
    score.add(&suite.dialect, mutant, place, finds);
    if is_found {
        Ok(())
    } else if has_ever_fired {
        Err(format!("nothing has found that it {}", mutant.wrong).into())
    } else {
        Err(format!("no exchange asks for that in which it {}", mutant.wrong).into())
    }
}

/// Whether a template becomes some thousand times as long.
fn is_long(template: &str) -> bool {
    let mut times = template.split('*').skip(1);
    times.any(|rest| rest.bytes().take_while(u8::is_ascii_digit).count() > 4)
}

/// What was wrong, in the kit's words.
fn reasons(failure: &Failure) -> Vec<String> {
    if let Failure::Unexpected { problems, .. } = failure {
        problems.clone()
    } else {
        vec![failure.to_string()]
    }
}
