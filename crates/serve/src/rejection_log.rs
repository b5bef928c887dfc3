//! The log of rejected credentials.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use manyface_core::{
    AuthError, AuthErrorKind, Caller, ProfileAbsence, ProfileRef, Result, Services, chain,
};

/// The number of log lines per reason that are written without delay.
const BURST: u32 = 10;
/// The time until one more line is allowed.
const REFILL: Duration = Duration::from_secs(6);

/// The code of an unknown reason.
const UNKNOWN_CALLER: &str = "unknown_caller";

/// Writes a log line per rejected credential, limited to ten at once per reason and then one every
/// six seconds, with the number of suppressed lines.
///
/// Each pair of dialect and reason has a separate limit.
#[derive(Debug, Default)]
pub struct RejectionLog {
    /// By dialect and code, of which there are few constants.
    budgets: Mutex<HashMap<(&'static str, &'static str), Budget>>,
    /// The key of the hash of user names, which prevents guessing them.
    hasher: RandomState,
}

/// The request whose credential is rejected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RejectedRequest<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) dialect: &'static str,
    pub(crate) method: &'a str,
    /// The path with parameters in braces.
    pub(crate) path: &'a str,
}

/// The remaining lines of one reason.
#[derive(Debug)]
struct Budget {
    lines: u32,
    refilled_at: Instant,
    suppressed: u64,
    /// The number of all rejections.
    rejections: u64,
}

impl RejectionLog {
    /// Returns the number of rejections of each dialect and reason that has occurred, including
    /// those without a line.
    pub fn rejections(&self) -> Vec<(&'static str, &'static str, u64)> {
        let budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = budgets.iter();
        let counts = counts.map(|((dialect, code), budget)| (*dialect, *code, budget.rejections));
        counts.collect()
    }

    /// Logs the reason for rejecting a credential; a missing credential only at debug level.
    pub(crate) fn log(&self, request: RejectedRequest<'_>, error: &AuthError) {
        if let Some(suppressed) = self.take(request.dialect, error.code, Instant::now()) {
            write(request, error, suppressed);
        }
    }

    /// Logs the store's reason for not serving the user of a valid credential.
    pub(crate) async fn log_absence(
        &self,
        request: RejectedRequest<'_>,
        caller: &Caller,
        services: &Services,
    ) {
        let Some(who) = caller.profile() else {
            return;
        };
        let taken = self.take(request.dialect, UNKNOWN_CALLER, Instant::now());
        let Some(suppressed) = taken else {
            return;
        };
        let (code, reason) = explain(&services.explain_absence(who, caller.tenant).await);
        let issuer = match who {
            ProfileRef::Identity { issuer, .. } => Some(Arc::clone(issuer)),
            ProfileRef::Id(_) | ProfileRef::External { .. } | ProfileRef::Username(_) => None,
        };
        let error = AuthError {
            code,
            issuer,
            reason: Some(format!("{reason}: {}", self.pseudonym(who)).into()),
            ..AuthErrorKind::Invalid.into()
        };
        write(request, &error, suppressed);
    }

    /// Returns a name of the user without personal data. An issuer's subject may be an email
    /// address, so it is hashed with a key that lasts as long as the process.
    fn pseudonym(&self, who: &ProfileRef) -> String {
        let hashed = |text: &str| format!("~{:016x}", self.hasher.hash_one(text));
        match who {
            ProfileRef::Id(id) => format!("user {id}"),
            ProfileRef::External { dialect, id } => format!("user {dialect}:{}", hashed(id)),
            ProfileRef::Identity { subject, .. } => format!("identity {}", hashed(subject)),
            ProfileRef::Username(name) => format!("user {}", hashed(name)),
        }
    }

    /// Takes one line of a reason's budget. Returns the number of lines suppressed before it, or
    /// `None` if this one is suppressed.
    fn take(&self, dialect: &'static str, code: &'static str, now: Instant) -> Option<u64> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = budgets.entry((dialect, code)).or_insert(Budget {
            lines: BURST,
            refilled_at: now,
            suppressed: 0,
            rejections: 0,
        });
        budget.rejections += 1;
        let waited = now.saturating_duration_since(budget.refilled_at);
        let refills = u32::try_from(waited.as_secs() / REFILL.as_secs()).unwrap_or(BURST);
        if refills > 0 {
            budget.lines = budget.lines.saturating_add(refills).min(BURST);
            budget.refilled_at = now;
        }
        if budget.lines == 0 {
            budget.suppressed += 1;
            return None;
        }
        budget.lines -= 1;
        Some(std::mem::take(&mut budget.suppressed))
    }
}

/// Returns the code and description of a user's absence.
fn explain(absence: &Result<Option<ProfileAbsence>>) -> (&'static str, String) {
    match absence {
        Ok(Some(absence)) => (absence.code(), absence.to_string()),
        Ok(None) => (
            UNKNOWN_CALLER,
            "the store rejected the user, but accepts them now".to_owned(),
        ),
        Err(error) => {
            let cause = chain(error);
            (
                UNKNOWN_CALLER,
                format!("cannot read the reason from the store: {cause}"),
            )
        }
    }
}

fn write(request: RejectedRequest<'_>, error: &AuthError, suppressed: u64) {
    let RejectedRequest {
        request_id,
        dialect,
        method,
        path,
    } = request;
    let AuthError {
        kind,
        code,
        issuer,
        key_id,
        reason,
    } = error;
    let description = reason.as_ref().map(|reason| chain(&**reason));
    let has_reason = description.is_some();
    let reason = description.unwrap_or_else(|| kind.to_string());
    let (issuer, key_id) = (issuer.as_deref(), key_id.as_deref());
    match kind {
        // The client sent no credential.
        AuthErrorKind::Missing if !has_reason => tracing::debug!(
            request_id,
            dialect,
            method,
            path,
            code,
            reason,
            suppressed,
            "credential missing"
        ),
        AuthErrorKind::Unavailable => tracing::warn!(
            request_id,
            dialect,
            method,
            path,
            code,
            reason,
            issuer,
            key_id,
            suppressed,
            "credential cannot be checked"
        ),
        AuthErrorKind::Missing
        | AuthErrorKind::Malformed
        | AuthErrorKind::Invalid
        | AuthErrorKind::NoSubject
        | AuthErrorKind::Expired
        | AuthErrorKind::WrongKind => tracing::info!(
            request_id,
            dialect,
            method,
            path,
            code,
            reason,
            issuer,
            key_id,
            suppressed,
            "credential rejected"
        ),
    }
}

#[cfg(test)]
mod tests {
    use manyface_core::Error;

    use super::*;

    #[test]
    fn each_dialect_and_reason_has_a_separate_limit() {
        let (log, start) = (RejectionLog::default(), Instant::now());
        for _ in 0..BURST {
            assert_eq!(log.take("iam", "expired", start), Some(0));
        }
        for _ in 0..1_000 {
            assert_eq!(log.take("iam", "expired", start), None);
        }
        assert_eq!(log.take("iam", "wrong_audience", start), Some(0));
        assert_eq!(log.take("whop", "expired", start), Some(0));
        assert_eq!(log.take("iam", "expired", start + REFILL), Some(1_000));
        assert_eq!(log.take("iam", "expired", start + REFILL), None);
        let later = start + 100 * REFILL;
        let taken = (0..100).filter_map(|_| log.take("iam", "expired", later));
        assert_eq!(taken.collect::<Vec<_>>(), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn known_reasons_of_an_absence_are_logged() {
        let lost = Error::Unavailable(Some("connection refused".into()));
        for (absence, code, description) in [
            (Ok(Some(ProfileAbsence::NoUser)), "no_user", "no such user"),
            (Ok(None), UNKNOWN_CALLER, "accepts them now"),
            (Err(lost), UNKNOWN_CALLER, "connection refused"),
        ] {
            let (found, reason) = explain(&absence);
            assert_eq!(found, code);
            assert!(reason.contains(description), "{reason}");
        }
    }

    #[test]
    fn names_of_users_are_hashed() {
        let address = "ada@example.com".to_owned();
        for who in [
            ProfileRef::Username(address.clone()),
            ProfileRef::External {
                dialect: "iam".into(),
                id: address.clone(),
            },
            ProfileRef::Identity {
                issuer: "https://id.example.com/".into(),
                subject: address.clone(),
            },
        ] {
            let name = RejectionLog::default().pseudonym(&who);
            assert!(!name.contains("ada") && name.contains('~'), "{name}");
        }
    }
}
