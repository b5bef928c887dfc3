//! What is true of the exchange files themselves.

use std::{collections::HashSet, path::Path, sync::Arc};

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{Exchange, Suite};

/// The fewest exchanges of a dialect.
const FEWEST: usize = 60;

pub(crate) fn trials(suite: &Arc<Suite>) -> [Trial; 2] {
    let name = format!("{}::files::each-is-a-fact-of-its-own", suite.dialect);
    let suite = Arc::clone(suite);
    let facts = Trial::test(name.clone(), move || each_is_a_fact_of_its_own(&suite));
    let name = name.replace("each-is-a-fact-of-its-own", "a-mistake-names-file-and-key");
    let mistakes = Trial::test(name, mistakes);
    [facts, mistakes]
}

fn each_is_a_fact_of_its_own(suite: &Suite) -> Result<(), Failed> {
    let count = suite.exchanges.len();
    if count < FEWEST {
        return Err(format!("{count} exchanges are fewer than {FEWEST}").into());
    }
    let (mut names, mut reasons) = (HashSet::new(), HashSet::new());
    for exchange in &suite.exchanges {
        let is_spelt = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !exchange.name.bytes().all(is_spelt) || !names.insert(&exchange.name) {
            return Err(format!("{} is not a name of its own", exchange.name).into());
        }
        if !reasons.insert(&exchange.why) {
            return Err(format!("{} says what another says", exchange.name).into());
        }
    }
    Ok(())
}

fn mistakes() -> Result<(), Failed> {
    let step =
        |rest: &str| format!("why = \"x\"\nsource = \"page: x\"\n[[step]]\nstatus = 200\n{rest}");
    for (text, named) in [
        ("why = \"x\"".to_owned(), "source"),
        (
            step("send = \"GET /\"\nexpect_empty = true\nbdy = \"\""),
            "bdy",
        ),
        (step("send = \"GET /\"").replace("page: x", "x"), "source"),
        (step("send = \"GET\"\nexpect_empty = true"), "step 1: send"),
        (step("send = \"GET /\""), "step 1: expect"),
        (step("send = \"GET /\"\nexpect = \"{\""), "step 1: expect"),
        (
            step("send = \"GET /\"\nexpect_empty = true\nbody_hex = \"0\""),
            "step 1: body_hex",
        ),
        (
            step("send = \"GET /\"\nexpect_empty = true\nbody = \"{{a b}}\""),
            "step 1: body",
        ),
    ] {
        let error = Exchange::parse(Path::new("some/file.toml"), &text).err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        if !message.starts_with("some/file.toml: ") || !message.contains(named) {
            return Err(format!("{message:?} does not name {named}").into());
        }
    }
    Ok(())
}
