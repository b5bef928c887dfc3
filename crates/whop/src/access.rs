//! The required rights of a credential.

use std::num::NonZeroU32;

use manyface_core::Subject;
use manyface_dialect::{Input, Request};

use crate::{WhopError, request::Target, version::Version};

/// The scope that writes need.
pub const PROFILE_UPDATE: &str = "user:profile:update";
/// The scope without which a user's holdings are not shown.
pub const BALANCE_READ: &str = "user:balance:read";
/// The scope without which a user's e-mail address is not shown.
pub const EMAIL_READ: &str = "user:email:read";

/// The contract's sentence about API keys.
pub(crate) const NO_GLOBAL: &str = "API keys cannot update a global profile";

/// The contract's rate limit of each credential and operation.
pub(crate) const PER_MINUTE: Option<NonZeroU32> = NonZeroU32::new(600);

/// A request that reads a user: in a known version, by a credential that can have a profile if its
/// own is addressed.
pub(crate) struct ReadsUser;

impl Input<'_, WhopError> for ReadsUser {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Version::of(request)?;
        check_own(request, "API keys have no current user")?;
        Ok(Self)
    }
}

/// A request that writes a user: as [`ReadsUser`], with the scope that writes need.
pub(crate) struct WritesUser;

impl Input<'_, WhopError> for WritesUser {
    fn read(request: &Request) -> Result<Self, WhopError> {
        Version::of(request)?;
        check_own(request, NO_GLOBAL)?;
        check_scope(request)?;
        Ok(Self)
    }
}

/// A request that makes a file: in a known version, with the scope that writes need.
pub(crate) struct WritesFile;

impl Input<'_, WhopError> for WritesFile {
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

/// Rejects API keys where the caller's own profile is addressed: they have none.
fn check_own(request: &Request, message: &str) -> Result<(), WhopError> {
    let is_user = matches!(request.caller.subject, Subject::User(_));
    if is_user || Target::of(request) != Target::Me {
        Ok(())
    } else {
        Err(WhopError::field(message))
    }
}
