//! Statements about who holds a user name.

use aws_lc_rs::digest::{SHA256, digest};
use manyface_core::{Profile, ProfileId, Username};

use super::{Parameter, Statement, document, text};
use crate::wording;

pub(crate) fn username_holders(name: &Username, rest: i64) -> Statement {
    let parameters = [text(name.key()), digests(name), number(rest)];
    Statement::new(&wording::USERNAME_HOLDERS, parameters)
}

/// Claims a name for a profile, and releases its other names, on SQLite.
pub(crate) fn claim_username(id: ProfileId, name: &Username) -> [Statement; 3] {
    let parameters = || [digests(name), text(id.to_string())];
    [
        Statement::new(&wording::FORGET_USERNAMES, parameters()),
        Statement::new(&wording::RELEASE_USERNAMES, parameters()),
        Statement::new(&wording::CLAIM_USERNAME, parameters()),
    ]
}

/// Releases the names of a profile that is removed, on SQLite.
pub(crate) fn release_usernames(id: ProfileId) -> Statement {
    let parameters = [document("[]"), text(id.to_string())];
    Statement::new(&wording::RELEASE_USERNAMES, parameters)
}

pub(crate) fn purge_usernames(rest: i64) -> Statement {
    Statement::new(&wording::PURGE_USERNAMES, [number(rest)])
}

/// Claims the names of `profiles`, unless other profiles claimed them before.
pub(crate) fn add_claims(profiles: &[Profile]) -> Statement {
    let claims = profiles.iter().flat_map(|profile| {
        let digests = digests_of(&profile.username).into_iter();
        digests.map(|digest| (digest, profile.id))
    });
    let claims = serde_json::to_string(&claims.collect::<Vec<_>>());
    let claims = claims.expect("texts have a JSON form");
    Statement::new(&wording::ADD_CLAIMS, [document(&claims)])
}

/// Releases the names of profiles that are removed while [`add_claims`] claims them.
pub(crate) fn release_orphans() -> Statement {
    Statement::new(&wording::RELEASE_ORPHANS, [])
}

pub(crate) fn pending_work() -> Statement {
    Statement::new(&wording::PENDING_WORK, [])
}

pub(crate) fn work_done(name: &str) -> Statement {
    Statement::new(&wording::WORK_DONE, [text(name)])
}

/// The digests of a name, as a parameter.
pub(super) fn digests(name: &Username) -> Parameter {
    let digests = serde_json::to_string(&digests_of(name));
    document(&digests.expect("texts have a JSON form"))
}

/// The SHA-256 of each of a name's skeletons, in hexadecimal digits.
fn digests_of(name: &Username) -> Vec<String> {
    let digest_of = |skeleton: String| {
        let digest = digest(&SHA256, skeleton.as_bytes());
        let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    };
    name.skeletons().into_iter().map(digest_of).collect()
}

fn number(number: i64) -> Parameter {
    Parameter::Number(Some(number))
}
