//! Checks before the first exchange.

use manyface_core::AuthProvider;

use crate::{
    Excerpt, Extent, Failure, Node, Stop, Suite, Target, User, exchange_run::ExchangeRun,
    report::Secrets, restore::Baseline,
};

/// Reads the user's profile. An error says why no exchange can run; `None`
/// where the profile cannot be read, and need not be.
pub(crate) fn look(
    suite: &Suite,
    extent: Extent,
    user: &dyn User,
    run: &ExchangeRun<'_>,
) -> Result<Option<Baseline>, String> {
    let (path, who) = (&suite.profile, user.label());
    let response = match run.send("the profile is read first", "GET", path, None) {
        Ok(response) => response,
        Err(Failure::Stopped) => return Err("the run was stopped".to_owned()),
        Err(failure) => return Err(format!("cannot reach the server: {failure}")),
    };
    let status = response.status;
    let body = Excerpt::of(&response.body);
    let said = format!("GET {path} as {who} returns {status} {body}");
    match status {
        200 => {}
        401 => return Err(format!("the token of {who} is rejected: {said}")),
        403 => return Err(format!("{who} may not read their profile: {said}")),
        404 | 405 if extent == Extent::Contract => return Ok(None),
        404 => {
            return Err(format!(
                "there is no profile; the URL is the base of {path}: {said}"
            ));
        }
        _ => return Err(format!("the profile cannot be read: {said}")),
    }
    if Node::parse(&String::from_utf8_lossy(&response.body)).is_err() {
        return Err(format!("the response is not JSON: {said}"));
    }
    let taken = Baseline::take(suite, run, true);
    taken.map_err(|failure| format!("the profile cannot be read: {failure}"))
}

/// The name of the target's user, where their profile shows one. An error is a sentence, without
/// credentials.
pub fn username(suite: &Suite, target: &dyn Target) -> Result<Option<String>, String> {
    let user = target
        .user(AuthProvider::Local)
        .map_err(|e| e.to_string())?;
    let never = Stop::default();
    let run = ExchangeRun::new(suite, Extent::Contract, &*user, &never);
    let looked = look(suite, Extent::Contract, &*user, &run);
    let secrets = Secrets::new([user.token()].into_iter());
    let baseline = looked.map_err(|problem| secrets.redact(&problem))?;
    let name = suite.username.as_ref().zip(baseline);
    Ok(
        name.and_then(|(pointer, baseline)| match baseline.profile().at(pointer) {
            Some(Node::Text(name)) => Some(name.clone()),
            Some(Node::Plain(_) | Node::Array(_) | Node::Object(_)) | None => None,
        }),
    )
}
