//! What a credential must be good for.

use std::num::NonZeroU32;

use manyface_core::Subject;
use manyface_dialect::{Call, Reply};

use crate::{
    WhopError,
    version::{HEADER, Version},
};

/// The scope that writes need.
pub const PROFILE_UPDATE: &str = "user:profile:update";
/// The scope without which a user's holdings are not shown.
pub const BALANCE_READ: &str = "user:balance:read";
/// The scope without which a user's address for mail is not shown.
pub const EMAIL_READ: &str = "user:email:read";

/// What the contract allows each credential to send to each operation.
pub(crate) const PER_MINUTE: Option<NonZeroU32> = NonZeroU32::new(600);

/// Checks the version, then the scope that a write needs.
pub(crate) fn may_write(call: &Call) -> Result<(), WhopError> {
    Version::of(call)?;
    if call.caller.has_scope(PROFILE_UPDATE) {
        Ok(())
    } else {
        Err(WhopError::MissingScope(PROFILE_UPDATE))
    }
}

/// Refuses API keys, which have no user: `message` says what they cannot do.
pub(crate) fn is_user(call: &Call, message: &str) -> Result<(), WhopError> {
    match &call.caller.subject {
        Subject::User(_) => Ok(()),
        Subject::ApiKey(_) | Subject::Nobody => Err(WhopError::field(message)),
    }
}

/// `reply` with the version that it is written in.
pub(crate) fn versioned(call: &Call, reply: Reply) -> Reply {
    match Version::of(call) {
        Ok(version) => reply.with_text(HEADER, version.as_str()),
        Err(_) => reply,
    }
}
