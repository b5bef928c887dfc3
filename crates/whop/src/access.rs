//! The permissions of a credential.

use std::num::NonZeroU32;

use manyface_core::Subject;
use manyface_dialect::{Input, Request};

use crate::{WhopError, target::Target, version::Version};

/// The scope that writes require.
pub const PROFILE_UPDATE: &str = "user:profile:update";
/// The scope that the balances of a user require.
pub const BALANCE_READ: &str = "user:balance:read";
/// The scope that the e-mail address of a user requires.
pub const EMAIL_READ: &str = "user:email:read";

/// The contract's message about API keys.
pub(crate) const NO_GLOBAL: &str = "API keys cannot update a global profile";

/// The contract's rate limit per credential and operation.
pub(crate) const PER_MINUTE: Option<NonZeroU32> = NonZeroU32::new(600);

impl Input<'_, WhopError> for Version {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Ok(Self::of(request)?)
    }
}

/// Proof that a request may read a user: its version is known, and API keys do not address their own
/// profile.
pub(crate) struct CanReadUser;

impl Input<'_, WhopError> for CanReadUser {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Version::of(request)?;
        check_own(request, "API keys have no current user")?;
        Ok(Self)
    }
}

/// Proof that a request may write a user: as [`CanReadUser`], and with the scope for writes.
pub(crate) struct CanWriteUser;

impl Input<'_, WhopError> for CanWriteUser {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Version::of(request)?;
        check_own(request, NO_GLOBAL)?;
        check_scope(request)?;
        Ok(Self)
    }
}

/// Proof that a request may create a file: its version is known, and it has the scope for writes.
pub(crate) struct CanWriteFile;

impl Input<'_, WhopError> for CanWriteFile {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Version::of(request)?;
        check_scope(request)?;
        Ok(Self)
    }
}

fn check_scope(request: &Request) -> Result<(), WhopError> {
    if request.caller.has_scope(PROFILE_UPDATE) {
        Ok(())
    } else {
        Err(WhopError::MissingScope(PROFILE_UPDATE))
    }
}

/// Rejects API keys that address the caller's own profile, because they have none.
fn check_own(request: &Request, message: &str) -> Result<(), WhopError> {
    let is_user = matches!(request.caller.subject, Subject::User(_));
    if is_user || Target::of(request) != Target::Me {
        Ok(())
    } else {
        Err(WhopError::field(message))
    }
}
