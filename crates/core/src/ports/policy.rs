//! The port through which a deployment's policies are asked.

use jiff::Timestamp;

use crate::{Caller, Field, Principal, Profile};

/// The access to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// To see it.
    Read,
    /// To change these fields of it; none, where a write would change nothing.
    Update(&'a [Field]),
}

/// One question to the decision point: may `principal` do this?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The actor, who may be the owner of `profile` or another one.
    pub principal: Principal<'a>,
    /// The credential that they used: its scopes and groups.
    pub caller: &'a Caller,
    /// The profile that is read or changed, as it is now.
    pub profile: &'a Profile,
    /// The access.
    pub access: Access<'a>,
    /// The account on whose behalf the profile is seen or changed, where the dialect has accounts.
    pub account: Option<&'a str>,
    /// The dialect the request came through.
    pub dialect: &'a str,
    /// The id of the request, for the log.
    pub request_id: &'a str,
    /// When the request arrived.
    pub now: Timestamp,
}

/// The decision of the policies of a profile's tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Permit,
    /// No; the texts are written for the caller.
    Forbid(Vec<String>),
}

/// Policies: the one decision point in front of every dialect's reads and writes.
///
/// [`crate::ActionContext`] asks it; dialects do not know of it. It decides without I/O, and denies if it
/// cannot decide.
pub trait Policies: Send + Sync {
    /// Decides.
    fn decide(&self, question: &Question<'_>) -> Decision;
}
