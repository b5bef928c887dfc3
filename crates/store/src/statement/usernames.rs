//! Statements about who holds a user name.

use aws_lc_rs::digest::{SHA256, digest};
use manyface_core::{Profile, ProfileId, Username};

use super::{Parameter, Statement, document, text};
use crate::wording;

pub(crate) fn username_holders(name: &Username, rest: i64) -> Statement {
    let parameters = [text(name.key()), text(digest_of(name)), number(rest)];
    Statement::new(&wording::USERNAME_HOLDERS, parameters)
}

/// Claims a name for a profile, and releases its other names, on SQLite.
pub(crate) fn claim_username(id: ProfileId, name: &Username) -> [Statement; 3] {
    let digest = digest_of(name);
    let parameters = || [text(&digest), text(id.to_string())];
    [
        Statement::new(&wording::FORGET_USERNAMES, parameters()),
        Statement::new(&wording::RELEASE_USERNAMES, parameters()),
        Statement::new(&wording::CLAIM_USERNAME, parameters()),
    ]
}

/// Releases the names of a profile that is removed, on SQLite.
pub(crate) fn release_usernames(id: ProfileId) -> Statement {
    let parameters = [text(""), text(id.to_string())];
    Statement::new(&wording::RELEASE_USERNAMES, parameters)
}

pub(crate) fn purge_usernames(rest: i64) -> Statement {
    Statement::new(&wording::PURGE_USERNAMES, [number(rest)])
}

/// Claims the names of `profiles`, unless other profiles claimed them before.
pub(crate) fn add_claims(profiles: &[Profile]) -> Statement {
    let claims = profiles.iter().map(|profile| {
        let digest = digest_of(&profile.username);
        (digest, profile.id)
    });
    let claims = serde_json::to_string(&claims.collect::<Vec<_>>());
    let claims = claims.expect("texts have a JSON form");
    Statement::new(&wording::ADD_CLAIMS, [document(&claims)])
}

pub(crate) fn pending_work() -> Statement {
    Statement::new(&wording::PENDING_WORK, [])
}

pub(crate) fn work_done(name: &str) -> Statement {
    Statement::new(&wording::WORK_DONE, [text(name)])
}

/// The SHA-256 of a name's skeleton, in hexadecimal digits.
pub(super) fn digest_of(name: &Username) -> String {
    let skeleton = name.skeleton();
    let digest = digest(&SHA256, skeleton.as_bytes());
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn number(number: i64) -> Parameter {
    Parameter::Number(Some(number))
}
