//! The tenant that a request names.

use manyface_core::TenantId;
use manyface_dialect::{Input, Request, TENANT_ID};

use crate::TenantError;

/// The length of a UUID in its usual form, `8-4-4-4-12`. Other forms are rejected, so that every
/// proxy between the client and this server reads the same tenant.
const UUID_LENGTH: usize = 36;

/// Reads `X-Tenant-ID`, which must be present exactly once.
fn read_tenant(request: &Request) -> Result<TenantId, TenantError> {
    let text = request.header(&TENANT_ID);
    let text = text.filter(|text| text.len() == UUID_LENGTH);
    let id = text.and_then(|text| text.parse().ok());
    id.ok_or(TenantError::NoTenant)
}

/// Proof that a request names the tenant of its credential. Other tenants are not looked up, so
/// neither the response nor its timing reveals whether they exist.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatchingTenant;

impl Input<'_, TenantError> for MatchingTenant {
    fn read(request: &Request) -> Result<Self, TenantError> {
        let tenant = read_tenant(request)?;
        if request.caller.tenant() == Some(tenant) {
            Ok(Self)
        } else {
            Err(TenantError::TenantMismatch)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NAME;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};
    use manyface_core::{Caller, ProfileId, ProfileRef, Timestamp};
    use manyface_dialect::Params;

    /// The contract's example, whose version is not in RFC 9562.
    const OURS: &str = "2489E9AD-2EE2-8E00-8EC9-32D5F69181C0";

    fn request(values: &[&str]) -> Request {
        let id = ProfileId(uuid::Uuid::nil());
        let mut caller = Caller::user(ProfileRef::Id(id));
        caller.tenant = OURS.parse().ok();
        let values = values.iter().map(|value| {
            let value = HeaderValue::from_str(value).unwrap();
            (TENANT_ID, value)
        });
        Request {
            caller: caller.into(),
            params: Params::default(),
            query: String::new(),
            headers: values.collect::<HeaderMap>(),
            body: Bytes::new(),
            request_id: String::new(),
            dialect: NAME,
            mount: "".into(),
            now: Timestamp::UNIX_EPOCH,
        }
    }

    fn outcome(values: &[&str]) -> String {
        MatchingTenant::check(&request(values))
            .map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
    }

    #[test]
    fn the_credentials_tenant_is_accepted_in_either_case() {
        for value in [OURS, &OURS.to_lowercase()] {
            assert_eq!(outcome(&[value]), "accepted");
        }
    }

    #[test]
    fn another_tenant_is_a_mismatch() {
        let nil = "00000000-0000-0000-0000-000000000000";
        for value in [nil, "2489E9AD-2EE2-8E00-8EC9-32D5F69181C1"] {
            assert_eq!(outcome(&[value]), TenantError::TenantMismatch.to_string());
        }
        let mut untenanted = request(&[OURS]);
        let mut caller = (*untenanted.caller).clone();
        caller.tenant = None;
        untenanted.caller = caller.into();
        assert!(matches!(
            MatchingTenant::check(&untenanted),
            Err(TenantError::TenantMismatch)
        ));
    }

    #[test]
    fn a_header_that_is_not_one_uuid_is_rejected() {
        for values in [
            &[][..],
            &[""],
            &["acme"],
            &["2489E9AD2EE28E008EC932D5F69181C0"],
            &["{2489E9AD-2EE2-8E00-8EC9-32D5F69181C0}"],
            &["urn:uuid:2489E9AD-2EE2-8E00-8EC9-32D5F69181C0"],
            &["2489E9AD-2EE2-8E00-8EC9-32D5F69181CG"],
            &["2489E9AD-2EE2-8E00-8EC9-32D5F69181C0 "],
            &["2489E9AD-2EE2-8E00-8EC932D5F69181C0--"],
            &[OURS, OURS],
        ] {
            assert_eq!(outcome(values), TenantError::NoTenant.to_string());
        }
    }
}
