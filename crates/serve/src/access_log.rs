//! The access log: a line per request.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::HttpRequest;
use http::StatusCode;
use manyface_core::{Caller, Subject};

use crate::{TrustedProxies, trace_context::trace_id};

/// The access log, which is off by default. Clones share the switch and the key of pseudonyms.
///
/// A line has the target `access` and the level info. It names the caller by a pseudonym: a hash of
/// the credential's subject with a key that lasts as long as the process.
#[derive(Clone, Debug, Default)]
pub struct AccessLog(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_enabled: AtomicBool,
    hasher: RandomState,
}

/// A request to which a response exists.
pub(crate) struct AccessLine<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) dialect: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) duration: Duration,
    /// The length of the response's body.
    pub(crate) bytes: u64,
    pub(crate) caller: Option<&'a Caller>,
}

impl AccessLog {
    /// Switches the log on or off, for all clones.
    pub fn set_enabled(&self, is_enabled: bool) {
        self.0.is_enabled.store(is_enabled, Ordering::Relaxed);
    }

    /// Returns whether lines are written.
    pub(crate) fn is_enabled(&self) -> bool {
        self.0.is_enabled.load(Ordering::Relaxed)
    }

    /// Writes a line, if the log is on.
    pub(crate) fn write(
        &self,
        request: &HttpRequest,
        proxies: &TrustedProxies,
        line: &AccessLine<'_>,
    ) {
        if !self.is_enabled() {
            return;
        }
        let AccessLine {
            request_id,
            dialect,
            operation,
            status,
            duration,
            bytes,
            caller,
        } = *line;
        tracing::info!(
            target: "access",
            request_id,
            trace_id = trace_id(request),
            dialect,
            operation,
            method = request.method().as_str(),
            status = status.as_u16(),
            micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            bytes,
            caller = caller.and_then(|caller| self.pseudonym(&caller.subject)),
            client = %proxies.client(request),
            "request"
        );
    }

    fn pseudonym(&self, subject: &Subject) -> Option<String> {
        match subject {
            Subject::Anonymous => None,
            Subject::User(user) => Some(format!("user~{:016x}", self.0.hasher.hash_one(user))),
            Subject::ApiKey(key) => Some(format!("key~{:016x}", self.0.hasher.hash_one(&key.id))),
        }
    }
}

#[cfg(test)]
mod tests {
    use manyface_core::ProfileRef;

    use super::*;

    #[test]
    fn pseudonyms_hide_the_subject_and_differ_between_processes() {
        let user = |name: &str| Subject::User(ProfileRef::Username(name.to_owned()));
        let (log, other) = (AccessLog::default(), AccessLog::default());
        let ada = log.pseudonym(&user("ada"));
        assert_eq!(log.clone().pseudonym(&user("ada")), ada);
        assert_ne!(log.pseudonym(&user("bob")), ada);
        assert_ne!(other.pseudonym(&user("ada")), ada);
        assert!(!ada.unwrap().contains("ada"));
        assert_eq!(log.pseudonym(&Subject::Anonymous), None);
    }
}
