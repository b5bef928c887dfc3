//! The time and randomness of the system. All other code takes them as parameters.

use jiff::Timestamp;
use manyface_core::{ProfileId, TenantId};

use crate::Failure;

/// Returns the system time.
#[expect(
    clippy::disallowed_methods,
    reason = "the only source of time; all other code takes the time as a parameter"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Failure::could_not("get randomness", e))?;
    Ok(bytes)
}

/// Returns a new profile id.
pub(crate) fn profile_id(at: Timestamp) -> Result<ProfileId, Failure> {
    Ok(ProfileId::mint(at, random()?))
}

/// Returns a new tenant id.
pub(crate) fn tenant_id(at: Timestamp) -> Result<TenantId, Failure> {
    Ok(TenantId(profile_id(at)?.0))
}
