//! The port of the deployment's authorization policies.

use jiff::Timestamp;

use crate::{Caller, Field, Principal, Profile};

/// An access to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// Reads the profile.
    Read,
    /// Changes these fields; empty if the write would change nothing.
    Update(&'a [Field]),
}

/// An authorization request: whether `principal` has `access` to `profile`.
#[derive(Clone, Copy, Debug)]
pub struct AccessRequest<'a> {
    /// The principal, who may or may not be the owner of `profile`.
    pub principal: Principal<'a>,
    /// The caller, with the scopes and groups of the credential.
    pub caller: &'a Caller,
    /// The current state of the profile that is read or changed.
    pub profile: &'a Profile,
    /// The access.
    pub access: Access<'a>,
    /// The account of the request, in dialects with accounts.
    pub account: Option<&'a str>,
    /// The dialect of the request.
    pub dialect: &'a str,
    /// The id of the request, for the log.
    pub request_id: &'a str,
    /// When the request arrived.
    pub now: Timestamp,
}

/// The decision of the policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The access is permitted.
    Permit,
    /// The access is forbidden; the strings are messages to the caller.
    Forbid(Vec<String>),
}

/// The policy decision point for the reads and writes of all dialects.
///
/// [`crate::ActionContext`] calls it; dialects do not. Implementations perform no I/O, and deny
/// access if they cannot decide.
pub trait Policies: Send + Sync {
    /// Decides an authorization request.
    fn decide(&self, request: &AccessRequest<'_>) -> Decision;
}
