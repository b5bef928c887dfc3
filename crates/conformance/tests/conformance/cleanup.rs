//! The suite restores profiles.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use manyface_conformance::{Extent, Suite, Target, replay};
use manyface_core::AuthProvider;
use manyface_dialect::Dialect;

use crate::{
    runs::send,
    served::{Database, Served},
};

pub(crate) fn trials(suite: &Arc<Suite>, dialect: fn() -> Dialect) -> Vec<Trial> {
    let name = |check| format!("{}::cleanup::{check}", suite.dialect);
    let second = Arc::clone(suite);
    let back = Trial::test(name("a-single-users-profile-is-put-back"), move || {
        putting_back(&second, &Served::new(Database::Sqlite, dialect))
    });
    vec![back]
}

/// The profile is restored after each exchange, whether it passed or not.
fn putting_back(suite: &Suite, served: &Served) -> Result<(), Failed> {
    let (target, _) = served.single_user()?;
    let ask = |method: &str, body: Option<&str>| {
        let user = target.user(AuthProvider::Local)?;
        send(suite, &*user, method, body)
    };
    let fresh = ask("GET", None)?.body;
    let written = ask(&suite.write, Some(&suite.other))?;
    let before = ask("GET", None)?.body;
    if written.status != 200 || before == fresh {
        return Err("`other` writes nothing".into());
    }
    for exchange in &suite.exchanges {
        if exchange
            .skipped(suite, &target, Extent::Full, true)
            .is_some()
        {
            continue;
        }
        // Whether it passes is another trial's business.
        let _ = replay(exchange, suite, &target, Extent::Full);
        let mut wrong = exchange.clone();
        for step in &mut wrong.steps {
            step.status = 599;
        }
        if replay(&wrong, suite, &target, Extent::Full).is_ok() {
            return Err("a wrong status went unnoticed".into());
        }
        let after = ask("GET", None)?.body;
        if after != before {
            return Err(format!("{} leaves its traces", exchange.name).into());
        }
    }
    Ok(())
}
