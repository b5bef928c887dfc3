//! Checks of the exchange files themselves.

use std::{collections::HashSet, fs, path::Path, sync::Arc};

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{Exchange, Suite};

/// The minimum number of exchanges of a dialect.
const MIN_EXCHANGES: usize = 60;

/// The heading of the decisions of a dialect.
const DECISIONS: &str = "## Decisions where the contract is silent\n";

pub(crate) fn trials(suite: &Arc<Suite>) -> [Trial; 3] {
    let name = |check: &str| format!("{}::files::{check}", suite.dialect);
    let (first, second) = (Arc::clone(suite), Arc::clone(suite));
    [
        Trial::test(name("names-and-reasons-are-unique"), move || {
            names_and_reasons_are_unique(&first)
        }),
        Trial::test(name("each-decision-is-shown"), move || {
            each_decision_is_shown(&second)
        }),
        Trial::test(name("a-mistake-names-file-and-key"), mistakes),
    ]
}

/// Checks that each decision of a dialect ends with `Shown by` and the exchanges that show it, or
/// with `Tested in` and a file with tests.
fn each_decision_is_shown(suite: &Suite) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(format!("docs/dialects/{}.md", suite.dialect));
    let text = fs::read_to_string(path)?;
    let (_, section) = text.split_once(DECISIONS).ok_or("there are no decisions")?;
    let section = section.split("\n#").next().unwrap_or_default();
    let words: Vec<_> = section.split_whitespace().collect();
    let section = words.join(" ");
    let decisions: Vec<_> = section.split("- **").skip(1).collect();
    if decisions.len() < 10 {
        return Err(format!("{} decisions are too few to be all", decisions.len()).into());
    }
    for decision in decisions {
        let (is_file, names) = if let Some((_, names)) = decision.rsplit_once(" Shown by ") {
            (false, names)
        } else if let Some((_, names)) = decision.rsplit_once(" Tested in ") {
            (true, names)
        } else {
            return Err(format!("no exchange shows {decision}").into());
        };
        let names: Vec<_> = names.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            return Err(format!("no exchange shows {decision}").into());
        }
        for name in names {
            let exists = if is_file {
                root.join(name).is_file()
            } else {
                suite.exchanges.iter().any(|exchange| exchange.name == name)
            };
            if !exists {
                return Err(format!("{name} does not exist; it is named by: {decision}").into());
            }
        }
    }
    Ok(())
}

fn names_and_reasons_are_unique(suite: &Suite) -> Result<(), Failed> {
    let count = suite.exchanges.len();
    if count < MIN_EXCHANGES {
        return Err(format!("{count} exchanges are fewer than {MIN_EXCHANGES}").into());
    }
    let (mut names, mut reasons) = (HashSet::new(), HashSet::new());
    for exchange in &suite.exchanges {
        let is_spelt = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !exchange.name.bytes().all(is_spelt) || !names.insert(&exchange.name) {
            return Err(format!("{} is not a unique name", exchange.name).into());
        }
        if !reasons.insert(&exchange.why) {
            return Err(format!("{} says what another says", exchange.name).into());
        }
    }
    Ok(())
}

fn mistakes() -> Result<(), Failed> {
    let step = |rest: &str| {
        format!("why = \"x\"\nsource = \"contract: x\"\n[[step]]\nstatus = 200\n{rest}")
    };
    for (text, named) in [
        ("why = \"x\"".to_owned(), "source"),
        (
            step("send = \"GET /\"\nexpect_empty = true\nbdy = \"\""),
            "bdy",
        ),
        (
            step("send = \"GET /\"").replace("contract: x", "x"),
            "source",
        ),
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
